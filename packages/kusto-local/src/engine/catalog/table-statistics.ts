import type { Database } from '../database.ts';
import { relationOf, type TableInfo } from './catalog.ts';
import { hiddenColumns, type Column, type KustoType } from '../../types.ts';
import { quoteIdentifier } from '../sql-text.ts';

/** What a table, or one extent of it, holds. */
export interface Statistics {
  readonly rows: bigint;
  readonly extents: bigint;
  /** Bytes of the values: the width of fixed types, the UTF-8 length of string, guid and dynamic. An estimate of size. */
  readonly bytes: bigint;
  /** Ticks at which the oldest and the newest extent was made; null when that is not known. */
  readonly oldest: bigint | null;
  readonly newest: bigint | null;
}

export interface ExtentStatistics extends Statistics {
  /** A guid. */
  readonly extentId: string;
}

const widths: Readonly<Partial<Record<KustoType, number>>> = {
  bool: 1,
  int: 4,
  long: 8,
  real: 8,
  decimal: 16,
  datetime: 8,
  timespan: 8,
};

function size(columns: readonly Column[]): string {
  const fixed = columns.reduce((sum, { type }) => sum + (widths[type] ?? 0), 0);
  const variable = columns
    .filter(({ type }) => widths[type] === undefined)
    .map(({ name }) => `coalesce(sum(strlen(CAST(${quoteIdentifier(name)} AS VARCHAR))), 0)`);
  return `CAST(${[`count(*) * ${fixed}`, ...variable].join(' + ')} AS BIGINT)`;
}

function measures(columns: readonly Column[]): string {
  const extent = quoteIdentifier(hiddenColumns.extent);
  return `count(*), count(DISTINCT ${extent}), ${size(columns)}, min("$created"), max("$created")`;
}

/** The rows with the time at which their extent was made. */
function timed(table: TableInfo): string {
  const [extent, ingested] = [hiddenColumns.extent, hiddenColumns.ingestion].map(quoteIdentifier);
  return (
    `(SELECT t.*, t.rowid AS "$row", coalesce(e.created, t.${ingested ?? ''}) AS "$created" FROM ${relationOf(table)} AS t ` +
    `LEFT JOIN "$extents" AS e ON e.id = t.${extent ?? ''})`
  );
}

export async function tableStatistics(database: Database, table: TableInfo): Promise<Statistics> {
  const [row] = await database.read(`SELECT ${measures(table.columns)} FROM ${timed(table)}`);
  return statistics(row ?? []);
}

/** The extents of a table, the oldest first. */
export async function extentStatistics(
  database: Database,
  table: TableInfo,
): Promise<readonly ExtentStatistics[]> {
  const extent = quoteIdentifier(hiddenColumns.extent);
  const rows = await database.read(
    `SELECT ${measures(table.columns)}, ${extent} FROM ${timed(table)} GROUP BY ${extent} ORDER BY min("$row")`,
  );
  return rows.map((row) => ({ ...statistics(row), extentId: String(row[5]) }));
}

function statistics(row: readonly unknown[]): Statistics {
  const [rows, extents, bytes, oldest, newest] = row as (bigint | null | undefined)[];
  return {
    rows: rows ?? 0n,
    extents: extents ?? 0n,
    bytes: bytes ?? 0n,
    oldest: oldest ?? null,
    newest: newest ?? null,
  };
}
