import { KustoSourceError } from '../errors.ts';
import type { WindowRange } from '../query/window-query.ts';
import { planSlices } from '../snapshot/slice-plan.ts';
import { measureWindow } from '../snapshot/snapshot-size.ts';
import { slicesLeft, wholeWindow, type SlicedWindow } from './sliced-window.ts';
import type { WindowSource } from './window-source.ts';

/** In Kusto's count, which is less than that of JSON, so that most slices can be held. */
const sliceBytes = 4 * 1024 * 1024;

/**
 * With VERSION_COLUMN every slice looks for the keys of its rows in the whole table (rule R14). So many rows looked at for one window
 * are minutes of a large cluster: the feed would never catch up.
 */
export const mostHistoryRows = 100_000_000_000;

/** Whether windows are compared with all rows before them. */
export function readsHistory({ detection, config }: Pick<WindowSource, 'detection' | 'config'>): boolean {
  return detection === 'latest' && config.versionColumn !== undefined;
}

/**
 * Counts the window's rows and cuts it into slices of which each should be small enough to be held; 'empty' when there are none to
 * be compared with history.
 * @throws KustoSourceError HISTORY
 */
export async function planWindow(
  source: WindowSource,
  range: WindowRange,
  atLeast: number,
): Promise<SlicedWindow | 'empty'> {
  const { reader, config, logger, signal, detection } = source;
  const { rows, live, rowBytes } = await measureWindow(reader, range, logger, signal, detection);
  // Otherwise an answer without rows still tells the columns.
  if (rows === 0 && readsHistory(source)) return 'empty';
  const limits = { rows: config.sliceRows, bytes: sliceBytes };
  const modulus = Math.max(
    atLeast,
    // Of a row that is not live at most its key is read.
    planSlices({ rows, rowBytes: undefined }, limits).length,
    planSlices({ rows: live, rowBytes }, limits).length,
  );
  const window =
    modulus === 1
      ? wholeWindow(range.upTo)
      : { ...wholeWindow(range.upTo), modulus, hash: await reader.hashing(signal) };
  await checkHistory(source, window);
  if (modulus > 1) logger.info('a window is read in slices', { ...range, rows, slices: modulus });
  return window;
}

/** @throws KustoSourceError HISTORY when what is left of the window would look at more rows than is sensible */
export async function checkHistory(source: WindowSource, window: SlicedWindow): Promise<void> {
  if (!readsHistory(source)) return;
  const { reader, config, signal, logger } = source;
  const tableRows = await reader.countTable(signal);
  const slices = slicesLeft(window).length;
  logger.debug('a window is compared with the rows before it', { tableRows, slices });
  if (tableRows * slices <= mostHistoryRows) return;
  throw new KustoSourceError(
    'HISTORY',
    `VERSION_COLUMN (${String(config.versionColumn)}): a window in ${slices} slices would look for its keys in ${tableRows} rows each time, more than ${mostHistoryRows} in all. Without VERSION_COLUMN the order of ingestion decides and no history is read; or query a materialized view of the newest rows, with CHANGE_DETECTION reconcile; or shorten the table's retention`,
  );
}
