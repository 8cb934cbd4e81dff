// Makes every row of the table in docs/changes.md happen, and holds what the feed publishes to what the row says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { MemoryPublisher, MemoryStateStore, systemClock } from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseConfig } from '../src/config/config.ts';
import { startSource, type RunningSource } from '../src/services/start-source.ts';

const database = 'NetDefaultDB';
/** A row that every scenario ends with: when it is published, everything before it was. */
const last = 999;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

async function execute(text: string): Promise<readonly (readonly unknown[])[]> {
  return (await kusto.execute(database, text)).rows;
}

const cursor = async (): Promise<string> => String((await execute('print cursor_current()'))[0]?.[0]);

/** A change, and what it does to a table T of 1 and 2 in one extent, 3 and 4 in another; S has 2 and 9. */
interface Scenario {
  readonly comes?: readonly number[];
  readonly goes?: readonly number[];
  /** Row-local operators behind the table. */
  readonly query?: string;
  /** The first extent of T was made long ago. */
  readonly old?: boolean;
  make(table: string, staging: string): Promise<unknown>;
}

const extentOf = async (table: string, key: number): Promise<string> =>
  String((await execute(`${table} | where k == ${key} | project tostring(extent_id())`))[0]?.[0]);

async function stream(table: string, rows: string): Promise<void> {
  const url = `${kusto.url}/v1/rest/ingest/${database}/${table}?streamFormat=Csv`;
  const response = await fetch(url, { method: 'POST', body: rows });
  assert.equal(response.status, 200);
}

/** In place of the extent of 1 and 2 the table gets that of the staging table. */
async function replaceExtents(table: string, staging: string, more = ''): Promise<void> {
  await execute(
    `.replace extents in table ${table} ${more} <| { print ExtentId = '${await extentOf(table, 1)}' }, ` +
      `{ ${staging} | summarize by ExtentId = extent_id(), TableName = '${staging}' }`,
  );
}

const scenarios: Readonly<Record<string, Scenario>> = {
  'any ingestion, `.append`, `.set-or-append`': {
    comes: [5, 6, 7],
    make: async (table) => {
      await kusto.ingest(database, table, '5,e\n');
      await execute(`.append ${table} <| print k = 6, v = 'f'`);
      await execute(`.set-or-append ${table} <| print k = 7, v = 'g'`);
    },
  },
  'a key is taken in again': { comes: [1], make: (table) => kusto.ingest(database, table, '1,a2\n') },
  'streaming ingestion': {
    comes: [5],
    make: (table) => stream(table, '5,e\n'),
  },
  'any of these, while its cursor value is late': {
    comes: [5, 6],
    make: async (table) => {
      kusto.change({ cursorLagMs: 3_600_000 });
      await stream(table, '5,e\n');
      await kusto.ingest(database, table, '6,f\n');
    },
  },
  'a newer version that enters the filter': {
    comes: [4],
    query: "| where v != 'd'",
    make: (table) => kusto.ingest(database, table, '4,e\n'),
  },
  'a newer version that leaves the filter': {
    goes: [1],
    query: "| where v != 'gone'",
    make: (table) => kusto.ingest(database, table, '1,gone\n'),
  },
  '`.delete table T records` (soft delete)': {
    goes: [1],
    make: (table) => execute(`.delete table ${table} records <| ${table} | where k == 1`),
  },
  '`.update table T delete D append A`': {
    comes: [1],
    goes: [2],
    make: (table) =>
      execute(
        `.update table ${table} delete D append A <| let D = ${table} | where k <= 2; let A = ${table} | where k == 1 | extend v = 'a2';`,
      ),
  },
  '`.update table T delete D move S`': {
    comes: [2, 9],
    goes: [1],
    make: (table, staging) =>
      execute(`.update table ${table} delete D move ${staging} <| let D = ${table} | where k <= 2;`),
  },
  '`.purge table T records`': {
    goes: [1],
    make: (table) => execute(`.purge table ${table} records with (noregrets='true') <| where k == 1`),
  },
  'retention (`SoftDeletePeriod`)': {
    goes: [1, 2],
    old: true,
    make: async (table) => {
      await execute(`.alter-merge table ${table} policy retention softdelete = 10d`);
      await kusto.applyRetention(database, table);
    },
  },
  '`.drop extents`': {
    goes: [3, 4],
    make: async (table) => execute(`.drop extents (${await extentOf(table, 3)}) from ${table}`),
  },
  '`.clear table T data`': { goes: [1, 2, 3, 4], make: (table) => execute(`.clear table ${table} data`) },
  '`.set-or-replace T`': {
    comes: [1, 5],
    goes: [2, 3, 4],
    make: (table) => execute(`.set-or-replace ${table} <| datatable(k: long, v: string) [1, 'a', 5, 'e']`),
  },
  '`.move extents` to the table': {
    comes: [2, 9],
    make: (table, staging) => execute(`.move extents all from table ${staging} to table ${table}`),
  },
  '`.move extents` to the table `with (setNewIngestionTime=true)`': {
    comes: [2, 9],
    make: (table, staging) =>
      execute(`.move extents all from table ${staging} to table ${table} with (setNewIngestionTime=true)`),
  },
  '`.move extents` from the table': {
    goes: [1, 2, 3, 4],
    make: (table, staging) => execute(`.move extents all from table ${table} to table ${staging}`),
  },
  '`.replace extents` in the table': {
    comes: [2, 9],
    goes: [1],
    make: (table, staging) => replaceExtents(table, staging),
  },
  '`.replace extents` in the table `with (setNewIngestionTime=true)`': {
    comes: [2, 9],
    goes: [1],
    make: (table, staging) => replaceExtents(table, staging, 'with (setNewIngestionTime=true)'),
  },
  '`.rename tables` (a swap)': {
    comes: [2, 9],
    goes: [1, 3, 4],
    make: (table, staging) => execute(`.rename tables ${table} = ${staging}, ${staging} = ${table}`),
  },
};

