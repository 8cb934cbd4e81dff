import { KustoError, type KustoColumn, type QueryResult, type RowBatch } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { ElementEncoder } from '../element/element-encoder.ts';
import { elementShape } from '../element/element-shape.ts';
import { KeyedRows } from '../element/keyed-rows.ts';
import type { RowKernel } from '../element/row-kernel.ts';
import type { ReadOptions, SourceReader } from './source-reader.ts';
import { helperColumns, helperNames, type RowRange } from './window-query.ts';

/** A batch of rows and the encoder that fits its columns. */
export interface EncodableRows {
  readonly rows: RowBatch;
  readonly encoder: ElementEncoder;
  /** The same with what the key index has to know; there when the rows were asked for with their identity. */
  readonly keyed?: KeyedRows;
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
  /** Which of these columns are no properties; they take no part in a row's identity. Changes nothing. */
  omitted(columns: readonly KustoColumn[]): readonly string[];
}

export interface RowReading extends ReadOptions {
  readonly kernel?: RowKernel;
  readonly shaper?: RowShaper | undefined;
}

/**
 * The live rows of a range in batches. The encoder is made from the columns of the answer itself, so a schema that
 * changed between two queries cannot put a value under another column's name.
 */
export async function* readRows(
  reader: SourceReader,
  config: EntityConfig,
  range: RowRange,
  fold: boolean,
  options: RowReading,
): AsyncGenerator<EncodableRows, void, void> {
  await using result = await openRows(reader, range, fold, options);
  const columns = await result.columns;
  reader.noteColumns(columns);
  const { omit, nulls } = options.shaper?.shape(columns) ?? { omit: [], nulls: [] };
  const isDated = columns.some(({ name }) => name === helperColumns.ingested);
  const encoder = new ElementEncoder({
    ...elementShape(config),
    columns,
    omit: [...helperNames, ...omit],
    nulls,
    ...(isDated ? { timestampColumn: helperColumns.ingested } : {}),
    now: () => BigInt(Date.now()) * 1_000_000n,
    kernel: options.kernel,
  });
  const keyed = options.identity === undefined ? {} : { keyed: new KeyedRows(columns, encoder) };
  for await (const rows of result) yield { rows, encoder, ...keyed };
}

async function openRows(
  reader: SourceReader,
  range: RowRange,
  fold: boolean,
  options: RowReading,
): Promise<QueryResult> {
  const namesColumns = fold || options.identity !== undefined || options.detection === 'latest';
  const omitted = namesColumns ? options.shaper?.omitted(await reader.columns(options.signal)) : undefined;
  const result = await reader.rows(range, fold, options, omitted);
  if (!namesColumns) return result;
  try {
    await result.columns;
    return result;
  } catch (error) {
    // A column that was dropped since the columns were read makes the text itself wrong: read them and ask once more.
    if (!(error instanceof KustoError) || error.code !== 'KUSTO_BAD_REQUEST') throw error;
    reader.forgetColumns();
    return await reader.rows(
      range,
      fold,
      options,
      options.shaper?.omitted(await reader.columns(options.signal)),
    );
  }
}
