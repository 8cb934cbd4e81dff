import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import type { EntityIndex } from '../key-index/entity-index.ts';
import type { Position } from '../query/cursors.ts';
import { scan, type ScanEnd } from '../scan/scan.ts';
import type { ScanSource } from '../scan/scan-source.ts';
import { baseline, publishAll } from '../scan/whole-entity.ts';
import { bootstrapRange, snapshotRows } from '../snapshot/bootstrap.ts';
import { SlicePermits } from '../snapshot/slice-permits.ts';
import type { Feed } from './feed.ts';

/** What is true once everything was published. */
export interface RepublishEnd {
  readonly cursor: string;
  readonly settles?: readonly string[];
  /** Everything was compared, at this time by the clock. */
  readonly scannedAt?: number;
  /** What is compared was published under another configuration. */
  readonly reconfigured?: boolean;
}

/**
 * Everything a bootstrap at `position` would send, as upserts. The checkpoint, `cursor`, comes at the end: what breaks before is
 * published again as a whole.
 */
export async function* republish(
  feed: Feed,
  position: Position,
  signal: AbortSignal,
  done: RepublishEnd,
): AsyncGenerator<ChangeBatch, void, void> {
  const { config, schema, index } = feed;
  schema.republishing();
  if (index !== undefined) {
    yield* publishAll(
      scanSource(feed, index, position, () => endOf(feed, done)),
      signal,
    );
    return;
  }
  const permits = new SlicePermits(config.sliceParallelism);
  const range = bootstrapRange(config, position);
  for await (const { rows, encoder, sent } of snapshotRows(
    { ...feed, shaper: schema },
    range,
    permits,
    signal,
  )) {
    const changes = encoder.encodeChanges(rows, sent);
    if (changes.length > 0) yield { changes };
  }
  yield { changes: [], ...endOf(feed, done) };
}

/** What is there at `position` and was not yet published so: with an index the difference, deletes included, else everything. */
export async function* resnapshot(
  feed: Feed,
  position: Position,
  signal: AbortSignal,
  done: RepublishEnd,
): AsyncGenerator<ChangeBatch, void, void> {
  if (feed.index === undefined) yield* republish(feed, position, signal, done);
  else yield* scanFeed(feed, feed.index, position, signal, done);
}

/** A complete scan, of which the checkpoint takes note. */
export async function* scanFeed(
  feed: Feed,
  index: EntityIndex,
  position: Position,
  signal: AbortSignal,
  done: RepublishEnd,
): AsyncGenerator<ChangeBatch, ScanEnd, void> {
  feed.schema.republishing();
  const source = scanSource(feed, index, position, () =>
    endOf(feed, { ...done, scannedAt: feed.clock.now() }),
  );
  const end = yield* scan({ ...source, reconfigured: done.reconfigured }, signal);
  logScan(feed, end);
  return end;
}

export function logScan({ logger, config }: Feed, end: ScanEnd): void {
  const found = end.published + end.deleted > 0 ? 'info' : 'debug';
  logger[found]('a scan compared everything with what was published', { label: config.label, ...end });
}

/** Takes in what is there at `position` as what every reader to come will hold, without publishing it. */
export async function fillIndex(
  feed: Feed,
  index: EntityIndex,
  position: Position,
  signal: AbortSignal,
): Promise<void> {
  const rows = await baseline(scanSource(feed, index, position, {}), signal);
  feed.logger.info('the key index holds what is there', { label: feed.config.label, rows });
}

/** What a scan at a position reads, as a bootstrap there does (rule R3). */
export function scanSource(
  feed: Feed,
  index: EntityIndex,
  position: Position,
  end: ScanSource['end'],
): ScanSource {
  return { ...feed, index, range: bootstrapRange(feed.config, position), end };
}

export function endOf(
  feed: Feed,
  { cursor, settles, scannedAt }: RepublishEnd,
): Omit<ChangeBatch, 'changes'> {
  const checkpoint = feed.checkpoint({ cursor }, scannedAt === undefined ? {} : { scannedAt });
  return { checkpoint, ...(settles === undefined || settles.length === 0 ? {} : { settles }) };
}
