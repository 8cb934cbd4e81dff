import type { KustoColumn } from '@drasi-kusto/kusto-client';
import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import type { BucketDigest } from '../key-index/bucket-digest.ts';
import type { KeyIndex } from '../key-index/key-index.ts';
import { bucketDigests } from './digest-queries.ts';
import { fitIndex } from './fit-index.ts';
import { sameColumns, throwUnlessChanged } from './over-columns.ts';
import type { DifferingBucket } from './plan-reading.ts';
import { readColumns, type IndexSource, type ScanSource } from './scan-source.ts';
import {
  compareDigests,
  digestsOf,
  endScan,
  publishDifference,
  type ComparedDigests,
  type ScanEnd,
} from './scan.ts';

/**
 * A scan for whose long query no window has to wait. It is the scan of `scan.ts` in three parts:
 *
 * 1. {@link beginScan}, between two windows: brings the index up to date and copies its digests.
 * 2. {@link findBuckets}, beside the windows: asks for the service's digests and compares them with the copy. It publishes nothing
 *    and writes nothing, and does not look at the index, which windows and hand-overs change meanwhile.
 * 3. {@link finishScan}, between two windows: looks into the buckets that differed.
 *
 * Why it finds what one scan without a break finds: the second part reads up to the cursor of the first, C0, so that no row that came later is in its
 * digests, and none is in the copy. A bucket that is equal was equal at C0, as it would have been if all had waited for the query (rule
 * R17). What windows publish after C0, and what bootstraps hand over, is theirs; a row that vanishes after the query looked is the next scan's.
 * Beside the index as it is by then, every bucket would differ in which a window published a row meanwhile.
 *
 * Why it publishes nothing wrong: the third part takes nothing from the others but the numbers of buckets. It reads these buckets anew, whole as far
 * as their digests tell, at the feed's cursor of then, and compares them with the index of then; so its upserts are no older than what was
 * published (invariant I3), and a key that no row of its bucket has is a candidate by a complete answer, to be asked for once more (I5, R18).
 */
export interface BegunScan {
  /** The digests of the index at C0, by bucket. */
  readonly indexed: readonly BucketDigest[];
  readonly columns: readonly KustoColumn[];
  readonly meaning: string;
}

/** @throws KustoSourceError ROW_LEVEL_SECURITY, SCHEMA */
export async function beginScan(source: IndexSource, signal: AbortSignal): Promise<BegunScan> {
  const columns = await readColumns(source, signal);
  await fitIndex(source, signal);
  const { index } = source;
  return { columns, meaning: meaningOf(index.keys), indexed: await digestsOf(index) };
}

/** One query, whatever the table. @param source with the range of the moment when the scan was begun */
export async function findBuckets(
  source: IndexSource,
  { indexed }: BegunScan,
  signal: AbortSignal,
): Promise<ComparedDigests> {
  return compareDigests(indexed, await bucketDigests(source, signal));
}

/**
 * Publishes what differs in the buckets that were found; when none was, asks nothing. What the index stands for may have become something else
 * meanwhile: then the numbers of the buckets, or what is in the others, mean nothing any more (rules R9, R19 and R20).
 * @param source with a range of now
 * @returns 'changed' when the scan has to begin anew; it has published no delete then
 * @throws KustoSourceError as `scan` does
 */
export async function* finishScan(
  source: ScanSource,
  begun: BegunScan,
  found: ComparedDigests,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, ScanEnd | 'changed', void> {
  const { rows, differing } = found;
  if (differing.length === 0)
    return yield* endScan(source, { rows, buckets: 0, read: 0, published: 0, deleted: 0, present: 0 });
  const columns = await readColumns(source, signal);
  if (!sameColumns(begun.columns, columns)) return 'changed';
  const held = await fitIndex(source, signal);
  if (meaningOf(source.index.keys) !== begun.meaning) return 'changed';
  try {
    const now = { rows, differing: await asOfNow(source.index.keys, differing) };
    return yield* publishDifference(source, held, now, signal);
  } catch (error) {
    await throwUnlessChanged(error, columns, source, signal);
    return 'changed';
  }
}

/** What gives numbers of buckets and hashes their meaning. */
const meaningOf = ({ generation, epoch, probe }: KeyIndex): string =>
  JSON.stringify([generation, epoch, probe]);

/**
 * How many rows there are is an estimate by now, which tells how much is asked for at a time. No bucket counts as empty by it: rows that
 * windows published since would be taken for gone, and be asked for one by one, or count as a mass delete (rule R19).
 */
async function asOfNow(
  keys: KeyIndex,
  differing: readonly DifferingBucket[],
): Promise<readonly DifferingBucket[]> {
  const now: DifferingBucket[] = [];
  for (const { bucket, rows } of differing) {
    const stored = await keys.digest(bucket);
    now.push({ bucket, stored, rows: Math.max(rows, stored.count, 1) });
  }
  return now;
}
