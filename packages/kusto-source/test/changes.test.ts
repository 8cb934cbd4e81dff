// Makes every row of the table in docs/changes.md happen, and holds what each mode publishes to what the row says.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { KustoSourceError } from '../src/errors.ts';
import { documentedChanges, type Sight } from './changes/documented.ts';
import { ModeFeed, modeNames, TurnedClock } from './changes/mode-feed.ts';
import { database, run, type Scenario } from './changes/scenario.ts';
import { newestOf, scenarios } from './changes/scenarios.ts';

/** A row that every scenario ends with: when a window has published it, everything before it was. */
const last = 999;

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

describe('every way a row can change (docs/changes.md)', { timeout: 240_000 }, () => {
  const documented = documentedChanges();

  it('has a scenario, and no scenario is undocumented', () => {
    assert.deepEqual(
      documented.map(({ change }) => change),
      Object.keys(scenarios),
    );
  });

  for (const [number, { change, come, go, window }] of documented.entries()) {
    it(change.replaceAll('`', ''), async () => {
      const scenario = scenarios[change];
      assert.ok(scenario !== undefined, change);
      const seen = await happen(scenario, `T${number}`, `S${number}`, [come, go]);
      assert.equal(window, seen.window);
      assert.deepEqual(seen.come, scenario.comes === undefined ? undefined : come);
      assert.deepEqual(seen.go, scenario.goes === undefined ? undefined : go);
    });
  }
});

interface Seen {
  readonly come: Sight | undefined;
  readonly go: Sight | undefined;
  readonly window: string;
}

async function happen(
  scenario: Scenario,
  table: string,
  staging: string,
  documented: readonly (Sight | undefined)[],
): Promise<Seen> {
  const isLate = documented.some((sight) => sight?.reconcile === 'late');
  await run(kusto, `.create tables ${table} (k: long, v: string), ${staging} (k: long, v: string)`);
  const made = scenario.old === true ? ' with (creationTime="2020-01-01")' : '';
  await run(kusto, `.ingest inline into table ${table}${made} <|\n1,a\n2,b`);
  await kusto.ingest(database, table, '3,c\n4,d\n');
  await kusto.ingest(database, staging, '2,two\n9,nine\n');
  await scenario.prepare?.(kusto, table, staging);
  const query = scenario.query?.(table, staging) ?? table;
  const live = async (): Promise<ReadonlySet<number>> => {
    const text = scenario.live?.(table, staging) ?? newest(table, query);
    return new Set((await run(kusto, `${text} | project k`)).map(([key]) => Number(key)));
  };
  if (scenario.withoutCursors === true) kusto.change({ cursors: false });
  const clock = new TurnedClock();
  const all = modeNames.map((mode) => new ModeFeed(mode));
  try {
    const begun = await live();
    const properties = {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: database,
      KUSTO_TABLE: table,
      KUSTO_QUERY: query,
      ...scenario.properties,
    };
    const refused = await startAll(all, properties, clock);
    const feeds = all.filter((feed) => !refused.has(feed));
    await Promise.all(feeds.map((feed) => feed.until(() => feed.has(...begun), 'the beginning')));
    const before = new Map(feeds.map((feed) => [feed, feed.published.length]));
    const at = await cursorOf(scenario, table);

    await scenario.make(kusto, table, staging);
    const now = await live();
    for (const key of scenario.comes ?? []) assert.ok(now.has(key), `${key} came`);
    for (const key of scenario.goes ?? []) assert.ok(begun.has(key) && !now.has(key), `${key} went`);
    if (isLate) {
      // Several polls, and a scan, see nothing of rows that can be queried already.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await scanAll(feeds, clock);
      for (const feed of feeds) assert.equal(feed.published.length, before.get(feed), feed.mode);
      kusto.change({ cursorLagMs: 0 });
      await kusto.commitCursors();
    }
    const isBounded = feeds.some(({ mode }) => mode === 'latest');
    const moved = (await cursorOf(scenario, table)) !== at;
    await kusto.ingest(database, staging, `${last},z\n`);
    await kusto.ingest(database, table, `${last},z\n`);
    const byWindows = feeds.filter((feed) => feed.mode !== 'reconcile');
    await Promise.all(byWindows.map((feed) => feed.until(() => feed.has(last), 'the last row')));
    if (!isLate)
      for (const feed of feeds) assert.equal(feed.scans.length, 0, `${feed.mode}: no scan before its time`);
    const polled = new Map(feeds.map((feed) => [feed, feed.published.length]));
    const isGap = documented.some((sight) => sight?.append === 'gap');
    if (isGap) {
      clock.turn(3_600_000);
      await Promise.all(feeds.map((feed) => feed.until(() => feed.failed !== undefined, 'a gap')));
    } else {
      await scanAll(feeds, clock);
      // A scan may have been under way: another one began behind everything.
      await scanAll(
        feeds.filter(({ mode }) => mode === 'reconcile'),
        clock,
      );
    }

    for (const feed of feeds) checkChanges(feed, scenario, before.get(feed) ?? 0);
    const sightOf = (op: 'u' | 'd', keys: readonly number[] | undefined): Sight | undefined =>
      keys &&
      (Object.fromEntries(
        all.map((feed) => {
          if (refused.has(feed)) return [feed.mode, 'refused'];
          if (feed.failed !== undefined) return [feed.mode, feed.failed.toLowerCase()];
          const changes = feed.published.slice(before.get(feed));
          const inPoll = changes.slice(0, (polled.get(feed) ?? 0) - (before.get(feed) ?? 0));
          const when = sighted(keys, op, inPoll, changes);
          if (when === 'never') return [feed.mode, when];
          return [feed.mode, isLate ? 'late' : feed.mode === 'reconcile' ? 'scan' : when];
        }),
      ) as Sight);
    return {
      come: sightOf('u', scenario.comes),
      go: sightOf('d', scenario.goes),
      window: isBounded ? (moved ? 'its rows' : 'nothing') : '–',
    };
  } finally {
    await Promise.all(all.map((feed) => feed[Symbol.asyncDispose]()));
    kusto.change({ cursors: true, cursorLagMs: 0 });
  }
}

