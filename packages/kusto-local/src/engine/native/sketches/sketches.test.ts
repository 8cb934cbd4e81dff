import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, integer, property, uniqueArray } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { distinctElements, mergedBag, schemaOf } from '../dynamic/collected.ts';
import { counted, counterOf, mergeCounters } from './counters.ts';
import { digest, digestPercentile, digestPercentRank, digestRank, mergeDigests } from './digests.ts';

describe('values of the hll family', () => {
  it('count what was put into them, however they are merged', () => {
    check(
      property(array(uniqueArray(integer({ min: 0, max: 30 })), { maxLength: 6 }), (groups) => {
        const counters = groups.map((group) => counterOf(group.map(String)));
        const all = new Set(groups.flat());
        assert.equal(counted(mergeCounters(`[${counters.join(',')}]`)), BigInt(all.size));
        assert.equal(mergeCounters(`[${counters.join(',')}]`), counterOf([...all].map(String)));
      }),
    );
    assert.equal(mergeCounters(`[null,${counterOf(['1'])}]`), '[[1024,14],["1"],[]]');
  });

  it('are told from other values', () => {
    assert.throws(() => counted('[1]'), /no hll/);
    assert.throws(() => mergeCounters('[5]'), /no hll/);
  });
});

describe('values of the tdigest family', () => {
  it('merge to the digest of all values', () => {
    check(
      property(array(array(integer({ min: -9, max: 9 })), { maxLength: 5 }), (groups) => {
        const digests = groups.map((group) => digest('long', JSON.stringify(group), ''));
        const merged = mergeDigests(`[${digests.join(',')}]`);
        assert.equal(merged, digest('long', JSON.stringify(groups.flat()), ''));
      }),
    );
  });

  it('give percentiles and ranks in their type', () => {
    const days = digest('datetime', '[0,864000000000,864000000000]', '[1,1,2]');
    assert.equal(days, '[["datetime"],[0,864000000000],[1,3]]');
    assert.equal(digestPercentile(days, 25), '"0001-01-01T00:00:00.0000000Z"');
    assert.equal(digestPercentile(days, 26), '"0001-01-02T00:00:00.0000000Z"');
    assert.equal(digestPercentile(digest('timespan', '[36000000000]', ''), 0), '"01:00:00"');
    assert.equal(digestRank(days, 'datetime', '5'), 1);
    assert.equal(digestPercentRank(days, 'datetime', '5'), 25);
    assert.equal(digestRank(digest('long', '[1,2,3]', ''), 'real', '2.5'), 2);
    assert.equal(digestPercentile(digest('real', '["NaN",1.5]', ''), 50), '1.5');
    assert.equal(digestPercentile('[[],[],[]]', 50), 'null');
    assert.equal(digestRank('[[],[],[]]', 'long', '1'), null);
  });

  it('refuse what does not belong together', () => {
    assert.throws(
      () => mergeDigests(`[${digest('long', '[1]', '')},${digest('datetime', '[1]', '')}]`),
      /cannot be/,
    );
    assert.throws(() => digestRank(digest('datetime', '[1]', ''), 'long', '1'), /no rank/);
    assert.throws(() => digestPercentile('[1,2]', 5), /no tdigest/);
    assert.throws(() => digestPercentile('{"a":1}', 5), /no tdigest/);
  });
});

describe('collected dynamic values', () => {
  it('bags: the first value of a key, up to a size; other values are skipped', () => {
    assert.equal(mergedBag('[{"a":1},5,{"a":2,"b":1.50},[1]]', 10), '{"a":1,"b":1.50}');
    assert.equal(mergedBag('[{"a":1,"b":2}]', 1), '{"a":1}');
  });

  it('sets: an array stands for its elements', () => {
    assert.equal(distinctElements('[["a","b"],["b"],"c",null,[null,1,1.0]]', 10), '["a","b","c",1]');
    assert.equal(distinctElements('[[1,2,3]]', 2), '[1,2]');
  });

  it('schemas: all types of every place', () => {
    assert.equal(
      schemaOf('[{"x":1,"y":3.5},{"x":"s","z":[1,"a"]},{"y":{"w":true}},null]'),
      '{"x":["long","string"],"y":["double",{"w":"bool"}],"z":{"`indexer`":["long","string"]}}',
    );
    assert.equal(schemaOf('[[]]'), '{"`indexer`":[]}');
    assert.equal(schemaOf('[]'), '[]');
  });
});
