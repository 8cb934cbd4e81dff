import { DigestFolder, emptyDigest, sameDigest, type BucketDigest } from '../key-index/bucket-digest.ts';
import type { KeyEntry, RowHashes } from '../key-index/key-entry.ts';
import { groupOf } from './digest-queries.ts';

/** The groups of a bucket whose rows differ from what the index holds. A key without known hashes is in no group of the index. */
export function differingGroups(
  entries: Iterable<KeyEntry>,
  seen: ReadonlyMap<number, BucketDigest>,
  bucket: number,
  groups: Iterable<number>,
): number[] {
  const folders = new Map<number, DigestFolder>();
  for (const entry of entries) {
    if (entry.row === undefined) continue;
    const group = groupOf(bucket, entry.row);
    let folder = folders.get(group);
    if (folder === undefined) folders.set(group, (folder = new DigestFolder()));
    folder.fold(entry);
  }
  return [...groups].filter(
    (group) => !sameDigest(folders.get(group)?.digest ?? emptyDigest, seen.get(group) ?? emptyDigest),
  );
}

export interface BucketDifference {
  /** Keys of the index that none of the rows is, as far as hashes tell: changed, gone, or without known hashes. */
  readonly unmatched: Set<string>;
  /** First hashes of rows that the index does not know. */
  readonly unknownRows: readonly bigint[];
}

/** The multiset difference of what the index holds of a bucket and the hashes of the bucket's rows. */
export function differenceOf(entries: Iterable<KeyEntry>, rows: readonly RowHashes[]): BucketDifference {
  const left = new Map<string, number>();
  for (const row of rows) left.set(nameOf(row), (left.get(nameOf(row)) ?? 0) + 1);
  const unmatched = new Set<string>();
  for (const { id, row } of entries) {
    const name = row && nameOf(row);
    const count = name === undefined ? 0 : (left.get(name) ?? 0);
    if (name === undefined || count === 0) unmatched.add(id);
    else left.set(name, count - 1);
  }
  const unknownRows = rows.filter((row) => {
    const count = left.get(nameOf(row)) ?? 0;
    if (count > 0) left.set(nameOf(row), count - 1);
    return count > 0;
  });
  return { unmatched, unknownRows: [...new Set(unknownRows.map(({ first }) => first))] };
}

const nameOf = ({ first, second }: RowHashes): string => `${first}:${second}`;
