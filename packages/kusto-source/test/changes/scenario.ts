import assert from 'node:assert/strict';
import type { KustoLocal } from 'kusto-local';

export const database = 'NetDefaultDB';

/** A change, and what it does to a table T of 1 and 2 in one extent, 3 and 4 in another; S has 2 and 9. */
export interface Scenario {
  /** Keys that come into the query's result, or are others in it. */
  readonly comes?: readonly number[];
  readonly goes?: readonly number[];
  /** Keys whose rows are taken in anew with the values that they had. */
  readonly again?: readonly number[];
  /** KUSTO_QUERY, of the two tables; default the whole table. */
  query?(table: string, staging: string): string;
  /** A query for the keys of all rows that should be live; default the newest row of each key, if it passes the operators behind the table's name. */
  live?(table: string, staging: string): string;
  readonly properties?: Readonly<Record<string, string>>;
  /** The first extent of T was made long ago. */
  readonly old?: boolean;
  /** The service has no database cursors. */
  readonly withoutCursors?: boolean;
  /** What has to be there before the feed begins. */
  prepare?(kusto: KustoLocal, table: string, staging: string): Promise<unknown>;
  make(kusto: KustoLocal, table: string, staging: string): Promise<unknown>;
}

export async function run(kusto: KustoLocal, text: string): Promise<readonly (readonly unknown[])[]> {
  return (await kusto.execute(database, text)).rows;
}

export const extentOf = async (kusto: KustoLocal, table: string, key: number): Promise<string> =>
  String((await run(kusto, `${table} | where k == ${key} | project tostring(extent_id())`))[0]?.[0]);

export async function stream(kusto: KustoLocal, table: string, rows: string): Promise<void> {
  const url = `${kusto.url}/v1/rest/ingest/${database}/${table}?streamFormat=Csv`;
  const response = await fetch(url, { method: 'POST', body: rows });
  assert.equal(response.status, 200);
}

/** In place of the extent of 1 and 2 the table gets that of the staging table. */
export async function replaceExtents(
  kusto: KustoLocal,
  table: string,
  staging: string,
  more = '',
): Promise<void> {
  await run(
    kusto,
    `.replace extents in table ${table} ${more} <| { print ExtentId = '${await extentOf(kusto, table, 1)}' }, ` +
      `{ ${staging} | summarize by ExtentId = extent_id(), TableName = '${staging}' }`,
  );
}
