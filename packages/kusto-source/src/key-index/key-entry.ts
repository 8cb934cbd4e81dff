/** Two hashes that Kusto computes over a row's canonical text, each as an unsigned 64-bit number (`BigInt.asUintN(64, long)`). */
export interface RowHashes {
  readonly first: bigint;
  readonly second: bigint;
}

/** Where a key is kept. */
export interface KeyPlace {
  /** The element's id. */
  readonly id: string;
  /** What Kusto computed for the key, from 0 to below the bucket count. */
  readonly bucket: number;
}

/**
 * A key that may be live: some reader may hold its element. A hash is that of the state every reader holds, or `undefined`,
 * *unknown*: readers may differ, and the key has to be published when it is next seen (rule R7).
 */
export interface KeyEntry extends KeyPlace {
  readonly row: RowHashes | undefined;
  /** A 64-bit hash of the element as this program encodes it, unsigned: what is left to compare when Kusto changes its hash function. */
  readonly local: bigint | undefined;
  /**
   * Of a relation: an unsigned 64-bit hash of where it starts and ends, in all readers that hold it (rule R22). Unknown, when they may
   * differ, is undefined. It depends on nothing of Kusto's.
   */
  readonly ends?: bigint | undefined;
  /** The ends follow from the key: no key was ever between others. Of entries as they are read, not of stored ones. */
  readonly endsOfKey?: true;
}

/** Whether what was seen is the state that is stored. Unknown agrees with nothing. Kusto's hashes decide where both have them. */
export function agrees(stored: KeyEntry, seen: KeyEntry): boolean {
  if (stored.row !== undefined && seen.row !== undefined)
    return stored.row.first === seen.row.first && stored.row.second === seen.row.second;
  return stored.local !== undefined && stored.local === seen.local;
}

/** Whether nothing has to be written to store `entry`. */
export function isSame(stored: KeyEntry | undefined, entry: KeyEntry): boolean {
  return (
    stored !== undefined &&
    stored.local === entry.local &&
    stored.ends === entry.ends &&
    stored.row?.first === entry.row?.first &&
    stored.row?.second === entry.row?.second
  );
}

export function isUnknown(entry: KeyEntry): boolean {
  return entry.row === undefined && entry.local === undefined;
}

export function unknownKey(place: KeyPlace): KeyEntry {
  return { id: place.id, bucket: place.bucket, row: undefined, local: undefined };
}

/** A state that some reader may not hold, or lacks: of a relation, those that hold it still agree on its ends. */
export const doubted = (entry: KeyEntry): KeyEntry => withEnds(unknownKey(entry), entry.ends);

/**
 * What is to be stored of a key before `seen` is published, or after it was handed over: a state that readers may not all
 * hold is unknown, and so are ends. A delete, whose ends are undefined, moves nothing: whoever still holds the
 * relation holds it where it was.
 */
export function inDoubt(stored: KeyEntry | undefined, seen: KeyEntry): KeyEntry {
  if (stored === undefined) return withEnds(unknownKey(seen), seen.ends);
  const ends = seen.ends === undefined || seen.ends === stored.ends ? stored.ends : undefined;
  return withEnds(isUnknown(stored) || agrees(stored, seen) ? stored : unknownKey(stored), ends);
}

function withEnds({ id, bucket, row, local }: KeyEntry, ends: bigint | undefined): KeyEntry {
  return { id, bucket, row, local, ...(ends === undefined ? {} : { ends }) };
}

/** Finds the buckets of keys under another bucket count, in the order of the ids: a question to Kusto, which alone knows its hash function. */
export type BucketOf = (ids: readonly string[]) => Promise<readonly number[]>;

/** @throws RangeError when a key gets no bucket */
export async function rebucket(
  entries: readonly KeyEntry[],
  bucketOf: BucketOf,
): Promise<readonly KeyEntry[]> {
  const buckets = await bucketOf(entries.map(({ id }) => id));
  return entries.map((entry, place) => {
    const bucket = buckets[place];
    if (bucket === undefined) throw new RangeError(`no bucket was given for "${entry.id}"`);
    return { ...entry, bucket };
  });
}

/** How many keys a bucket has at most when its count is chosen, and the most buckets a manifest under 1 MB can name. */
const KEYS_PER_BUCKET = 4_096;
export const MAX_BUCKETS = 8_192;

/**
 * The bucket count for so many keys: a power of two that leaves 2,048 to 4,096 keys a bucket, so that one changed key costs
 * the reading of few others and the digests of all buckets fit into one small answer.
 */
export function bucketCountFor(keys: number): number {
  let count = 1;
  while (count < MAX_BUCKETS && keys / count > KEYS_PER_BUCKET) count *= 2;
  return count;
}

/** Whether a bucket count has become wrong for so many keys: more than 8,192 or less than 1,024 a bucket. */
export function needsAnotherBucketCount(count: number, keys: number): boolean {
  const wanted = bucketCountFor(keys);
  return wanted > count ? keys / count > 2 * KEYS_PER_BUCKET && count < MAX_BUCKETS : wanted * 2 < count;
}
