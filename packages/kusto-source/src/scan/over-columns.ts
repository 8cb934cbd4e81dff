import { KustoError, type KustoColumn } from '@drasi-kusto/kusto-client';
import { readColumns, type IndexSource } from './scan-source.ts';

/**
 * Work whose queries name the columns that there are when it begins. A column that is dropped meanwhile makes their text wrong, which is
 * no mistake of the configuration (rule R20): the work begins anew, once, with the columns that are left.
 * @throws KustoSourceError SCHEMA, and what the work throws
 */
export async function* overColumns<Item, End>(
  source: IndexSource,
  signal: AbortSignal,
  work: () => AsyncGenerator<Item, End, void>,
): AsyncGenerator<Item, End, void> {
  const columns = await readColumns(source, signal);
  try {
    return yield* work();
  } catch (error) {
    await throwUnlessChanged(error, columns, source, signal);
    source.logger.info('the columns changed while all rows were read or compared: that begins anew', {
      label: source.config.label,
    });
    return yield* work();
  }
}

/** A column that was dropped makes the text of a query wrong. @throws `error` when it says anything else, or the columns are still these */
export async function throwUnlessChanged(
  error: unknown,
  columns: readonly KustoColumn[],
  source: IndexSource,
  signal: AbortSignal,
): Promise<void> {
  if (!(error instanceof KustoError) || error.code !== 'KUSTO_BAD_REQUEST') throw error;
  if (sameColumns(columns, await readColumns(source, signal))) throw error;
}

/** Whether the text of a query that names them is the same with both. */
export const sameColumns = (before: readonly KustoColumn[], now: readonly KustoColumn[]): boolean =>
  JSON.stringify(before.map(({ name, type }) => [name, type])) ===
  JSON.stringify(now.map(({ name, type }) => [name, type]));
