import type { BucketDigest } from '../key-index/bucket-digest.ts';
import type { KeyEntry } from '../key-index/key-entry.ts';
import { differenceOf, differingGroups } from './bucket-difference.ts';
import { groupDigests, groupOf, groupsOfBucket, rowHashes } from './digest-queries.ts';
import type { RowPart } from './read-part.ts';
import { limitsOf, type IndexSource } from './scan-source.ts';

/** A bucket whose digest of the service is not that of the index. */
export interface DifferingBucket {
  readonly bucket: number;
  /** How many rows it has. */
  readonly rows: number;
  readonly stored: BucketDigest;
}

/** What has to be read to know some buckets, and what is known of them once it was read. */
export interface ReadingStep {
  readonly parts: readonly RowPart[];
  /** By bucket, the keys of the index that no row was found for; to be told which ids are read. What is left has vanished. */
  readonly unmatched: ReadonlyMap<number, Set<string>>;
}

/**
 * What is to be read of differing buckets. Those of which the index knows little are read whole. Of the others hashes of rows
 * are compared first, and where that would be many, digests of groups of rows before. One bucket's keys are held at a time.
 */
export async function* planReading(
  source: IndexSource,
  differing: readonly DifferingBucket[],
  signal: AbortSignal,
): AsyncGenerator<ReadingStep, void, void> {
  const { keys } = source.index;
  const limits = limitsOf(source);
  const {
    empty = [],
    whole = [],
    known = [],
  } = Object.groupBy(differing, ({ rows, stored }) => {
    if (rows === 0) return 'empty';
    return stored.unknown * 2 >= stored.count ? 'whole' : 'known';
  });
  for (const { bucket } of empty)
    yield { parts: [], unmatched: new Map([[bucket, idsOf(await keys.bucket(bucket))]]) };
  for (const group of grouped(whole, ({ rows }) => rows, limits.rows)) {
    const unmatched = new Map<number, Set<string>>();
    for (const { bucket } of group) unmatched.set(bucket, idsOf(await keys.bucket(bucket)));
    yield { parts: [{ buckets: group.map(({ bucket }) => bucket) }], unmatched };
  }
  const rows = known.reduce((sum, each) => sum + each.rows, 0);
  if (rows <= limits.fewKeys) {
    yield* byHashes(source, known, undefined, signal);
    return;
  }
  for (let from = 0; from < known.length; from += limits.buckets)
    yield* byGroups(source, known.slice(from, from + limits.buckets), signal);
}

interface GroupedBucket extends DifferingBucket {
  /** Those that differ. */
  readonly groups: readonly number[];
}

async function* byGroups(
  source: IndexSource,
  known: readonly DifferingBucket[],
  signal: AbortSignal,
): AsyncGenerator<ReadingStep, void, void> {
  const buckets = known.map(({ bucket }) => bucket);
  const seen = await groupDigests(source, buckets, signal);
  const differing: GroupedBucket[] = [];
  for (const { bucket, stored } of known) {
    const all = Array.from({ length: groupsOfBucket }, (_, group) => bucket * groupsOfBucket + group);
    const groups = differingGroups(await source.index.keys.bucket(bucket), seen, bucket, all);
    const rows = groups.reduce((sum, group) => sum + (seen.get(group)?.count ?? 0), 0);
    differing.push({ bucket, stored, groups, rows });
  }
  for (const some of grouped(differing, ({ groups }) => groups.length, limitsOf(source).named))
    yield* byHashes(source, some, new Map(some.map(({ bucket, groups }) => [bucket, groups])), signal);
}

/** @param groups by bucket, those that differ; undefined: the whole buckets do */
async function* byHashes(
  source: IndexSource,
  known: readonly DifferingBucket[],
  groups: ReadonlyMap<number, readonly number[]> | undefined,
  signal: AbortSignal,
): AsyncGenerator<ReadingStep, void, void> {
  const limits = limitsOf(source);
  for (const some of grouped(known, ({ rows }) => rows, limits.hashes)) {
    const buckets = some.map(({ bucket }) => bucket);
    const named = groups && buckets.flatMap((bucket) => groups.get(bucket) ?? []);
    const asks = named === undefined || named.length > 0;
    const hashes = asks ? await rowHashes(source, buckets, named, signal) : new Map<number, never[]>();
    const unmatched = new Map<number, Set<string>>();
    const wanted: { bucket: number; hashes: readonly bigint[] }[] = [];
    for (const bucket of buckets) {
      const entries = inGroups(await source.index.keys.bucket(bucket), bucket, groups?.get(bucket));
      const difference = differenceOf(entries, hashes.get(bucket) ?? []);
      unmatched.set(bucket, difference.unmatched);
      wanted.push({ bucket, hashes: difference.unknownRows });
    }
    yield { parts: partsOf(wanted, limits.named), unmatched };
  }
}

/** The keys of these groups, and those that are in none since their hashes are not known. */
function inGroups(
  entries: readonly KeyEntry[],
  bucket: number,
  groups: readonly number[] | undefined,
): readonly KeyEntry[] {
  if (groups === undefined) return entries;
  const wanted = new Set(groups);
  return entries.filter(({ row }) => row === undefined || wanted.has(groupOf(bucket, row)));
}

function partsOf(
  wanted: readonly { bucket: number; hashes: readonly bigint[] }[],
  named: number,
): readonly RowPart[] {
  const pairs = wanted.flatMap(({ bucket, hashes }) => hashes.map((hash) => ({ bucket, hash })));
  return [...grouped(pairs, () => 1, named)].map((some) => ({
    buckets: [...new Set(some.map(({ bucket }) => bucket))],
    hashes: some.map(({ hash }) => hash),
  }));
}

const idsOf = (entries: readonly KeyEntry[]): Set<string> => new Set(entries.map(({ id }) => id));

/** In their order, groups that weigh no more than the limit, unless a single one does. */
function* grouped<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  limit: number,
): Generator<readonly T[], void, void> {
  let group: T[] = [];
  let weight = 0;
  for (const item of items) {
    const more = weightOf(item);
    if (group.length > 0 && weight + more > limit) {
      yield group;
      group = [];
      weight = 0;
    }
    group.push(item);
    weight += more;
  }
  if (group.length > 0) yield group;
}
