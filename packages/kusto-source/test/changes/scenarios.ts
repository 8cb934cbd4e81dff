import { database, extentOf, replaceExtents, run, stream, type Scenario } from './scenario.ts';

/** By what docs/changes.md calls them, in its order. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'any ingestion, `.append`, `.set-or-append`': {
    comes: [5, 6, 7],
    make: async (kusto, table) => {
      await kusto.ingest(database, table, '5,e\n');
      await run(kusto, `.append ${table} <| print k = 6, v = 'f'`);
      await run(kusto, `.set-or-append ${table} <| print k = 7, v = 'g'`);
    },
  },
  'a key is taken in again': { comes: [1], make: (kusto, table) => kusto.ingest(database, table, '1,a2\n') },
  'streaming ingestion': {
    comes: [5],
    make: (kusto, table) => stream(kusto, table, '5,e\n'),
  },
  'any of these, while its cursor value is late': {
    comes: [5, 6],
    make: async (kusto, table) => {
      kusto.change({ cursorLagMs: 3_600_000 });
      await stream(kusto, table, '5,e\n');
      await kusto.ingest(database, table, '6,f\n');
    },
  },
  'a newer version that enters the filter': {
    comes: [4],
    query: (table) => `${table} | where v != 'd'`,
    make: (kusto, table) => kusto.ingest(database, table, '4,e\n'),
  },
  'a newer version that leaves the filter': {
    goes: [1],
    query: (table) => `${table} | where v != 'gone'`,
    make: (kusto, table) => kusto.ingest(database, table, '1,gone\n'),
  },
  'a newer version that meets DELETED_WHEN': {
    goes: [1],
    properties: { DELETED_WHEN: "v == 'gone'" },
    live: (table) => newestOf(table, "| where v != 'gone'"),
    make: (kusto, table) => kusto.ingest(database, table, '1,gone\n'),
  },
  'a newer version by VERSION_COLUMN': {
    comes: [1],
    query: (table) => `${table} | extend size = strlen(v)`,
    properties: { VERSION_COLUMN: 'size' },
    make: (kusto, table) => kusto.ingest(database, table, '1,long\n'),
  },
  'an older version by VERSION_COLUMN, taken in late': {
    comes: [1],
    query: (table) => `${table} | extend size = strlen(v)`,
    properties: { VERSION_COLUMN: 'size' },
    make: (kusto, table) => kusto.ingest(database, table, '1,\n'),
  },
  '`.delete table T records` (soft delete)': {
    goes: [1],
    make: (kusto, table) => run(kusto, `.delete table ${table} records <| ${table} | where k == 1`),
  },
  '`.update table T delete D append A`': {
    comes: [1],
    goes: [2],
    make: (kusto, table) =>
      run(
        kusto,
        `.update table ${table} delete D append A <| let D = ${table} | where k <= 2; let A = ${table} | where k == 1 | extend v = 'a2';`,
      ),
  },
  '`.update table T delete D move S`': {
    comes: [2, 9],
    goes: [1],
    make: (kusto, table, staging) =>
      run(kusto, `.update table ${table} delete D move ${staging} <| let D = ${table} | where k <= 2;`),
  },
  '`.purge table T records`': {
    goes: [1],
    make: (kusto, table) =>
      run(kusto, `.purge table ${table} records with (noregrets='true') <| where k == 1`),
  },
  'retention (`SoftDeletePeriod`)': {
    goes: [1, 2],
    old: true,
    make: async (kusto, table) => {
      await run(kusto, `.alter-merge table ${table} policy retention softdelete = 10d`);
      await kusto.applyRetention(database, table);
    },
  },
  '`.drop extents`': {
    goes: [3, 4],
    make: async (kusto, table) =>
      run(kusto, `.drop extents (${await extentOf(kusto, table, 3)}) from ${table}`),
  },
  '`.clear table T data`': {
    goes: [1, 2, 3, 4],
    make: (kusto, table) => run(kusto, `.clear table ${table} data`),
  },
  '`.set-or-replace T`': {
    comes: [5],
    goes: [2, 3, 4],
    again: [1],
    make: (kusto, table) =>
      run(kusto, `.set-or-replace ${table} <| datatable(k: long, v: string) [1, 'a', 5, 'e']`),
  },
  '`.move extents` to the table': {
    comes: [2, 9],
    make: (kusto, table, staging) => run(kusto, `.move extents all from table ${staging} to table ${table}`),
  },
  '`.move extents` to the table `with (setNewIngestionTime=true)`': {
    comes: [2, 9],
    make: (kusto, table, staging) =>
      run(kusto, `.move extents all from table ${staging} to table ${table} with (setNewIngestionTime=true)`),
  },
  '`.move extents` from the table': {
    goes: [1, 2, 3, 4],
    make: (kusto, table, staging) => run(kusto, `.move extents all from table ${table} to table ${staging}`),
  },
  '`.replace extents` in the table': {
    comes: [2, 9],
    goes: [1],
    make: (kusto, table, staging) => replaceExtents(kusto, table, staging),
  },
  '`.replace extents` in the table `with (setNewIngestionTime=true)`': {
    comes: [2, 9],
    goes: [1],
    make: (kusto, table, staging) => replaceExtents(kusto, table, staging, 'with (setNewIngestionTime=true)'),
  },
  '`.rename tables` (a swap)': {
    comes: [2, 9],
    goes: [1, 3, 4],
    make: (kusto, table, staging) =>
      run(kusto, `.rename tables ${table} = ${staging}, ${staging} = ${table}`),
  },
  'a summary: a group that changes, and one without rows': {
    comes: [1, 5],
    goes: [2],
    query: (table) => `${table} | summarize v = max(v) by k`,
    make: async (kusto, table) => {
      await kusto.ingest(database, table, '1,z\n5,e\n');
      await run(kusto, `.delete table ${table} records <| ${table} | where k == 2`);
    },
  },
  'a join, a union, a function: a row of another table': {
    comes: [1],
    goes: [2],
    query: (table, staging) =>
      `${table} | join kind=inner (${staging} | project k, w = v) on k | project k, v = w`,
    make: async (kusto, _table, staging) => {
      await kusto.ingest(database, staging, '1,one\n');
      await run(kusto, `.delete table ${staging} records <| ${staging} | where k == 2`);
    },
  },
  'a materialized view over the table': {
    comes: [1, 5],
    query: (table) => `View${table}`,
    prepare: (kusto, table) =>
      run(
        kusto,
        `.create materialized-view with (backfill=true) View${table} on table ${table} { ${table} | summarize v = max(v) by k }`,
      ),
    make: (kusto, table) => kusto.ingest(database, table, '1,z\n5,e\n'),
  },
  '`now()` or `ago()` in the filter: a row that grows too old': {
    goes: [1],
    query: (table) => `${table} | where k != 1 or now() < datetime(${endOfOne()})`,
    make: () => new Promise((resolve) => setTimeout(resolve, Date.parse(endOfOne()) + 50 - Date.now())),
  },
  'a service without database cursors: any ingestion': {
    comes: [5],
    withoutCursors: true,
    make: (kusto, table) => kusto.ingest(database, table, '5,e\n'),
  },
  'a service without database cursors: any way to vanish': {
    goes: [1],
    withoutCursors: true,
    make: (kusto, table) => run(kusto, `.delete table ${table} records <| ${table} | where k == 1`),
  },
};

/** The newest row of each key, and then the filters. */
export function newestOf(table: string, operators: string): string {
  return `${table} | extend t = ingestion_time() | summarize arg_max(t, *) by k ${operators}`;
}

let oneEnds: string | undefined;
/** When the row of 1 gets too old: some seconds after the first question. */
const endOfOne = (): string => (oneEnds ??= new Date(Date.now() + 3_000).toISOString());
