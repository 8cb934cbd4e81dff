import type { PropertyValues } from '../../src/config/properties.ts';
import type { KustoRow, ModelTable } from './model-table.ts';
import type { DataStep, RowState } from './step.ts';

/** Configuration of a source, what may happen to its table, and what its readers then have to hold. */
export interface Profile {
  readonly name: string;
  /** The properties of the source, beside where the table is. */
  readonly properties: (table: string) => PropertyValues;
  /** The key's columns in the query's result. */
  readonly key: readonly string[];
  /** How often each kind of change happens; those that are not named are outside of what the detection promises. */
  readonly weights: Readonly<Partial<Record<DataStep['do'], number>>>;
  readonly states: readonly RowState[];
  /** Each node that has to be there once everything is published, as the row of the query's result. */
  readonly wanted: (table: ModelTable) => Promise<readonly KustoRow[]>;
  /** KQL for rows of which each may have been a node at some time: for another key a delete is never right. */
  readonly live: ((table: string) => string) | undefined;
}

/** A query by its parts, since what is folded before the filter and what behind it differs by detection. */
interface QueryParts {
  readonly where: string;
  /** Row-local operators behind the filter. */
  readonly operators: string;
}

const key = ['k1', 'k2'] as const;
const wholeTable: QueryParts = { where: 'true', operators: '' };

const textOf = ({ where, operators }: QueryParts, table: string): string =>
  `${table} | where ${where} ${operators}`;

/**
 * The rows of a query, and beside each what the fold orders them by: `when`, its ingestion time, and `tie`, the hash that decides
 * between rows of one ingestion (rule R10).
 */
async function stampedRows(table: ModelTable, query: string): Promise<readonly KustoRow[]> {
  const values = (await table.columns(query)).map(({ name, type }) =>
    type === 'dynamic' ? `tostring(${name})` : name,
  );
  return await table.rows(
    `${query} | extend when = tostring(ingestion_time()), tie = hash_many(${values.join(', ')})`,
  );
}

/** The last row of each key by these columns. */
function newest(rows: readonly KustoRow[], order: readonly string[]): readonly KustoRow[] {
  const found = new Map<string, KustoRow>();
  for (const row of rows) {
    const id = JSON.stringify(key.map((column) => String(row[column])));
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

function without(rows: readonly KustoRow[], columns: readonly string[]): readonly KustoRow[] {
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !columns.includes(name))),
  );
}

const ingestions = { ingest: 10, stream: 3, ingestOld: 1, rewrite: 3, lag: 2, bulk: 0.3 } as const;

/** append: rows come, and none goes; a key's node is its newest row among those that pass the filter. */
function append(name: string, parts: QueryParts, more: Partial<Profile> = {}): Profile {
  return {
    name,
    key,
    properties: (table) => ({
      CHANGE_DETECTION: 'append',
      KUSTO_QUERY: textOf(parts, table),
      SLICE_ROWS: '100',
    }),
    weights: ingestions,
    states: ['open', 'closed', 'hidden', 'deleted'],
    wanted: async (table) => {
      const rows = await stampedRows(table, textOf(parts, table.name));
      return without(newest(rows, ['when', 'tie']), ['when', 'tie']);
    },
    live: undefined,
    ...more,
  };
}

export const profiles: readonly Profile[] = [
  append('append', wholeTable, {
    properties: () => ({}),
    // The newest version of a key in place of all of them: where every row passes, that is a new version.
    weights: { ...ingestions, update: 2 },
  }),
  append('append-filter', {
    where: "state in ('open', 'closed') and v >= 10",
    operators: '| extend w = v * 2, less = r | project-away r',
  }),
];

/** @throws Error when there is none of this name */
export function profileNamed(name: string): Profile {
  const profile = profiles.find((known) => known.name === name);
  if (profile === undefined)
    throw new Error(
      `there is no profile ${name}; known are ${profiles.map((known) => known.name).join(', ')}`,
    );
  return profile;
}
