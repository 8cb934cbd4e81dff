import { isUnknown, type KeyEntry } from './key-entry.ts';
import { SentKeys } from './sent-keys.ts';

/** The keys of an index, bucket by bucket. */
export interface Buckets {
  readonly bucketCount: number;
  readonly entries: (bucket: number) => Promise<readonly KeyEntry[]>;
}

/**
 * Of each bucket that has any, the known keys that the reader of a bootstrap may lack: those that it did not send, and a few that share their
 * cells with them. Reads all keys, twice where some are lacking.
 * @param touched ids that reach the reader by the feed, whether they were sent or not
 */
export async function* keysNotSent(
  { bucketCount, entries }: Buckets,
  sent: SentKeys,
  touched: ReadonlySet<string>,
): AsyncGenerator<readonly KeyEntry[], void, void> {
  const held = new SentKeys(sent.cells);
  for (let bucket = 0; bucket < bucketCount; bucket++)
    for (const { id } of await entries(bucket)) if (!touched.has(id)) held.add(id);
  const lacks = held.cellsThatLack(sent, touched);
  if (lacks.size === 0) return;
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const lacking = (await entries(bucket)).filter(
      (entry) => !isUnknown(entry) && !touched.has(entry.id) && lacks.has(sent.shareOf(entry.id).cell),
    );
    if (lacking.length > 0) yield lacking;
  }
}
