import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import { emptyDigest, sameDigest, type BucketDigest } from '../key-index/bucket-digest.ts';
import type { EntityIndex } from '../key-index/entity-index.ts';
import { bucketDigests } from './digest-queries.ts';
import { fitIndex } from './fit-index.ts';
import { overColumns } from './over-columns.ts';
import { planReading, type DifferingBucket } from './plan-reading.ts';
import { endOf, type ScanSource } from './scan-source.ts';
import { takeRows } from './take-rows.ts';
import { publishVanished, VanishedKeys } from './vanished-keys.ts';

/** What a scan found. */
export interface ScanEnd {
  /** Rows of the entity. */
  readonly rows: number;
  /** Buckets whose digests differed. */
  readonly buckets: number;
  /** Rows that were read, and of them those that were published. */
  readonly read: number;
  readonly published: number;
  readonly deleted: number;
  /** Keys that no row of the scan had and that were there when they were asked for; the next scan sees to them. */
  readonly present: number;
}

/**
 * Compares what the entity's query returns with the key index, and publishes the difference (rules R17 to R19). The service makes
 * digests of its buckets; only what differs is looked into: first digests of parts of these buckets, then hashes of rows, then the rows.
 *
 * Deletes come last, when every query of the scan has ended well: a scan that throws has published none. The last batch has the
 * scan's end. To be run between two windows, which wait for it: `scan-in-phases.ts` lets them go on meanwhile, and takes refuge here. As many
 * changes as it finds are acknowledged before it asks for more.
 * @throws KustoSourceError KEY_NOT_UNIQUE, MASS_DELETE, ROW_LEVEL_SECURITY, SCHEMA, SLICE
 */
export async function* scan(
  source: ScanSource,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, ScanEnd, void> {
  return yield* overColumns(source, signal, () => scanOnce(source, signal));
}

async function* scanOnce(
  source: ScanSource,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, ScanEnd, void> {
  const held = await fitIndex(source, signal);
  const seen = await bucketDigests(source, signal);
  const compared = compareDigests(await digestsOf(source.index), seen);
  return yield* publishDifference(source, held, compared, signal);
}

/** What the digests of all buckets say. */
export interface ComparedDigests {
  /** Of the entity. */
  readonly rows: number;
  readonly differing: readonly DifferingBucket[];
}

/** The digests of the index, by bucket: some hundred bytes each, of 8,192 buckets at most. */
export async function digestsOf({ keys }: Pick<EntityIndex, 'keys'>): Promise<readonly BucketDigest[]> {
  const digests: BucketDigest[] = [];
  for (let bucket = 0; bucket < keys.bucketCount; bucket++) digests.push(await keys.digest(bucket));
  return digests;
}

/** The digests of the index beside those of the service, whatever the table: which buckets have to be looked into. */
export function compareDigests(
  indexed: readonly BucketDigest[],
  seen: ReadonlyMap<number, BucketDigest>,
): ComparedDigests {
  const differing: DifferingBucket[] = [];
  let rows = 0;
  for (const [bucket, stored] of indexed.entries()) {
    // A bucket without rows has no digest (rule R17).
    const now = seen.get(bucket) ?? emptyDigest;
    rows += now.count;
    if (!sameDigest(stored, now)) differing.push({ bucket, rows: now.count, stored });
  }
  return { rows, differing };
}

/**
 * Looks into the buckets that differ, publishes what does, and ends the scan.
 * @param held how many keys the index holds, in all buckets
 */
export async function* publishDifference(
  source: ScanSource,
  held: number,
  { rows, differing }: ComparedDigests,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, ScanEnd, void> {
  const { config, range } = source;
  const agedOut = 'since' in range && range.since !== undefined;
  const vanished = new VanishedKeys(config, held, { agedOut, reconfigured: source.reconfigured });
  const found = { read: 0, published: 0 };
  for await (const { parts, unmatched } of planReading(source, differing, signal)) {
    for (const part of parts) {
      const taken = yield* takeRows(source, part, unmatched, signal);
      found.read += taken.read;
      found.published += taken.published;
    }
    for (const [bucket, ids] of unmatched) for (const id of ids) vanished.add({ id, bucket });
  }
  const { deleted, present } = yield* publishVanished(source, vanished, signal);
  return yield* endScan(source, { rows, buckets: differing.length, ...found, deleted, present });
}

/** The last batch, with the scan's end. */
export async function* endScan(source: ScanSource, end: ScanEnd): AsyncGenerator<ChangeBatch, ScanEnd, void> {
  const { config, logger } = source;
  logger.debug('a scan ended', { label: config.label, ...end });
  yield { changes: [], ...endOf(source) };
  return end;
}
