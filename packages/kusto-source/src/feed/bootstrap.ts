import type { Bootstrap, EncodedElements } from '@drasi-kusto/source-sdk';
import type { SourceConfig } from '../config/config.ts';
import type { Position, SourceReader } from '../query/source-reader.ts';
import type { RowRange } from '../query/window-query.ts';
import { readRows } from './read-rows.ts';

/**
 * The bootstrap of a source: every row up to one cursor C0, taken when it begins, each id once. The SDK has opened the
 * session before this is called, so C0 is never older than what the reactivator has published (rule R1).
 */
export function createBootstrap(reader: SourceReader, config: SourceConfig): Bootstrap {
  return (_request, context) => bootstrapElements(reader, config, context.signal);
}

export async function* bootstrapElements(
  reader: SourceReader,
  config: SourceConfig,
  signal: AbortSignal,
  at?: Position,
): AsyncGenerator<EncodedElements, void, void> {
  const range = bootstrapRange(config, at ?? (await reader.position(signal)));
  await reader.checkSchema(signal);
  // A key twice in the answer would count twice in Drasi (rule R5). Where keys are unique the rows stream as they are stored.
  const fold = await reader.hasRepeatedKeys(range, signal);
  for await (const { rows, encoder } of readRows(reader, config, range, fold, signal))
    yield encoder.encodeElements(rows);
}

/** What a bootstrap at a position reads; one predicate for everything that re-reads it (rule R4). */
export function bootstrapRange(config: SourceConfig, position: Position): RowRange {
  const { bootstrapWindow } = config;
  if (bootstrapWindow === undefined) return { upTo: position.cursor };
  const since = new Date(Date.parse(position.now) - bootstrapWindow * 1000).toISOString();
  return { upTo: position.cursor, since };
}
