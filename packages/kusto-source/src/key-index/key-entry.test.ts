import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { agrees, bucketCountFor, needsAnotherBucketCount, rebucket } from './key-entry.ts';
import { key } from './testing/keys.ts';

describe('key entries', () => {
  it('agree by the hashes of Kusto where both have them, else by the local one, and unknown with nothing', () => {
    const [one, two] = [key('N:1', 8, 1), key('N:1', 8, 2)];
    assert.equal(agrees(one, one), true);
    assert.equal(agrees(one, two), false);
    assert.equal(agrees(one, { ...two, local: one.local }), false, 'another row in Kusto');
    assert.equal(agrees(one, { ...one, local: 5n }), true, 'only encoded in another way');
    assert.equal(agrees({ ...one, row: undefined }, one), true);
    assert.equal(agrees({ ...one, row: undefined }, two), false);
    assert.equal(agrees(key('N:1', 8), one), false);
    assert.equal(agrees(key('N:1', 8), key('N:1', 8)), false);
    const [first, second] = [1n, 2n];
    assert.equal(agrees({ ...one, row: { first, second } }, { ...one, row: { first, second: 3n } }), false);
  });

  it('are 2,048 to 4,096 a bucket when the count is chosen', () => {
    assert.equal(bucketCountFor(0), 1);
    assert.equal(bucketCountFor(4_096), 1);
    assert.equal(bucketCountFor(1_000_000), 256);
    assert.equal(bucketCountFor(1e9), 8_192);
    for (let keys = 4_097; keys < 10_000_000; keys = Math.ceil(keys * 1.7)) {
      const each = keys / bucketCountFor(keys);
      assert.ok(each > 2_048 && each <= 4_096, `${keys}`);
    }
  });

  it('may double and fall to a quarter before the count is another one', () => {
    assert.equal(needsAnotherBucketCount(256, 1_000_000), false);
    assert.equal(needsAnotherBucketCount(256, 2_097_152), false);
    assert.equal(needsAnotherBucketCount(256, 2_097_153), true);
    assert.equal(needsAnotherBucketCount(256, 270_000), false);
    assert.equal(needsAnotherBucketCount(256, 250_000), true);
    assert.equal(needsAnotherBucketCount(1, 0), false);
    assert.equal(needsAnotherBucketCount(8_192, 1e9), false);
  });

  it('move to the buckets they are given', async () => {
    const moved = await rebucket([key('a', 2, 1), key('b', 2)], async (ids) =>
      ids.map((id) => id.charCodeAt(0)),
    );
    assert.deepEqual(moved, [
      { ...key('a', 2, 1), bucket: 97 },
      { ...key('b', 2), bucket: 98 },
    ]);
    await assert.rejects(
      rebucket([key('a', 2)], async () => []),
      RangeError,
    );
  });
});
