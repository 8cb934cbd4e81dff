import type { Compilation } from '../../types.ts';
import { relationOf, type TableInfo } from '../catalog/catalog.ts';
import { extentColumn, extentsOf, forgetExtents } from '../catalog/extents.ts';
import { firstResult, ingestResult, type CreatedOn, type Ingestion } from './ingestion.ts';
import { removeRows } from './row-changes.ts';
import { extendTable } from './schema-changes.ts';
import { badRequest } from '../../service-errors.ts';
import { quoteLiteral } from '../sql-text.ts';
import type { WriteTurn } from './write-turn.ts';

/** What an ingestion from a query may do to the columns of a table that exists. */
export type SchemaMode = 'extend' | 'keep' | 'recreate';

export interface QueryIngestion {
  readonly compilation: Compilation;
  /** Ticks: what `now()` is in the query. */
  readonly now: bigint;
  readonly schema: SchemaMode;
  readonly createdOn: CreatedOn;
}

/** Adds a query's result to a table; with `extend`, further columns of the result become columns of the table. */
export async function appendResult(
  turn: WriteTurn,
  table: TableInfo,
  ingestion: QueryIngestion,
): Promise<Ingestion> {
  const { compilation, now, createdOn } = ingestion;
  const target = ingestion.schema === 'extend' ? await extended(turn, table, compilation) : table;
  return ingestResult(turn, target, compilation, now, createdOn);
}

/** `.set-or-replace`: the query's result takes the place of the table's rows, which the query itself still sees. */
export async function replaceWithResult(
  turn: WriteTurn,
  table: TableInfo,
  ingestion: QueryIngestion,
): Promise<Ingestion> {
  const { compilation, now, createdOn } = ingestion;
  const before = (await extentsOf(turn.connection, table)).map(({ id }) => id);
  let result: Ingestion;
  if (ingestion.schema === 'recreate') {
    const renewed = await turn.newRelation(table, firstResult(compilation).columns);
    result = await ingestResult(turn, renewed, compilation, now, createdOn);
    await removeRows(turn, table, 'true');
    await turn.connection.run(`DROP TABLE ${relationOf(table)}`);
    await turn.replaceTable(renewed);
  } else {
    result = await appendResult(turn, table, ingestion);
    await removeRows(turn, table, `${extentColumn} <> ${quoteLiteral(result.extentId)}`);
  }
  await forgetExtents(turn.connection, before);
  return result;
}

function extended(turn: WriteTurn, table: TableInfo, compilation: Compilation): Promise<TableInfo> {
  const added = firstResult(compilation).columns.slice(table.columns.length);
  const taken = added.find(({ name }) => table.columns.some((column) => column.name === name));
  if (taken !== undefined) throw badRequest(`Table '${table.name}' has a column '${taken.name}' already.`);
  return added.length === 0 ? Promise.resolve(table) : extendTable(turn, table, { columns: added });
}
