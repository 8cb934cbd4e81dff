import type { Database } from './database.ts';
import { relationOf, type TableInfo } from './catalog.ts';
import { hiddenColumns, type Column, type KustoType } from '../types.ts';
import { quoteIdentifier } from './sql-text.ts';

/** What a table, or one extent of it, holds. */
export interface Statistics {
  readonly rows: bigint;
  readonly extents: bigint;
  /** Bytes of the values: the width of fixed types, the UTF-8 length of string, guid and dynamic. An estimate of size. */
  readonly bytes: bigint;
  /** Ticks of the oldest and the newest ingestion; null when no row has an ingestion time. */
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
  const ingested = quoteIdentifier(hiddenColumns.ingestion);
  return `count(*), count(DISTINCT ${extent}), ${size(columns)}, min(${ingested}), max(${ingested})`;
}

export async function tableStatistics(database: Database, table: TableInfo): Promise<Statistics> {
  const [row] = await database.read(`SELECT ${measures(table.columns)} FROM ${relationOf(table)}`);
  return statistics(row ?? []);
}

/** The extents of a table, the oldest first. */
export async function extentStatistics(
  database: Database,
  table: TableInfo,
): Promise<readonly ExtentStatistics[]> {
  const extent = quoteIdentifier(hiddenColumns.extent);
  const rows = await database.read(
    `SELECT ${measures(table.columns)}, ${extent} FROM ${relationOf(table)} GROUP BY ${extent} ORDER BY min(rowid)`,
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
