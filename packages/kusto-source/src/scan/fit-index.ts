import type { EntityIndex } from '../key-index/entity-index.ts';
import { bucketCountFor, needsAnotherBucketCount } from '../key-index/key-entry.ts';
import { askBuckets } from './ask-buckets.ts';
import { indexEpoch } from './index-epoch.ts';
import { checkRowSecurity } from './row-security.ts';
import type { IndexSource } from './scan-source.ts';

/**
 * Brings the index to what the service and the configuration are now, before it is compared: what bootstraps handed over, the
 * service's hash function, the epoch, and a bucket count that suits the keys (rules R7, R9 and R19).
 *
 * A step that a crash cuts short is done again by the next start: the buckets are asked for before the probe that speaks of them is stored.
 * @param expected how many keys there will be, where more is known than what the index holds
 * @returns how many keys the index holds
 * @throws KustoSourceError ROW_LEVEL_SECURITY
 */
export async function fitIndex(source: IndexSource, signal: AbortSignal, expected = 0): Promise<number> {
  const { reader, config, logger, index } = source;
  const { keys, journal } = index;
  const bucketsOf =
    (count: number) =>
    (ids: readonly string[]): Promise<readonly number[]> =>
      askBuckets(reader, config, count, ids, signal);
  await journal.fold(keys, bucketsOf(keys.bucketCount));
  const probe = await reader.hashing(signal);
  const epoch = await currentEpoch(source, signal);
  const held = await countHeld(index);
  const most = Math.max(held, expected);
  const count = needsAnotherBucketCount(keys.bucketCount, most) ? bucketCountFor(most) : keys.bucketCount;
  const hashesElse = probe !== keys.probe;
  if (hashesElse && held > 0)
    logger.warn('the service hashes differently than before: all rows are read once more', {
      label: config.label,
    });
  if (count !== keys.bucketCount || (hashesElse && held > 0))
    await keys.replaceBucketCount(count, bucketsOf(count));
  if (epoch !== keys.epoch && held > 0)
    logger.warn('key, identity or row-level security are others than before: all rows are published again', {
      label: config.label,
    });
  if (hashesElse || epoch !== keys.epoch) await keys.forgetHashes(epoch, probe);
  return held;
}

/** @throws KustoSourceError ROW_LEVEL_SECURITY */
export async function currentEpoch(
  { reader, config, logger }: IndexSource,
  signal: AbortSignal,
): Promise<string> {
  return indexEpoch(config, await checkRowSecurity(reader, config, logger, signal));
}

/** How many keys the index holds. */
export async function countHeld({ keys }: Pick<EntityIndex, 'keys'>): Promise<number> {
  let held = 0;
  for (let bucket = 0; bucket < keys.bucketCount; bucket++) held += (await keys.digest(bucket)).count;
  return held;
}
