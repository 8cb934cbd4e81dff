import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, bigInt, property, record } from 'fast-check';
import { DigestFolder, emptyDigest, sameDigest, type BucketDigest } from './bucket-digest.ts';
import type { RowHashes } from './key-entry.ts';

const digestOf = (rows: readonly (RowHashes | undefined)[]): BucketDigest => {
  const folder = new DigestFolder();
  for (const row of rows) folder.fold({ row });
  return folder.digest;
};
const [a, b] = [
  { first: 0x1234_5678_9abc_def0n, second: 7n },
  { first: 0xffff_ffff_ffff_ffffn, second: 9n },
];
const hash = bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe('bucket digests (R17)', () => {
  it('are the count, the sums of both halves and the XOR', () => {
    assert.deepEqual(digestOf([a, b]), {
      count: 2,
      unknown: 0,
      sumHigh: 0x1234_5678n + 0xffff_ffffn,
      sumLow: 0x9abc_def0n + 0xffff_ffffn,
      xor: 14n,
    });
  });

  it('see a row that is there twice, an emptied bucket, and halves that were swapped', () => {
    assert.equal(sameDigest(digestOf([a, b, b]), digestOf([a])), false);
    assert.equal(sameDigest(digestOf([a, a]), digestOf([])), false);
    assert.equal(sameDigest(digestOf([a]), emptyDigest), false);
    const swapped = { first: (a.first >> 32n) | ((a.first & 0xffff_ffffn) << 32n), second: a.second };
    assert.equal(sameDigest(digestOf([a]), digestOf([swapped])), false);
    assert.equal(sameDigest(digestOf([a]), digestOf([{ ...a, second: 8n }])), false);
    assert.equal(sameDigest(digestOf([a, b]), digestOf([b, a])), true);
  });

  it('differ by any one of their parts', () => {
    const digest = digestOf([a]);
    const parts: readonly Partial<BucketDigest>[] = [
      { count: 2 },
      { unknown: 1 },
      { sumHigh: 1n },
      { sumLow: 1n },
      { xor: 1n },
    ];
    for (const part of parts)
      assert.equal(sameDigest(digest, { ...digest, ...part }), false, Object.keys(part).join());
  });

  it('of a bucket with an unknown key are never the same', () => {
    assert.equal(sameDigest(digestOf([undefined]), digestOf([undefined])), false);
    const seen: BucketDigest = { ...digestOf([undefined]), unknown: 0 };
    assert.equal(sameDigest(digestOf([undefined]), seen), false);
    assert.equal(sameDigest(seen, digestOf([undefined])), false);
  });

  it('lose a row that is folded out', () => {
    check(
      property(
        array(record({ first: hash, second: hash })),
        record({ first: hash, second: hash }),
        (rows, row) => {
          const folder = new DigestFolder(digestOf([...rows, row]));
          folder.fold({ row }, -1);
          folder.fold({ row: undefined });
          folder.fold({ row: undefined }, -1);
          assert.deepEqual(folder.digest, digestOf(rows));
        },
      ),
    );
  });
});
