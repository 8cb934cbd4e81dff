import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, boolean, nat, property, record } from 'fast-check';
import { DigestFolder, type BucketDigest } from '../key-index/bucket-digest.ts';
import { spread } from '../key-index/testing/keys.ts';
import type { KeyEntry, RowHashes } from '../key-index/key-entry.ts';
import { differenceOf, differingGroups } from './bucket-difference.ts';
import { groupOf, groupsOfBucket } from './digest-queries.ts';

const hashes = (value: number): RowHashes => ({ first: spread(value), second: spread(value * 7 + 3) });
const entry = (id: number, value: number | undefined): KeyEntry => ({
  id: `N:${id}`,
  bucket: 0,
  row: value === undefined ? undefined : hashes(value),
  local: undefined,
});

describe('the difference of a bucket', () => {
  it('is the multiset difference of its keys and its rows', () => {
    const keys = array(record({ value: nat(9), known: boolean() }), { maxLength: 20 });
    check(
      property(keys, array(nat(9), { maxLength: 20 }), (stored, rows) => {
        const entries = stored.map(({ value, known }, id) => entry(id, known ? value : undefined));
        const { unmatched, unknownRows } = differenceOf(entries, rows.map(hashes));
        const values = new Set([...rows, ...stored.map(({ value }) => value)]);
        let left = 0;
        for (const value of values) {
          const inRows = rows.filter((row) => row === value).length;
          const inIndex = stored.filter((each) => each.known && each.value === value).length;
          left += Math.max(0, inIndex - inRows);
          assert.equal(unknownRows.includes(spread(value)), inRows > inIndex);
        }
        assert.equal(unmatched.size, left + stored.filter(({ known }) => !known).length);
        assert.equal(new Set(unknownRows).size, unknownRows.length);
      }),
    );
  });

  it('is in the groups of its rows that are new and of its keys that are gone, and in no other', () => {
    check(
      property(array(nat(500), { maxLength: 40 }), array(nat(500), { maxLength: 40 }), (stored, rows) => {
        const [keys, now] = [new Set(stored), new Set(rows)];
        const seen = new Map<number, DigestFolder>();
        for (const value of now) {
          const group = groupOf(0, hashes(value));
          const folder = seen.get(group) ?? new DigestFolder();
          folder.fold({ row: hashes(value) });
          seen.set(group, folder);
        }
        const digests = new Map<number, BucketDigest>(
          Array.from(seen, ([group, { digest }]) => [group, digest]),
        );
        const all = Array.from({ length: groupsOfBucket }, (_, group) => group);
        const groups = differingGroups(
          Array.from(keys, (value) => entry(value, value)),
          digests,
          0,
          all,
        );
        const wanted = new Set([...keys.symmetricDifference(now)].map((value) => groupOf(0, hashes(value))));
        assert.deepEqual(
          groups.toSorted((a, b) => a - b),
          [...wanted].sort((a, b) => a - b),
        );
      }),
    );
  });
});
