import { KustoError } from '@drasi-kusto/kusto-client';
import type { ChangeBatch, EncodedChange } from '@drasi-kusto/source-sdk';
import { readRows } from '../query/read-rows.ts';
import type { WindowRange } from '../query/window-query.ts';
import { meetsLimit } from '../snapshot/service-limits.ts';
import { planSlices } from '../snapshot/slice-plan.ts';
import { maxHalvings, slicePredicate, tooLarge, type Slice } from '../snapshot/slice.ts';
import { measureWindow } from '../snapshot/snapshot-size.ts';
import type { FeedPosition } from './checkpoint.ts';
import type { Feed } from './feed.ts';
import {
  currentSlice,
  slicesLeft,
  wholeWindow,
  withCurrentHalved,
  withoutCurrent,
  type SlicedWindow,
} from './sliced-window.ts';

/** What windows are read with. */
export interface WindowSource extends Feed {
  readonly signal: AbortSignal;
}

export type { WindowRange } from '../query/window-query.ts';

export interface WindowEnd {
  /** Changes that were published. */
  readonly rows: number;
  /** It was more than a small window. */
  readonly large: boolean;
}

/**
 * Rows are held back until the service has said that the answer is whole, up to this many bytes: what a failing query sent
 * before its error may be wrong. More is published as it streams, and published again when it fails.
 */
const heldBytes = 8 * 1024 * 1024;
/** In Kusto's count, which is less than that of JSON, so that most slices can be held. */
const sliceBytes = 4 * 1024 * 1024;
/** Above this many rows a window is large: the next one is likely to be. */
const largeRows = 10_000;

/**
 * A window, folded to one final state a key (rule R10), every change an upsert. One that is too large for a result is read in slices by the
 * hash of the key, so that a key and its versions are in one of them. What is acknowledged is stored with each slice: whatever ends the
 * process, the rest of the same window is read, and the cursor moves with the last slice (rule R13).
 * @param begun a window that an earlier process did not finish, as its checkpoint has it
 * @param countFirst asks how large the window is before it is read; otherwise only when the service refuses it
 */
export async function* readWindow(
  source: WindowSource,
  range: WindowRange,
  { begun, countFirst }: { readonly begun?: SlicedWindow | undefined; readonly countFirst: boolean },
): AsyncGenerator<ChangeBatch, WindowEnd, void> {
  const { logger } = source;
  let window = await (begun === undefined
    ? countFirst
      ? planWindow(source, range, 1)
      : wholeWindow(range.upTo)
    : goOn(source, range, begun));
  let rows = 0;
  let sliced = false;
  for (let slice = currentSlice(window); slice !== undefined; slice = currentSlice(window)) {
    sliced ||= slice.modulus > 1;
    const rest = withoutCurrent(window);
    const read = yield* readSlice(source, range, slice, checkpointAfter(range, rest));
    if (read === 'too_large') {
      logger.info('a window, or a slice of it, is too large and is read in parts', { ...range, ...slice });
      window = window.modulus === 1 ? await planWindow(source, range, 2) : halved(window, slice);
    } else {
      rows += read;
      window = rest;
    }
  }
  if (rows > 0) logger.debug('a window was read', { ...range, changes: rows });
  return { rows, large: sliced || rows > largeRows };
}

function checkpointAfter({ after, upTo }: WindowRange, rest: SlicedWindow): FeedPosition {
  return currentSlice(rest) === undefined ? { cursor: upTo } : { cursor: after, window: rest };
}

function halved(window: SlicedWindow, slice: Slice): SlicedWindow {
  if (slice.modulus >= window.modulus * 2 ** maxHalvings) throw tooLarge(slice);
  return withCurrentHalved(window);
}

/** Counts the window's rows and cuts it into slices of which each should be small enough to be held. */
async function planWindow(source: WindowSource, range: WindowRange, atLeast: number): Promise<SlicedWindow> {
  const { reader, config, logger, signal } = source;
  const size = await measureWindow(reader, range, logger, signal, 'append');
  const limits = { rows: config.sliceRows, bytes: sliceBytes };
  const modulus = Math.max(
    atLeast,
    planSlices({ rows: size.rows, rowBytes: undefined }, limits).length,
    planSlices({ rows: size.live, rowBytes: size.rowBytes }, limits).length,
  );
  if (modulus === 1) return wholeWindow(range.upTo);
  logger.info('a window is read in slices', { ...range, rows: size.rows, slices: modulus });
  return { ...wholeWindow(range.upTo), modulus, hash: await reader.hashing(signal) };
}

/** The rest of a window, unless the service hashes in another way since: then the slices that are left are not the rows that are left. */
async function goOn(source: WindowSource, range: WindowRange, begun: SlicedWindow): Promise<SlicedWindow> {
  const { reader, logger, signal } = source;
  if ((await reader.hashing(signal)) === begun.hash) {
    logger.info('the rest of a window is read', { ...range, slices: slicesLeft(begun).length });
    return begun;
  }
  logger.warn('the service hashes keys differently than before: a window is read again from its start', {
    ...range,
  });
  return await planWindow(source, range, 1);
}

/** Changes of one slice, the checkpoint with the last of them. Gives their number. */
async function* readSlice(
  { reader, config, kernel, signal, schema, checkpoint }: WindowSource,
  range: WindowRange,
  slice: Slice,
  done: FeedPosition,
): AsyncGenerator<ChangeBatch, number | 'too_large', void> {
  let held: EncodedChange[] = [];
  let bytes = 0;
  let count = 0;
  const reading = { signal, slice: slicePredicate(slice, config.primaryKey), kernel, shaper: schema };
  try {
    for await (const { rows, encoder } of readRows(reader, config, range, true, reading)) {
      for (const change of encoder.encodeChanges(rows)) held.push(change);
      bytes += rows.bytes.length;
      count += rows.rowCount;
      if (bytes < heldBytes) continue;
      yield { changes: held };
      held = [];
      // From here on the slice streams: holding single batches back would only delay them.
      bytes = heldBytes;
    }
  } catch (error) {
    if (error instanceof KustoError && meetsLimit(error)) return 'too_large';
    throw error;
  }
  yield { changes: held, checkpoint: checkpoint(done) };
  return count;
}
