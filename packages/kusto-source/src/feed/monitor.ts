import { KustoError } from '@drasi-kusto/kusto-client';
import {
  FatalSourceError,
  type AbandonedSession,
  type ChangeBatch,
  type Clock,
  type Logger,
  type Monitor,
  type MonitorContext,
} from '@drasi-kusto/source-sdk';
import type { EntityConfig } from '../config/entity-config.ts';
import { RowKernel } from '../element/row-kernel.ts';
import { KustoSourceError } from '../errors.ts';
import { chooseDetection, explainDetection } from '../query/detection.ts';
import type { SourceReader } from '../query/source-reader.ts';
import { checkFeed, checkStart, closeGap, republishDropped } from './check-feed.ts';
import { readCheckpoint, type FeedPosition } from './checkpoint.ts';
import { createFeed, type Feed } from './feed.ts';
import { pauseAfter, type PollResult } from './poll-pace.ts';
import { readWindow, type WindowEnd, type WindowRange, type WindowSource } from './read-window.ts';
import { republish } from './republish.ts';
import type { SlicedWindow } from './sliced-window.ts';

export interface MonitorOptions {
  readonly reader: SourceReader;
  readonly config: EntityConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the feed begins without a checkpoint: with every row the query returns, or after them. */
  readonly from: 'beginning' | 'now';
}

/**
 * The change feed of a source: windows (c0, c1] by the database cursor, one at a time. c0 becomes c1 only with the
 * acknowledgement of the window's last change (invariant I2). How soon the next is asked for follows what came (`poll-pace.ts`).
 */
export function createMonitor(options: MonitorOptions): Monitor {
  const told = new Set<string>();
  return async function* monitor(context) {
    try {
      yield* follow(options, context, told);
    } catch (error) {
      if (context.signal.aborted) return;
      throw asFatal(error);
    }
  };
}

async function* follow(
  options: MonitorOptions,
  context: MonitorContext,
  told: Set<string>,
): AsyncGenerator<ChangeBatch, void, void> {
  const { reader, clock, config } = options;
  const { signal } = context;
  const stored = context.checkpoint === undefined ? undefined : readCheckpoint(context.checkpoint);
  const feed = createFeed(options, stored, told);
  const source: WindowSource = { ...feed, kernel: new RowKernel(), signal };
  const start = yield* begin(feed, options.from, stored, context);
  const begun = start.window;
  let { cursor } = start;
  if (begun !== undefined) {
    // Before any repair: that would read at the old cursor, and publish older states over those of the slices that are done.
    ({ cursor } = yield* step(source, { after: cursor, upTo: begun.upTo }, { begun, countFirst: true }));
  }
  let pauseMs = config.pollIntervalMs;
  // After a start nobody knows how much has come meanwhile.
  let countFirst = true;
  for (;;) {
    const began = clock.now();
    yield* repairSessions(feed, context, cursor);
    if (feed.gaps.due) ({ cursor } = yield* checkFeed(feed, { cursor }, signal));
    yield* republishDropped(feed, cursor, signal);
    const next = await reader.cursor(signal);
    let result: PollResult = 'idle';
    // The same text is the same cursor, and (c, c] is empty. Whether another text is later is not ours to tell.
    if (next !== cursor) {
      const end: StepEnd = yield* step(source, { after: cursor, upTo: next }, { countFirst });
      cursor = end.cursor;
      countFirst = end.large;
      result = resultOf(end);
    }
    pauseMs = pauseAfter(result, pauseMs, config.pollIntervalMs);
    const rest = pauseMs - (clock.now() - began);
    if (rest > 0) await context.sleep(rest);
  }
}

/** Returns where the feed begins, or goes on from. */
async function* begin(
  feed: Feed,
  from: MonitorOptions['from'],
  stored: FeedPosition | undefined,
  { signal, abandonedSessions }: MonitorContext,
): AsyncGenerator<ChangeBatch, FeedPosition, void> {
  const { reader, config, logger, schema } = feed;
  const columns = await reader.checkSchema(signal);
  logger.info(explainDetection(chooseDetection(config)));
  if (stored !== undefined) {
    const { cursor, window } = stored;
    logger.info('the feed goes on from its checkpoint', { cursor });
    return yield* checkFeed(feed, { cursor, window }, signal, columns);
  }
  const gap = await checkStart(feed, abandonedSessions().length, signal);
  if (gap !== undefined) return yield* closeGap(feed, gap, undefined, signal);
  schema.shape(columns);
  const position = await reader.position(signal);
  const { cursor } = position;
  logger.info('the feed begins', { from, cursor });
  if (from === 'beginning') yield* republish(feed, position, signal, { cursor });
  else yield { changes: [], checkpoint: feed.checkpoint({ cursor }) };
  return { cursor };
}

interface StepEnd extends WindowEnd {
  /** The feed goes on from here. */
  readonly cursor: string;
}

/** Publishes a window, or what ON_GAP says where the service refuses it. */
async function* step(
  source: WindowSource,
  range: WindowRange,
  how: { readonly begun?: SlicedWindow | undefined; readonly countFirst: boolean },
): AsyncGenerator<ChangeBatch, StepEnd, void> {
  try {
    const end = yield* readWindow(source, range, how);
    return { ...end, cursor: range.upTo };
  } catch (error) {
    const gap = await source.gaps.explain(error, range.after, source.signal);
    const at = { cursor: range.after, window: how.begun };
    const { cursor } = yield* closeGap(source, gap, at, source.signal);
    // Everything there is was published: what comes is likely to be little.
    return { rows: 0, large: false, cursor };
  }
}

/** The cursor is the database's: that it moved says nothing of this table. */
function resultOf({ rows, large }: WindowEnd): PollResult {
  if (rows === 0) return 'idle';
  return large ? 'full' : 'changed';
}

/**
 * Publishes again what broken bootstraps may not have delivered (rule R2). Read at the feed's own cursor, between two
 * windows: nothing published here is older than what the feed already sent (invariant I3).
 */
async function* repairSessions(
  feed: Feed,
  context: MonitorContext,
  cursor: string,
): AsyncGenerator<ChangeBatch, void, void> {
  const sessions: readonly AbandonedSession[] = context.abandonedSessions();
  if (sessions.length === 0) return;
  const settles = sessions.map((session) => session.id);
  const ours = sessions.some((session) => session.labels.includes(feed.config.label));
  feed.logger.warn('a bootstrap broke: its rows are published again', { sessions: settles });
  if (!ours) {
    yield { changes: [], settles, checkpoint: feed.checkpoint({ cursor }) };
    return;
  }
  const { now } = await feed.reader.position(context.signal);
  yield* republish(feed, { cursor, now }, context.signal, { cursor, settles });
}

/** What a repetition cannot mend stops the process with its message; everything else starts the monitor again. */
function asFatal(error: unknown): unknown {
  if (error instanceof KustoError && error.permanent)
    return new FatalSourceError(error.code, error.message, { cause: error });
  if (error instanceof KustoSourceError)
    return new FatalSourceError(error.code, error.message, { cause: error });
  return error;
}
