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
import type { SourceConfig } from '../config/config.ts';
import { RowKernel } from '../element/row-kernel.ts';
import { KustoSourceError } from '../errors.ts';
import { chooseDetection, explainDetection } from '../query/detection.ts';
import type { Position, SourceReader } from '../query/source-reader.ts';
import { bootstrapRange, snapshotRows } from '../snapshot/bootstrap.ts';
import { SlicePermits } from '../snapshot/slice-permits.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { pauseAfter, type PollResult } from './poll-pace.ts';
import { readWindow, type WindowEnd, type WindowSource } from './read-window.ts';

export interface MonitorOptions {
  readonly reader: SourceReader;
  readonly config: SourceConfig;
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
  return async function* monitor(context) {
    try {
      yield* follow(options, context);
    } catch (error) {
      if (context.signal.aborted) return;
      throw asFatal(error);
    }
  };
}

async function* follow(
  options: MonitorOptions,
  context: MonitorContext,
): AsyncGenerator<ChangeBatch, void, void> {
  const { reader, clock, logger, config } = options;
  const { signal } = context;
  const source: WindowSource = { reader, config, logger, kernel: new RowKernel(), signal };
  await reader.checkSchema(signal);
  logger.info(explainDetection(chooseDetection(config)));
  let cursor: string;
  if (context.checkpoint === undefined) {
    const position = await reader.position(signal);
    ({ cursor } = position);
    logger.info('the feed begins', { from: options.from, cursor });
    if (options.from === 'beginning') yield* snapshotAsChanges(options, position, signal, { cursor });
    else yield { changes: [], checkpoint: writeCheckpoint({ cursor }) };
  } else {
    const checkpoint = readCheckpoint(context.checkpoint);
    ({ cursor } = checkpoint);
    logger.info('the feed goes on from its checkpoint', { cursor });
    const begun = checkpoint.window;
    if (begun !== undefined) {
      // Before any repair: that would read at the old cursor, and publish older states over those of the slices that are done.
      yield* readWindow(source, { after: cursor, upTo: begun.upTo }, { begun, countFirst: true });
      cursor = begun.upTo;
    }
  }
  let pauseMs = config.pollIntervalMs;
  // After a start nobody knows how much has come meanwhile.
  let countFirst = true;
  for (;;) {
    const began = clock.now();
    yield* repairSessions(options, context, cursor);
    const next = await reader.cursor(signal);
    let result: PollResult = 'idle';
    // The same text is the same cursor, and (c, c] is empty. Whether another text is later is not ours to tell.
    if (next !== cursor) {
      const end: WindowEnd = yield* readWindow(source, { after: cursor, upTo: next }, { countFirst });
      cursor = next;
      countFirst = end.large;
      result = resultOf(end);
    }
    pauseMs = pauseAfter(result, pauseMs, config.pollIntervalMs);
    const rest = pauseMs - (clock.now() - began);
    if (rest > 0) await clock.sleep(rest, signal);
  }
}

/** The cursor is the database's: that it moved says nothing of this table. */
function resultOf({ rows, large }: WindowEnd): PollResult {
  if (rows === 0) return 'idle';
  return large ? 'full' : 'changed';
}

/** Everything a bootstrap at `position` would send, as upserts. */
async function* snapshotAsChanges(
  options: MonitorOptions,
  position: Position,
  signal: AbortSignal,
  done: { readonly cursor: string; readonly settles?: readonly string[] },
): AsyncGenerator<ChangeBatch, void, void> {
  const { config } = options;
  const permits = new SlicePermits(config.sliceParallelism);
  for await (const { rows, encoder, sent } of snapshotRows(
    options,
    bootstrapRange(config, position),
    permits,
    signal,
  )) {
    const changes = encoder.encodeChanges(rows, sent);
    if (changes.length > 0) yield { changes };
  }
  const { settles, cursor } = done;
  yield { changes: [], checkpoint: writeCheckpoint({ cursor }), ...(settles ? { settles } : {}) };
}

/**
 * Publishes again what broken bootstraps may not have delivered (rule R2). Read at the feed's own cursor, between two
 * windows: nothing published here is older than what the feed already sent (invariant I3).
 */
async function* repairSessions(
  options: MonitorOptions,
  context: MonitorContext,
  cursor: string,
): AsyncGenerator<ChangeBatch, void, void> {
  const sessions: readonly AbandonedSession[] = context.abandonedSessions();
  if (sessions.length === 0) return;
  const settles = sessions.map((session) => session.id);
  const ours = sessions.some((session) => session.labels.includes(options.config.nodeLabel));
  options.logger.warn('a bootstrap broke: its rows are published again', { sessions: settles });
  if (!ours) {
    yield { changes: [], settles, checkpoint: writeCheckpoint({ cursor }) };
    return;
  }
  const { now } = await options.reader.position(context.signal);
  yield* snapshotAsChanges(options, { cursor, now }, context.signal, { cursor, settles });
}

/** What a repetition cannot mend stops the process with its message; everything else starts the monitor again. */
function asFatal(error: unknown): unknown {
  if (error instanceof KustoError && error.permanent)
    return new FatalSourceError(error.code, error.message, { cause: error });
  if (error instanceof KustoSourceError)
    return new FatalSourceError(error.code, error.message, { cause: error });
  return error;
}
