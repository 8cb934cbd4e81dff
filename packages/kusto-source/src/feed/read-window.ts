import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import type { WindowRange } from '../query/window-query.ts';
import { maxHalvings, tooLarge, type Slice } from '../snapshot/slice.ts';
import type { FeedPosition } from './checkpoint.ts';
import { checkHistory, planWindow, readsHistory } from './plan-window.ts';
import {
  currentSlice,
  slicesLeft,
  wholeWindow,
  withCurrentHalved,
  withoutCurrent,
  type SlicedWindow,
} from './sliced-window.ts';
import { readSlice } from './window-slice.ts';
import type { WindowSource } from './window-source.ts';

export type { WindowRange } from '../query/window-query.ts';
export type { WindowSource } from './window-source.ts';

export interface WindowEnd {
  /** Changes that were published. */
  readonly rows: number;
  /** It was more than a small window. */
  readonly large: boolean;
}

/** Above this many rows a window is large: the next one is likely to be. */
const largeRows = 10_000;

/**
 * A window, folded to one final change a key (rule R10): an upsert, or for latest the delete of a key that left. One that is too large for
 * a result is read in slices by the hash of the key, so that a key and its versions are in one of them. What is acknowledged is
 * stored with each slice: whatever ends the process, the rest of the same window is read, and the cursor moves with the last
 * slice (rule R13).
 * @param begun a window that an earlier process did not finish, as its checkpoint has it
 * @param countFirst asks how large the window is before it is read; otherwise only when the service refuses it, or when to read it means to
 *   read history
 */
export async function* readWindow(
  source: WindowSource,
  range: WindowRange,
  { begun, countFirst }: { readonly begun?: SlicedWindow | undefined; readonly countFirst: boolean },
): AsyncGenerator<ChangeBatch, WindowEnd, void> {
  const { logger } = source;
  const first = await (begun === undefined
    ? countFirst || readsHistory(source)
      ? planWindow(source, range, 1)
      : wholeWindow(range.upTo)
    : goOn(source, range, begun));
  if (first === 'empty') {
    yield { changes: [], checkpoint: source.checkpoint({ cursor: range.upTo }) };
    return { rows: 0, large: false };
  }
  let window: SlicedWindow = first;
  let rows = 0;
  let sliced = false;
  for (let slice = currentSlice(window); slice !== undefined; slice = currentSlice(window)) {
    sliced ||= slice.modulus > 1;
    const rest = withoutCurrent(window);
    const read = yield* readSlice(source, range, slice, checkpointAfter(range, rest));
    if (read === 'too_large') {
      logger.info('a window, or a slice of it, is too large and is read in parts', { ...range, ...slice });
      window = await smaller(source, range, window, slice);
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

async function smaller(
  source: WindowSource,
  range: WindowRange,
  window: SlicedWindow,
  slice: Slice,
): Promise<SlicedWindow> {
  if (window.modulus === 1) {
    const planned = await planWindow(source, range, 2);
    // Its rows went meanwhile, by a deletion or by retention.
    return planned === 'empty' ? wholeWindow(range.upTo) : planned;
  }
  if (slice.modulus >= window.modulus * 2 ** maxHalvings) throw tooLarge(slice);
  const halved = withCurrentHalved(window);
  await checkHistory(source, halved);
  return halved;
}

/** The rest of a window, unless the service hashes in another way since: then the slices that are left are not the rows that are left. */
async function goOn(
  source: WindowSource,
  range: WindowRange,
  begun: SlicedWindow,
): Promise<SlicedWindow | 'empty'> {
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
