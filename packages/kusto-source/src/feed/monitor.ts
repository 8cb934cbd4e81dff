import { KustoError } from '@drasi-kusto/kusto-client';
import {
  FatalSourceError,
  type AbandonedSession,
  type ChangeBatch,
  type Clock,
  type EncodedChange,
  type Logger,
  type Monitor,
  type MonitorContext,
} from '@drasi-kusto/source-sdk';
import type { SourceConfig } from '../config/config.ts';
import { RowKernel } from '../element/row-kernel.ts';
import { KustoSourceError } from '../errors.ts';
import { chooseDetection, explainDetection } from '../query/detection.ts';
import type { Position, SourceReader } from '../query/source-reader.ts';
import type { RowRange } from '../query/window-query.ts';
import { readRows } from '../query/read-rows.ts';
import { bootstrapRange, snapshotRows } from '../snapshot/bootstrap.ts';
import { SlicePermits } from '../snapshot/slice-permits.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';

export interface MonitorOptions {
  readonly reader: SourceReader;
  readonly config: SourceConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the feed begins without a checkpoint: with every row the query returns, or after them. */
  readonly from: 'beginning' | 'now';
}

/**
 * Rows of a window are held back until the service has said that the answer is whole, up to this many bytes: what a failing
 * query sent before its error may be wrong. A larger window is published as it streams, and repeated when it fails.
 */
const heldBytes = 8 * 1024 * 1024;

/**
 * The change feed of a source: windows (c0, c1] by the database cursor, each folded to one final state a key (rule R10),
 * every change an upsert. c0 becomes c1 only with the acknowledgement of the window's last change (invariant I2).
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
    ({ cursor } = readCheckpoint(context.checkpoint));
    logger.info('the feed goes on from its checkpoint', { cursor });
  }
  const kernel = new RowKernel();
  for (;;) {
    const began = clock.now();
    yield* repairSessions(options, context, cursor);
    const { cursor: next } = await reader.position(signal);
    // The same text is the same cursor, and (c, c] is empty. Whether another text is later is not ours to tell.
    if (next !== cursor) {
      yield* window(options, { after: cursor, upTo: next }, kernel, signal);
      cursor = next;
    }
    const rest = config.pollIntervalMs - (clock.now() - began);
    if (rest > 0) await clock.sleep(rest, signal);
  }
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

async function* window(
  options: MonitorOptions,
  range: RowRange & { readonly after: string },
  kernel: RowKernel,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, void, void> {
  let held: EncodedChange[] = [];
  let bytes = 0;
  let count = 0;
  const reading = { signal, unlimited: true, kernel };
  for await (const { rows, encoder } of readRows(options.reader, options.config, range, true, reading)) {
    for (const change of encoder.encodeChanges(rows)) held.push(change);
    bytes += rows.bytes.length;
    count += rows.rowCount;
    if (bytes < heldBytes) continue;
    yield { changes: held };
    held = [];
    // From here on the window streams: holding single batches back would only delay them.
    bytes = heldBytes;
  }
  if (count > 0) options.logger.debug('a window was read', { ...range, changes: count });
  yield { changes: held, checkpoint: writeCheckpoint({ cursor: range.upTo }) };
}

/** What a repetition cannot mend stops the process with its message; everything else starts the monitor again. */
function asFatal(error: unknown): unknown {
  if (error instanceof KustoError && error.permanent)
    return new FatalSourceError(error.code, error.message, { cause: error });
  if (error instanceof KustoSourceError)
    return new FatalSourceError(error.code, error.message, { cause: error });
  return error;
}
