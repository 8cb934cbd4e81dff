import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  array,
  assert as check,
  bigInt,
  constant,
  nat,
  oneof,
  option,
  property,
  record,
  string,
} from 'fast-check';
import { decodeEntries, encodeEntries, type KeyChange } from './entry-codec.ts';
import { key } from './testing/keys.ts';

const hash = bigInt({ min: 0n, max: 2n ** 64n - 1n });
const id = string({ unit: 'binary', maxLength: 40 });
const change = oneof(
  record(
    {
      id,
      bucket: nat(),
      row: option(record({ first: hash, second: hash }, { noNullPrototype: true }), { nil: undefined }),
      local: option(hash, { nil: undefined }),
      ends: hash,
    },
    { noNullPrototype: true, requiredKeys: ['id', 'bucket', 'row', 'local'] },
  ),
  record({ id, bucket: nat(), removed: constant(true as const) }, { noNullPrototype: true }),
);

describe('encodeEntries', () => {
  it('is undone by decodeEntries, in order, in parts that are small enough', () => {
    check(
      property(array(change), nat(9_000), nat(600), (entries, count, more) => {
        const parts = encodeEntries(count, entries as KeyChange[], 250 + more);
        for (const part of parts) assert.ok(part.length <= 250 + more);
        const read = parts.map(decodeEntries);
        assert.deepEqual(
          read.flatMap((part) => part.entries),
          entries,
        );
        for (const { bucketCount } of read) assert.equal(bucketCount, count);
      }),
    );
  });

  it('takes about 48 bytes for an id of 20 characters', () => {
    const entries = Array.from({ length: 1_000 }, (_, n) => key(`Device:${1e12 + n}`, 256, n));
    const [part] = encodeEntries(256, entries);
    assert.ok(part !== undefined && part.length < 49_000, String(part?.length));
  });

  it('are read as format 1 had them, which knew no ends', () => {
    const [part] = encodeEntries(4, [key('x', 4, 1)]);
    assert.ok(part !== undefined && part[0] === 2);
    part[0] = 1;
    assert.deepEqual(decodeEntries(part), { bucketCount: 4, entries: [key('x', 4, 1)] });
  });

  it('refuses a key that is larger than a part, and decodeEntries what is not of its form', () => {
    assert.throws(() => encodeEntries(1, [key('x'.repeat(200), 1)], 100), /too large/);
    const [good] = encodeEntries(1, [key('x', 1, 1)]);
    assert.throws(() => decodeEntries(good!.subarray(0, -1)), RangeError);
    assert.throws(() => decodeEntries(Uint8Array.of(9)), RangeError);
    assert.throws(() => decodeEntries(Uint8Array.of(2, 1, 0, 0, 16)), RangeError);
    assert.throws(() => decodeEntries(new Uint8Array()), RangeError);
  });
});
