import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { hiddenColumns, type Column, type KustoType } from '../../types.ts';
import { typeNames } from '../values/kusto-types.ts';
import { quoteIdentifier } from '../sql-text.ts';

/** A table of the catalog. */
export interface TableInfo {
  /** A guid. */
  readonly id: string;
  readonly name: string;
  readonly columns: readonly Column[];
  /**
   * The name of the table in DuckDB. Not the Kusto name: that one is case-sensitive, while DuckDB's are not.
   */
  readonly physicalName: string;
  readonly folder: string;
  readonly docString: string;
  /**
   * The IngestionTime policy: with true, rows get an ingestion time and a cursor value. null: it was deleted. Rows
   * ingested while it is off have neither, also once it is on again.
   */
  readonly ingestionTime: boolean | null;
  /** The retention policy as JSON; null when none is set. */
  readonly retention: string | null;
  /** The row-level security policy as JSON, enabled or not; null when none is set. It is shown, and hides nothing. */
  readonly rowLevelSecurity: string | null;
}

/** The part of a database's state that is not a table's. */
export interface DatabaseState {
  /** A guid. */
  readonly id: string;
  /** The sequence of the last commit, hence what `cursor_current()` shows. */
  readonly sequence: bigint;
  /** Counts up with every table made, so that no physical name is used twice. */
  readonly tablesMade: number;
}

const formatVersion = 1;

export function relationOf(table: TableInfo): string {
  return `main.${quoteIdentifier(table.physicalName)}`;
}

/** Makes the catalog of a new database, or reads that of a stored one. */
export async function openCatalog(
  connection: DuckDBConnection,
  fresh: DatabaseState,
): Promise<{ state: DatabaseState; tables: TableInfo[] }> {
  await connection.run(
    `CREATE TABLE IF NOT EXISTS "$state" (format INTEGER, id VARCHAR, sequence BIGINT, tables_made INTEGER);
     CREATE TABLE IF NOT EXISTS "$tables" (id VARCHAR, name VARCHAR, physical_name VARCHAR, columns VARCHAR,
       folder VARCHAR, doc_string VARCHAR, ingestion_time BOOLEAN);
     ALTER TABLE "$tables" ADD COLUMN IF NOT EXISTS retention VARCHAR;
     ALTER TABLE "$tables" ADD COLUMN IF NOT EXISTS row_level_security VARCHAR;
     CREATE TABLE IF NOT EXISTS "$extents" (id VARCHAR, created BIGINT)`,
  );
  const rows = await readRows(connection, 'SELECT format, id, sequence, tables_made FROM "$state"');
  const row = rows[0];
  if (row === undefined) {
    await connection.run('INSERT INTO "$state" VALUES ($1, $2, $3, $4)', [
      formatVersion,
      fresh.id,
      fresh.sequence,
      fresh.tablesMade,
    ]);
    return { state: fresh, tables: [] };
  }
  if (row[0] !== formatVersion) {
    throw new Error(
      `the database file has the format ${String(row[0])}; this kusto-local reads ${formatVersion}`,
    );
  }
  const state = { id: row[1] as string, sequence: row[2] as bigint, tablesMade: row[3] as number };
  return { state, tables: await readTables(connection) };
}

async function readTables(connection: DuckDBConnection): Promise<TableInfo[]> {
  const rows = await readRows(
    connection,
    `SELECT id, name, physical_name, columns, folder, doc_string, ingestion_time, retention, row_level_security
       FROM "$tables" ORDER BY rowid`,
  );
  return rows.map((row) => ({
    id: row[0] as string,
    name: row[1] as string,
    physicalName: row[2] as string,
    columns: JSON.parse(row[3] as string) as Column[],
    folder: row[4] as string,
    docString: row[5] as string,
    ingestionTime: row[6] as boolean | null,
    retention: row[7] as string | null,
    rowLevelSecurity: row[8] as string | null,
  }));
}

async function readRows(connection: DuckDBConnection, sql: string): Promise<DuckDBValue[][]> {
  return (await connection.run(sql)).getRows();
}

/** The last committed sequence, as the connection's transaction sees it. */
export async function readSequence(connection: DuckDBConnection): Promise<bigint> {
  const rows = await readRows(connection, 'SELECT sequence FROM "$state"');
  return rows[0]?.[0] as bigint;
}

export async function writeSequence(connection: DuckDBConnection, sequence: bigint): Promise<void> {
  await connection.run(`UPDATE "$state" SET sequence = ${sequence}`);
}

/** Creates the DuckDB table and its catalog entry. */
export async function insertTable(
  connection: DuckDBConnection,
  table: TableInfo,
  tablesMade: number,
): Promise<void> {
  await createRelation(connection, table, tablesMade);
  await insertEntry(connection, table);
}

/** Creates the DuckDB table that {@link TableInfo.physicalName} names, without rows. */
export async function createRelation(
  connection: DuckDBConnection,
  table: TableInfo,
  tablesMade: number,
): Promise<void> {
  const columns = [
    `${quoteIdentifier(hiddenColumns.sequence)} BIGINT`,
    `${quoteIdentifier(hiddenColumns.ingestion)} BIGINT`,
    `${quoteIdentifier(hiddenColumns.extent)} VARCHAR`,
    ...table.columns.map(columnDefinition),
  ];
  await connection.run(`CREATE TABLE ${relationOf(table)} (${columns.join(', ')})`);
  await connection.run(`UPDATE "$state" SET tables_made = ${tablesMade}`);
}

/** Replaces a table's catalog entry; `added` columns are new at its end (null, or '' for a string, in old rows). */
export async function updateTable(
  connection: DuckDBConnection,
  table: TableInfo,
  added: readonly Column[],
): Promise<void> {
  for (const column of added) {
    await connection.run(`ALTER TABLE ${relationOf(table)} ADD COLUMN ${columnDefinition(column)}`);
  }
  await connection.run(
    `UPDATE "$tables" SET name = $2, physical_name = $3, columns = $4, folder = $5, doc_string = $6,
       ingestion_time = $7, retention = $8, row_level_security = $9 WHERE id = $1`,
    entry(table),
  );
}

export async function deleteTable(connection: DuckDBConnection, table: TableInfo): Promise<void> {
  const extent = quoteIdentifier(hiddenColumns.extent);
  await connection.run(
    `DELETE FROM "$extents" WHERE id IN (SELECT DISTINCT ${extent} FROM ${relationOf(table)})`,
  );
  await connection.run(`DROP TABLE ${relationOf(table)}`);
  await connection.run('DELETE FROM "$tables" WHERE id = $1', [table.id]);
}

async function insertEntry(connection: DuckDBConnection, table: TableInfo): Promise<void> {
  await connection.run(
    `INSERT INTO "$tables" (id, name, physical_name, columns, folder, doc_string, ingestion_time, retention,
       row_level_security)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    entry(table),
  );
}

function entry(table: TableInfo): DuckDBValue[] {
  return [
    table.id,
    table.name,
    table.physicalName,
    JSON.stringify(table.columns),
    table.folder,
    table.docString,
    table.ingestionTime,
    table.retention,
    table.rowLevelSecurity,
  ];
}

function columnDefinition({ name, type }: { readonly name: string; readonly type: KustoType }): string {
  return `${quoteIdentifier(name)} ${typeNames(type).sql}${type === 'string' ? " DEFAULT ''" : ''}`;
}
