import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BIGINT,
  DuckDBDataChunk,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Row } from '../../formats/rows.ts';
import type { TableInfo } from '../catalog/catalog.ts';
import { typeNames } from '../values/kusto-types.ts';

/** What every row of one ingestion gets in the hidden columns. */
export interface Stamp {
  /** NULL without the IngestionTime policy. */
  readonly sequence: bigint | null;
  /** Ticks; NULL without the IngestionTime policy. */
  readonly ingested: bigint | null;
  /** A guid. */
  readonly extent: string;
}

/** Rows that are read while they are stored, batch by batch. */
export type RowSource = AsyncIterable<Iterable<Row>>;

const chunkRows = 2048;

/** Appends rows in the connection's open transaction. Returns how many there were. */
export async function appendRows(
  connection: DuckDBConnection,
  table: TableInfo,
  rows: Iterable<Row> | RowSource,
  stamp: Stamp,
): Promise<number> {
  const types = [BIGINT, BIGINT, VARCHAR, ...table.columns.map(({ type }) => typeNames(type).vector)];
  const columns: DuckDBValue[][] = table.columns.map(() => []);
  const appender = await connection.createAppender(table.physicalName, 'main');
  let count = 0;
  let pending = 0;
  try {
    for await (const batch of Symbol.asyncIterator in rows ? rows : [rows]) {
      for (const row of batch) {
        for (const [ordinal, column] of columns.entries()) column.push(row[ordinal] ?? null);
        pending += 1;
        if (pending < chunkRows) continue;
        appendChunk(appender, types, columns, pending, stamp);
        count += pending;
        pending = 0;
        // Parsing is synchronous: let the server answer others in between.
        await nextTurn();
      }
    }
    if (pending > 0) appendChunk(appender, types, columns, pending, stamp);
  } finally {
    appender.closeSync();
  }
  return count + pending;
}

function appendChunk(
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  columns: readonly DuckDBValue[][],
  count: number,
  stamp: Stamp,
): void {
  const chunk = DuckDBDataChunk.create(types, count);
  const constant = (value: DuckDBValue): DuckDBValue[] => Array.from({ length: count }, () => value);
  chunk.setColumnValues(0, constant(stamp.sequence));
  chunk.setColumnValues(1, constant(stamp.ingested));
  chunk.setColumnValues(2, constant(stamp.extent));
  for (const [ordinal, values] of columns.entries()) {
    chunk.setColumnValues(ordinal + 3, values);
    values.length = 0;
  }
  appender.appendDataChunk(chunk);
}
