import { KustoError, type Logger } from '@drasi-kusto/kusto-client';
import type { SourceReader } from '../query/source-reader.ts';
import type { RowRange } from '../query/window-query.ts';

/** What is known of a snapshot before it is read. */
export interface SnapshotSize {
  readonly rows: number;
  /** A key may occur in several rows: they are folded to the newest. */
  readonly fold: boolean;
  /** Mean bytes of a row, as the service's size limit counts; undefined where nobody could tell. */
  readonly rowBytes: number | undefined;
}

/** Below this many rows one query is enough, whatever they weigh: a slice that turns out too large is split. */
const surelySmall = 10_000;

/**
 * Asks the service how much there is to read. An estimate: what is wrong in it costs time, never a row.
 * @throws KustoError when not even the rows can be counted
 */
export async function measureSnapshot(
  reader: SourceReader,
  range: RowRange,
  logger: Logger,
  signal: AbortSignal,
): Promise<SnapshotSize> {
  const { rows, fold } = await countRows(reader, range, logger, signal);
  if (rows <= surelySmall) return { rows, fold, rowBytes: undefined };
  return { rows, fold, rowBytes: await measureRows(reader, range, logger, signal) };
}

async function countRows(
  reader: SourceReader,
  range: RowRange,
  logger: Logger,
  signal: AbortSignal,
): Promise<{ rows: number; fold: boolean }> {
  try {
    const { rows, repeated } = await reader.countKeys(range, signal);
    return { rows, fold: repeated };
  } catch (error) {
    if (!(error instanceof KustoError) || error.retryClass !== 'too_large') throw error;
    logger.info('the keys are too many to be grouped at once: every slice is folded on its own', {
      reason: error.message,
    });
    return { rows: await reader.countRows(range, signal), fold: true };
  }
}

async function measureRows(
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
