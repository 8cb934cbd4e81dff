import type { DuckDBConnection } from '@duckdb/node-api';
import { hiddenColumns } from '../../types.ts';
import { relationOf, type TableInfo } from './catalog.ts';
import { quoteIdentifier, quoteLiteral } from '../sql-text.ts';

export const extentColumn = quoteIdentifier(hiddenColumns.extent);

/** The id that stands for no extent. */
export const noExtent = '00000000-0000-0000-0000-000000000000';

/** Rows of a table that were stored together. */
export interface Extent {
  /** A guid. */
  readonly id: string;
  readonly rowCount: number;
  /** Ticks: when it was made, or what the property `creationTime` said; null when that is not known. */
  readonly createdOn: bigint | null;
}

/** Notes that an extent was made. Rows that a change puts into another extent take its time along. */
export async function recordExtent(
  connection: DuckDBConnection,
  id: string,
  createdOn: bigint,
): Promise<void> {
  await connection.run('INSERT INTO "$extents" VALUES ($1, $2)', [id, createdOn]);
}

/** The extents of a table, oldest first. */
export async function extentsOf(connection: DuckDBConnection, table: TableInfo): Promise<readonly Extent[]> {
  const result = await connection.run(
    `SELECT t.id, t.n, coalesce(e.created, t.ingested) AS made FROM (
       SELECT ${extentColumn} AS id, count(*) AS n, min(${quoteIdentifier(hiddenColumns.ingestion)}) AS ingested
       FROM ${relationOf(table)} GROUP BY ALL) AS t
     LEFT JOIN "$extents" AS e ON e.id = t.id ORDER BY made, t.id`,
  );
  return (await result.getRows()).map((row) => ({
    id: String(row[0]),
    rowCount: Number(row[1]),
    createdOn: row[2] as bigint | null,
  }));
}

/** Forgets extents that no row is in any more. */
export async function forgetExtents(connection: DuckDBConnection, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await connection.run(`DELETE FROM "$extents" WHERE id IN (${ids.map(quoteLiteral).join(', ')})`);
}

/** The condition that a row is in one of the extents. */
export function inExtents(ids: readonly string[]): string {
  return ids.length === 0 ? 'false' : `${extentColumn} IN (${ids.map(quoteLiteral).join(', ')})`;
}
