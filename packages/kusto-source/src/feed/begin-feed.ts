import type { KustoColumn } from '@drasi-kusto/kusto-client';
import type { ChangeBatch, Clock, Logger, MonitorContext } from '@drasi-kusto/source-sdk';
import type { EntityConfig } from '../config/entity-config.ts';
import { entityFingerprint } from '../config/fingerprint.ts';
import type { SourceIndexes } from '../key-index/source-indexes.ts';
import type { Position } from '../query/cursors.ts';
import { isTimeCursor } from '../query/time-cursor.ts';
import { countHeld } from '../scan/fit-index.ts';
import { checkFeed, checkStart, closeGap } from './check-feed.ts';
import type { CheckpointBook } from './checkpoint-book.ts';
import type { EntityCheckpoint, FeedPosition } from './checkpoint.ts';
import { openMode, refuseOtherMeaning } from './feed-mode.ts';
import { createFeed, isBounded, type Feed, type FeedEntity } from './feed.ts';
import type { QuestionsBeside } from './questions-beside.ts';
import { fillIndex, republish, resnapshot } from './republish.ts';

/** What the feeds of a source's entities have in common. */
export interface FeedRun {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where an entity begins without a checkpoint: with every row its query returns, or after them. */
  readonly from: 'beginning' | 'now';
  readonly indexes?: SourceIndexes | undefined;
  readonly book: CheckpointBook;
  readonly told: Set<string>;
  readonly context: MonitorContext;
  readonly questions: QuestionsBeside;
}

export interface BegunFeed {
  readonly feed: Feed;
  readonly position: FeedPosition;
  /** When everything was last compared, by the clock. */
  readonly scannedAt: number;
}

/**
 * Begins the feed of an entity, or goes on from its checkpoint. What was published under another configuration, or with an index
 * that is lost, is brought up to date first.
 * @throws KustoSourceError
 */
export async function* beginFeed(
  entity: FeedEntity,
  run: FeedRun,
): AsyncGenerator<ChangeBatch, BegunFeed, void> {
  const { book, told, context, clock, logger, indexes } = run;
  const { signal, alive } = context;
  const columns = await entity.reader.checkSchema(signal);
  const stored = book.of(entity.config);
  const reconfigured = stored !== undefined && isOtherMeaning(stored, entity.config);
  const isOther = stored !== undefined && (reconfigured || (await isOtherCursor(stored, entity, signal)));
  if (isOther) refuseOtherMeaning(entity, stored);
  const opened = await openMode(entity, stored, { logger, indexes, signal });
  const quiet = (): boolean => context.openSessions?.() === 0;
  const mode = opened.index === undefined ? opened : { ...opened, index: { ...opened.index, quiet } };
  const feed = createFeed({ ...entity, clock, logger, alive }, mode, book, told);
  if (stored === undefined) {
    const position = yield* beginFirst(feed, run, columns);
    return { feed, position, scannedAt: clock.now() };
  }
  if (isOther || mode.lost) {
    logger.warn('what was published is brought up to date with the configuration', {
      label: feed.config.label,
    });
    feed.schema.shape(columns);
    const position = await positionOf(feed, signal);
    const { cursor } = position;
    yield* (mode.lost ? republish : resnapshot)(feed, position, signal, { cursor, reconfigured });
    return { feed, position: { cursor }, scannedAt: clock.now() };
  }
  const position = yield* goOn(feed, stored, signal, columns);
  return { feed, position, scannedAt: book.of(feed.config)?.scannedAt ?? clock.now() };
}

function isOtherMeaning({ meaning }: EntityCheckpoint, config: EntityConfig): boolean {
  return meaning !== undefined && meaning !== entityFingerprint(config);
}

/** A cursor that the service had, or did not have, when the checkpoint was stored, is of no use now that it is the other way. */
async function isOtherCursor(
  { cursor }: EntityCheckpoint,
  { config, reader }: FeedEntity,
  signal: AbortSignal,
): Promise<boolean> {
  return isBounded(config) && isTimeCursor(cursor) && (await reader.hasCursors(signal));
}

async function* goOn(
  feed: Feed,
  { cursor, window }: EntityCheckpoint,
  signal: AbortSignal,
  columns: readonly KustoColumn[],
): AsyncGenerator<ChangeBatch, FeedPosition, void> {
  feed.logger.info('the feed goes on from its checkpoint', { label: feed.config.label, cursor });
  if (isBounded(feed.config)) return yield* checkFeed(feed, { cursor, window }, signal, columns);
  feed.schema.shape(columns);
  return { cursor };
}

async function* beginFirst(
  feed: Feed,
  { from, book, context }: FeedRun,
  columns: readonly KustoColumn[],
): AsyncGenerator<ChangeBatch, FeedPosition, void> {
  const { signal } = context;
  const { schema, logger, config, index } = feed;
  if (isBounded(config)) {
    const orphans = book.names.length > 0 ? 0 : context.abandonedSessions().length;
    const gap = await checkStart(feed, orphans, signal);
    if (gap !== undefined) return yield* closeGap(feed, gap, undefined, signal);
  }
  schema.shape(columns);
  const position = await positionOf(feed, signal);
  const { cursor } = position;
  const start = from === 'beginning' ? 'with' : 'after';
  logger.info(`the feed begins ${start} what is there`, { label: config.label, from, cursor });
  if (index !== undefined && (await countHeld(index)) > 0) {
    // Of a first start that did not end, or of a state whose checkpoint is lost: what readers may hold is in the index (rule R23).
    yield* resnapshot(feed, position, signal, { cursor });
    return { cursor };
  }
  const compared = index === undefined ? {} : { scannedAt: feed.clock.now() };
  if (from === 'beginning') {
    yield* republish(feed, position, signal, { cursor, ...compared });
    return { cursor };
  }
  if (index !== undefined) await fillIndex(feed, index, position, signal);
  yield { changes: [], checkpoint: feed.checkpoint({ cursor }, compared) };
  return { cursor };
}

/** Where the service is now; without a bound there is nothing to stand at. */
export async function positionOf({ reader, config }: Feed, signal: AbortSignal): Promise<Position> {
  return isBounded(config) ? await reader.position(signal) : { cursor: '', now: '' };
}