interface DocumentedChange {
  readonly change: string;
  readonly comes: string;
  readonly goes: string;
  readonly when: string;
  readonly cost: string;
}

/** The rows of the page's first table. */
function documented(): readonly DocumentedChange[] {
  const page = readFileSync(new URL('../../../docs/changes.md', import.meta.url), 'utf8');
  const lines = page.split('\n');
  const head = lines.findIndex((line) => line.startsWith('| change |'));
  const end = lines.indexOf('', head);
  return lines.slice(head + 2, end).map((line) => {
    const [change = '', comes = '', goes = '', when = '', cost = ''] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    return { change, comes, goes, when, cost };
  });
}

interface Feed extends AsyncDisposable {
  /** Id's key and value of everything published so far, in order. */
  published(): readonly (readonly [key: number, v: string])[];
  until(condition: () => boolean): Promise<void>;
}

async function startFeed(table: string, query: string): Promise<Feed> {
  const config = parseConfig('storms', {
    KUSTO_URI: kusto.url,
    KUSTO_DATABASE: database,
    KUSTO_TABLE: table,
    PRIMARY_KEY: 'k',
    KUSTO_QUERY: `${table} ${query}`,
    POLL_INTERVAL: '0.1',
  });
  const publisher = new MemoryPublisher();
  const state = new MemoryStateStore();
  const source: RunningSource = await startSource(config, {
    publisher,
    state,
    logger: quiet,
    env: {},
    from: 'beginning',
    clock: systemClock,
  });
  const published = (): readonly (readonly [number, string])[] =>
    publisher.changes.map((text) => {
      const change = JSON.parse(text) as {
        op: string;
        payload: { after: { properties: { k: number; v: string } } };
      };
      assert.equal(change.op, 'u', 'this version publishes no deletes');
      const { k, v } = change.payload.after.properties;
      return [k, v];
    });
  const until = async (condition: () => boolean): Promise<void> => {
    const deadline = Date.now() + 15_000;
    while (!condition()) {
      assert.ok(Date.now() < deadline, `it did not come: ${JSON.stringify(published())}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await source.ready;
  return { published, until, [Symbol.asyncDispose]: () => source.stop() };
}

/** The keys whose newest version the query returns. */
async function keysIn(table: string, query: string): Promise<readonly number[]> {
  const text = `${table} | extend t = ingestion_time() | summarize arg_max(t, *) by k ${query} | project k`;
  return (await execute(text)).map(([key]) => Number(key));
}

const allPublished = (feed: Feed): Set<number> => new Set(feed.published().map(([key]) => key));

describe('every way a row can change (docs/changes.md)', { timeout: 120_000 }, () => {
  const rows = documented();

  it('has a scenario, and no scenario is undocumented', () => {
    assert.deepEqual(
      rows.map(({ change }) => change),
      Object.keys(scenarios),
    );
  });

  for (const [number, row] of rows.entries()) {
    it(row.change.replaceAll('`', ''), async () => {
      const scenario = scenarios[row.change];
      assert.ok(scenario !== undefined, row.change);
      const { comes = [], goes = [], query = '' } = scenario;
      const [table, staging] = [`T${number}`, `S${number}`];
      await execute(`.create tables ${table} (k: long, v: string), ${staging} (k: long, v: string)`);
      const made = scenario.old === true ? ' with (creationTime="2020-01-01")' : '';
      await execute(`.ingest inline into table ${table}${made} <|\n1,a\n2,b`);
      await kusto.ingest(database, table, '3,c\n4,d\n');
      await kusto.ingest(database, staging, '2,two\n9,nine\n');
      const begun = await keysIn(table, query);
      await using feed = await startFeed(table, query);
      await feed.until(() => begun.every((key) => allPublished(feed).has(key)));
      const before = feed.published().length;
      const at = await cursor();

      await scenario.make(table, staging);
      const now = await keysIn(table, query);
      for (const key of comes) assert.ok(now.includes(key), `${key} came`);
      for (const key of goes) assert.ok(begun.includes(key) && !now.includes(key), `${key} went`);
      if (row.when === 'late') {
        // Several polls see nothing of a row that can be queried already.
        await new Promise((resolve) => setTimeout(resolve, 700));
        assert.equal(feed.published().length, before);
        kusto.change({ cursorLagMs: 0 });
        await kusto.commitCursors();
      }
      assert.equal(row.cost, (await cursor()) === at ? 'nothing' : 'its rows');
      await kusto.ingest(database, table, `${last},z\n`);
      await feed.until(() => allPublished(feed).has(last));

      const changes = feed
        .published()
        .slice(before)
        .filter(([key]) => key !== last);
      const keys = new Set(changes.map(([key]) => key));
      const seen = comes.filter((key) => keys.has(key));
      const how = comes.length === 0 ? '–' : seen.length === 0 ? 'missed' : 'upsert';
      assert.equal(row.comes, how, JSON.stringify(changes));
      assert.ok(seen.length === 0 || seen.length === comes.length, 'all or none');
      assert.equal(row.goes, goes.length === 0 ? '–' : 'unseen');
      const others = [...keys].filter((key) => !comes.includes(key));
      assert.deepEqual(others, [], 'neither what goes nor what stays is published');
      assert.equal(row.when === 'never', how !== 'upsert');
    });
  }
});
