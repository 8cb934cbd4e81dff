import type { KustoRow, ModelTable } from './model-table.ts';
import { rowKey } from './profile.ts';

/** A row-local query by its parts, since what is folded before the filter and what behind it differs by detection. */
export interface QueryParts {
  readonly where: string;
  /** Operators behind the filter, none of which filters. */
  readonly operators: string;
}

export const wholeTable: QueryParts = { where: 'true', operators: '' };

export const queryOf = ({ where, operators }: QueryParts, table: string): string =>
  `${table} | where ${where} ${operators}`;

const [when, tie, live] = ['when', 'tie', 'live'] as const;

/**
 * append: of the rows that the query returns, the newest of each key. Of rows of one ingestion, which are of one age, it is the one with
 * the greatest hash (rule R10).
 */
export async function newestPassing(
  table: ModelTable,
  parts: QueryParts,
  version?: string,
): Promise<readonly KustoRow[]> {
  const query = queryOf(parts, table.name);
  const rows = await stampedRows(table, query, await hashed(table, query));
  return bare(newest(rows, version));
}

/**
 * latest: of all rows, the newest of each key, if it passes the filter.
 * @param alive KQL that a row which is not deleted meets
 */
export async function newestIfPassing(
  table: ModelTable,
  { where, operators }: QueryParts,
  version: string | undefined,
  alive = 'true',
): Promise<readonly KustoRow[]> {
  const columns = await hashed(table, queryOf({ where, operators }, table.name));
  // A predicate that is null is not met.
  const marked = `${table.name} | extend ${live} = coalesce(${alive}, false) and coalesce(${where}, false) ${operators}`;
  const rows = await stampedRows(table, marked, [...columns, live]);
  return bare(newest(rows, version).filter((row) => row[live] === true));
}

/** What the hash that decides between rows of one ingestion is of. */
async function hashed(table: ModelTable, query: string): Promise<readonly string[]> {
  const columns = await table.columns(query);
  return columns.map(({ name, type }) => (type === 'dynamic' ? `tostring(${name})` : name));
}

async function stampedRows(
  table: ModelTable,
  query: string,
  values: readonly string[],
): Promise<readonly KustoRow[]> {
  return await table.rows(
    `${query} | extend ${when} = tostring(ingestion_time()), ${tie} = hash_many(${values.join(', ')})`,
  );
}

function newest(rows: readonly KustoRow[], version: string | undefined): readonly KustoRow[] {
  const order = [...(version === undefined ? [] : [version]), when, tie];
  const found = new Map<string, KustoRow>();
  for (const row of rows) {
    const id = JSON.stringify(rowKey.map((column) => String(row[column])));
    const other = found.get(id);
    if (other === undefined || isAfter(row, other, order)) found.set(id, row);
  }
  return [...found.values()];
}

function isAfter(row: KustoRow, other: KustoRow, order: readonly string[]): boolean {
  for (const column of order) {
    const [mine, theirs] = [row[column] as bigint | string, other[column] as bigint | string];
    if (mine !== theirs) return mine > theirs;
  }
  return false;
}

function bare(rows: readonly KustoRow[]): readonly KustoRow[] {
  const helpers = new Set<string>([when, tie, live]);
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !helpers.has(name))));
}
