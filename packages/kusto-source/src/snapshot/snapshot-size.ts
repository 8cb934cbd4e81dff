import { KustoError, type Logger } from '@drasi-kusto/kusto-client';
import type { Detection } from '../config/entity-config.ts';
import type { KeyKnowledge } from '../query/detection.ts';
import type { SourceReader } from '../query/source-reader.ts';
import type { RowRange } from '../query/window-query.ts';
import { meetsLimit } from './service-limits.ts';

/** What is known of a snapshot before it is read. */
export interface SnapshotSize {
  readonly rows: number;
  /** A key may occur in several rows: they are folded to the newest. */
  readonly fold: boolean;
  /** Rows of the most repeated key; undefined where the keys are too many to be grouped. */
  readonly mostOfOneKey: number | undefined;
  /** Mean bytes of a row, as the service's size limit counts; undefined where nobody could tell. */
  readonly rowBytes: number | undefined;
}

/** Below this many rows one query is enough, whatever they weigh: a slice that turns out too large is split. */
const surelySmall = 10_000;

/**
 * Asks the service how much there is to read. Whether keys repeat is measured over all rows that the fold looks at: for latest those that
 * fail as well. An estimate: what is wrong in it costs time, never a row.
 * @throws KustoError when not even the rows can be counted
 */
export async function measureSnapshot(
  reader: SourceReader,
  range: RowRange,
  logger: Logger,
  signal: AbortSignal,
  detection: Detection = 'append',
): Promise<SnapshotSize> {
  const counts = await countRows(reader, range, logger, signal, detection);
  if (counts.rows <= surelySmall) return { ...counts, rowBytes: undefined };
  return { ...counts, rowBytes: await measureRowBytes(reader, range, logger, signal) };
}

/** What the counts say of the keys. */
export function keysOf({ mostOfOneKey }: Pick<SnapshotSize, 'mostOfOneKey'>): KeyKnowledge {
  if (mostOfOneKey === undefined) return 'unknown';
  return mostOfOneKey > 1 ? 'repeated' : 'unique';
}

/** What is known of a window before it is read. */
export interface WindowSize {
  /** Rows of the table, of which each may be a key that leaves. */
  readonly rows: number;
  /** Rows that may be published: for latest those that pass the filters, otherwise all. */
  readonly live: number;
  /** Mean bytes of a row; undefined where nobody could tell. */
  readonly rowBytes: number | undefined;
}

/**
 * The same for a window of the feed, whose keys are always folded: its rows need no grouping to be counted.
 * @throws KustoError when they cannot be counted
 */
export async function measureWindow(
  reader: SourceReader,
  range: RowRange,
  logger: Logger,
  signal: AbortSignal,
  detection: Detection,
): Promise<WindowSize> {
  const counts = await reader.countRows(range, signal, detection);
  if (counts.live <= surelySmall) return { ...counts, rowBytes: undefined };
  return { ...counts, rowBytes: await measureRowBytes(reader, range, logger, signal) };
}

async function countRows(
  reader: SourceReader,
  range: RowRange,
  logger: Logger,
  signal: AbortSignal,
  detection: Detection,
): Promise<Omit<SnapshotSize, 'rowBytes'>> {
  try {
    const { rows, mostOfOneKey } = await reader.countKeys(range, signal, detection);
    return { rows, fold: mostOfOneKey > 1, mostOfOneKey };
  } catch (error) {
    if (!(error instanceof KustoError) || !meetsLimit(error)) throw error;
    logger.info('the keys are too many to be grouped at once: every slice is folded on its own', {
      reason: error.message,
    });
    const { rows } = await reader.countRows(range, signal, detection);
    return { rows, fold: true, mostOfOneKey: undefined };
  }
}

/** Mean bytes of a row, as the service tells, or else by a sample; undefined where nobody could tell. @throws KustoError when told to stop */
export async function measureRowBytes(
  reader: SourceReader,
  range: RowRange,
  logger: Logger,
  signal: AbortSignal,
): Promise<number | undefined> {
  // The first may need a right that a viewer of single tables lacks; the second may be a function that the engine lacks.
  for (const ask of [() => reader.storedRowBytes(signal), () => reader.sampledRowBytes(range, signal)]) {
    try {
      const bytes = await ask();
      if (bytes !== undefined) return bytes;
    } catch (error) {
      if (!(error instanceof KustoError) || error.code === 'KUSTO_ABORTED') throw error;
      logger.debug('the size of the rows was not told', { reason: error.message });
    }
  }
  return undefined;
}
