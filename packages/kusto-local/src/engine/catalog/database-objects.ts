/** What a database holds besides tables: stored functions, materialized views and stored query results. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../../types.ts';
import { badRequest } from '../../service-errors.ts';

export interface FunctionParameter {
  readonly name: string;
  /** As written: a scalar type, or `(column:type, …)` or `(*)`. */
  readonly type: string;
  /** The default value's literal as written, if there is one. */
  readonly defaultValue?: string;
}

/** A stored function. */
export interface FunctionInfo {
  readonly name: string;
  readonly parameters: readonly FunctionParameter[];
  /** With its braces. */
  readonly body: string;
  readonly folder: string;
  readonly docString: string;
}

/** A materialized view. */
export interface ViewInfo {
  readonly name: string;
  /** The id of its source table, a guid: it is the same when the table is renamed. */
  readonly sourceId: string;
  /** The definition's query, over the source table's name at its creation. */
  readonly query: string;
  readonly columns: readonly Column[];
  /** Rows of the source ingested up to this (ticks) are not in the view, since they were there before it; '' with backfill. */
  readonly after: string;
  /** The effectiveDateTime of a backfill in ticks: rows ingested up to this are not in the view; '' without. */
  readonly from: string;
  /** The DuckDB table for source rows that were removed from the source since. */
  readonly retained: string;
  /** Its columns, the hidden ones aside. */
  readonly retainedColumns: readonly Column[];
  readonly folder: string;
  readonly docString: string;
  readonly enabled: boolean;
  /** Ticks. */
  readonly effectiveFrom: string;
  /** Timespans as written, and a column's name; '' without. They have no effect here: no key is ever twice in a view. */
  readonly lookback: string;
  readonly lookbackColumn: string;
}

/** A stored query result. */
export interface StoredResultInfo {
  /** A guid. */
  readonly id: string;
  readonly name: string;
  readonly columns: readonly Column[];
  /** Its DuckDB table, with the columns c0, c1, … */
  readonly physicalName: string;
  readonly rowCount: number;
  /** Bytes of the values' text. */
  readonly size: number;
  /** Ticks. */
  readonly createdOn: string;
  readonly expiresOn: string;
  readonly user: string;
}

export interface DatabaseObjects {
  readonly functions: readonly FunctionInfo[];
  readonly views: readonly ViewInfo[];
  readonly results: readonly StoredResultInfo[];
}

/** Reads the objects of a stored database; makes their catalog in a new one. */
export async function openObjects(connection: DuckDBConnection): Promise<DatabaseObjects> {
  await connection.run('CREATE TABLE IF NOT EXISTS "$objects" (kind VARCHAR, definition VARCHAR)');
  const rows = await (
    await connection.run('SELECT kind, definition FROM "$objects" ORDER BY rowid')
  ).getRows();
  const of = <T>(kind: keyof DatabaseObjects): T[] =>
    rows.filter((row) => row[0] === kind).map((row) => JSON.parse(String(row[1])) as T);
  return { functions: of('functions'), views: of('views'), results: of('results') };
}

/** Writes them all, in the connection's open transaction: they are few. */
export async function writeObjects(connection: DuckDBConnection, objects: DatabaseObjects): Promise<void> {
  await connection.run('DELETE FROM "$objects"');
  for (const kind of ['functions', 'views', 'results'] as const) {
    for (const object of objects[kind]) {
      await connection.run('INSERT INTO "$objects" VALUES ($1, $2)', [kind, JSON.stringify(object)]);
    }
  }
}

/** @throws KustoServiceError when a function or a materialized view has the name that a table is to have */
export function refuseTakenName({ functions, views }: DatabaseObjects, name: string): void {
  const kind = functions.some((other) => other.name === name)
    ? 'function'
    : views.some((other) => other.name === name)
      ? 'materialized view'
      : undefined;
  if (kind !== undefined) throw badRequest(`The name '${name}' is taken by a ${kind}.`);
}

/** The list with the object of this name put in the other's place, or at the end. */
export function replaced<T extends { readonly name: string }>(list: readonly T[], object: T): readonly T[] {
  return list.some(({ name }) => name === object.name)
    ? list.map((other) => (other.name === object.name ? object : other))
    : [...list, object];
}