/** Starts all, and tells those whose mode does not take the query. */
async function startAll(
  feeds: readonly ModeFeed[],
  properties: Readonly<Record<string, string>>,
  clock: TurnedClock,
): Promise<ReadonlySet<ModeFeed>> {
  const refused = new Set<ModeFeed>();
  await Promise.all(
    feeds.map(async (feed) => {
      try {
        await feed.start(properties, clock);
      } catch (error) {
        if (!(error instanceof KustoSourceError) || !['QUERY', 'CONFIGURATION'].includes(error.code))
          throw error;
        refused.add(feed);
      }
    }),
  );
  return refused;
}

/** An hour passes: those that scan have done so. */
async function scanAll(feeds: readonly ModeFeed[], clock: TurnedClock): Promise<void> {
  const before = new Map(feeds.map((feed) => [feed, feed.scans.length]));
  clock.turn(3_600_000);
  const scanning = feeds.filter(({ mode }) => mode.includes('scans') || mode === 'reconcile');
  const byTime = feeds.filter((feed) => !scanning.includes(feed) && feed.scans.length > 0);
  await Promise.all(
    [...scanning, ...byTime].map((feed) =>
      feed.until(() => feed.scans.length > (before.get(feed) ?? 0), 'a scan'),
    ),
  );
}

function sighted(
  keys: readonly number[],
  op: 'u' | 'd',
  inPoll: readonly string[],
  changes: readonly string[],
): string {
  const seenIn = (list: readonly string[]): number =>
    keys.filter((key) => list.includes(`${op} ${key}`)).length;
  const [polled, seen] = [seenIn(inPoll), seenIn(changes)];
  assert.ok(
    polled === 0 || polled === keys.length,
    `all of ${keys.join(', ')} or none: ${inPoll.join(', ')}`,
  );
  assert.ok(seen === 0 || seen === keys.length, `all of ${keys.join(', ')} or none: ${changes.join(', ')}`);
  if (polled > 0) return 'poll';
  return seen > 0 ? 'scan' : 'never';
}

/** Neither what stays is published, nor an end of what came; and scans read the rows that differ. */
function checkChanges(feed: ModeFeed, scenario: Scenario, before: number): void {
  const { comes = [], goes = [], again = [] } = scenario;
  const changes = feed.published.slice(before);
  const may = new Set([...comes, ...again, last].map((key) => `u ${key}`));
  for (const key of goes) may.add(`d ${key}`);
  const others = changes.filter((each) => !may.has(each));
  assert.deepEqual(others, [], `${feed.mode}: ${changes.join(', ')}`);
  for (const { read } of feed.scans)
    assert.ok(read <= comes.length + goes.length + 1, `${feed.mode}: a scan read ${read} rows`);
}

/** The newest row of each key, where the query takes the table row by row and filters by what is behind its name. */
function newest(table: string, query: string): string {
  const operators = query.startsWith(table) ? query.slice(table.length) : undefined;
  const isRowLocal = operators !== undefined && !/summarize|join|now\(\)/.test(operators);
  return isRowLocal ? newestOf(table, operators) : query;
}

async function cursorOf({ withoutCursors }: Scenario, table: string): Promise<string> {
  const text =
    withoutCursors === true ? `${table} | summarize max(ingestion_time())` : 'print cursor_current()';
  return String((await run(kusto, text))[0]?.[0]);
}
