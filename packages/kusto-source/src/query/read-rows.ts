import { KustoError, type KustoColumn, type QueryResult, type RowBatch } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { ElementEncoder } from '../element/element-encoder.ts';
import type { RowKernel } from '../element/row-kernel.ts';
import type { ReadOptions, SourceReader } from './source-reader.ts';
import { helperColumns, type RowRange } from './window-query.ts';

/** A batch of rows and the encoder that fits its columns. */
export interface EncodableRows {
  readonly rows: RowBatch;
  readonly encoder: ElementEncoder;
}

/** How rows become elements beside what their columns say. */
export interface RowShape {
  /** Columns that are no properties. */
  readonly omit: readonly string[];
  /** Properties that are null in every row. */
  readonly nulls: readonly string[];
}

export interface RowShaper {
  /** @throws KustoSourceError SCHEMA when rows with these columns must not become elements */
  shape(columns: readonly KustoColumn[]): RowShape;
}

/**
 * The rows of a range, one a key, in batches. The encoder is made from the columns of the answer itself, so a schema that
 * changed between two queries cannot put a value under another column's name.
 */
export async function* readRows(
  reader: SourceReader,
  config: EntityConfig,
  range: RowRange,
  fold: boolean,
  options: ReadOptions & { readonly kernel?: RowKernel; readonly shaper?: RowShaper | undefined },
): AsyncGenerator<EncodableRows, void, void> {
  await using result = await openRows(reader, range, fold, options);
  const columns = await result.columns;
  reader.noteColumns(columns);
  const { omit, nulls } = options.shaper?.shape(columns) ?? { omit: [], nulls: [] };
  const encoder = new ElementEncoder({
    label: config.label,
    key: config.primaryKey,
    columns,
    omit: [...Object.values(helperColumns), ...omit],
    nulls,
    timestampColumn: helperColumns.ingested,
    now: () => BigInt(Date.now()) * 1_000_000n,
    kernel: options.kernel,
  });
  for await (const rows of result) yield { rows, encoder };
}

async function openRows(
  reader: SourceReader,
  range: RowRange,
  fold: boolean,
  options: ReadOptions,
): Promise<QueryResult> {
  if (!fold) return reader.plain(range, options);
  const result = await reader.folded(range, options);
  try {
    await result.columns;
    return result;
  } catch (error) {
    // A column that was dropped since the columns were read makes the fold's own text wrong: read them and ask once more.
    if (!(error instanceof KustoError) || error.code !== 'KUSTO_BAD_REQUEST') throw error;
    reader.forgetColumns();
    return await reader.folded(range, options);
  }
}
