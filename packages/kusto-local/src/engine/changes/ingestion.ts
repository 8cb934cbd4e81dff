import type { Row } from '../../formats/rows.ts';
import type { Column, Compilation } from '../../types.ts';
import { appendRows, type RowSource, type Stamp } from './append-rows.ts';
import { relationOf, type TableInfo } from '../catalog/catalog.ts';
import { noExtent, recordExtent } from '../catalog/extents.ts';
import { prepareQuery } from '../queries/query-run.ts';
import { badRequest } from '../../service-errors.ts';
import { quoteLiteral } from '../sql-text.ts';
import type { WriteTurn } from './write-turn.ts';

/** One ingestion: one commit, one extent, one ingestion time, one cursor value. */
export interface Ingestion {
  /** A guid; the zero guid when there was no row to ingest. */
  readonly extentId: string;
  readonly rowCount: number;
}

/** The rows to ingest, made for the table's columns. */
export type RowReader = (columns: readonly Column[]) => Iterable<Row> | RowSource;

/** Ticks that the extent is said to be made at (`creationTime`); undefined for the time of the ingestion. */
export type CreatedOn = bigint | undefined;

export async function ingestRows(
  turn: WriteTurn,
  table: TableInfo,
  read: RowReader,
  createdOn?: CreatedOn,
): Promise<Ingestion> {
  const stamp = turn.stamp(table);
  const rowCount = await appendRows(turn.connection, table, read(table.columns), stamp);
  return ingested(turn, stamp, rowCount, createdOn);
}

/**
 * Ingests the first result of a query, by ordinal of its columns. The query sees the tables as the change has left them so
 * far. `now` is ticks.
 */
export async function ingestResult(
  turn: WriteTurn,
  table: TableInfo,
  compilation: Compilation,
  now: bigint,
  createdOn?: CreatedOn,
): Promise<Ingestion> {
  const compiled = firstResult(compilation);
  checkSchema(table, compiled.columns);
  const stamp = turn.stamp(table);
  const names = compiled.columns.map((_, index) => `c${index}`).join(', ');
  const sql =
    `INSERT INTO ${relationOf(table)} SELECT ${stamp.sequence ?? 'NULL'}, ${stamp.ingested ?? 'NULL'}, ` +
    `${quoteLiteral(stamp.extent)}, ${names} FROM (${compiled.sql}) AS q(${names})`;
  return ingested(turn, stamp, await runCompiled(turn, sql, now), createdOn);
}

/** Runs a statement made of a compilation's SQL; returns how many rows it changed. */
export async function runCompiled(turn: WriteTurn, sql: string, now: bigint): Promise<number> {
  const prepared = await prepareQuery(turn.connection, sql, now, turn.state.sequence.toString());
  return (await prepared.run().finally(() => prepared.destroySync())).rowsChanged;
}

/** @throws KustoServiceError when the query has none */
export function firstResult(compilation: Compilation): Compilation['results'][number] {
  const compiled = compilation.results[0];
  if (compiled === undefined) throw badRequest('The query to ingest from has no result.');
  return compiled;
}

export async function ingested(
  turn: WriteTurn,
  stamp: Stamp,
  rowCount: number,
  createdOn?: CreatedOn,
): Promise<Ingestion> {
  if (rowCount === 0) return { extentId: noExtent, rowCount };
  await recordExtent(turn.connection, stamp.extent, createdOn ?? turn.now());
  await turn.useStamp(stamp);
  return { extentId: stamp.extent, rowCount };
}

function checkSchema(table: TableInfo, columns: readonly Column[]): void {
  const types = (list: readonly Column[]): string => list.map(({ type }) => type).join(', ');
  if (types(table.columns) === types(columns)) return;
  throw badRequest(
    `Query schema does not match table schema. QuerySchema=(${types(columns)}), TableSchema=(${types(table.columns)}).`,
  );
}
