import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { asking, database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows, refused } = asking(() => fixture);

before(async () => {
  fixture = await Fixture.start();
});

after(() => fixture[Symbol.asyncDispose]());

beforeEach(async () => {
  await rows('.create table T (id: long, at: long, name: string)');
  await fixture.kusto.ingest(database, 'T', '1,1,old\n2,1,old');
});

afterEach(async () => {
  for (const view of ['V', 'W', 'All']) await rows(`.drop materialized-view ${view} ifexists`);
  await rows('.drop table T ifexists');
});

const latest = 'T | summarize arg_max(at, *) by id';

test('a view has what is ingested after its creation, with backfill all there is', async () => {
  await rows(`.create materialized-view V on table T { ${latest} }`);
  await rows(`.create materialized-view with (backfill = true) All on table T { ${latest} }`);
  assert.deepEqual(await rows('V'), []);
  assert.deepEqual(await rows('All | order by id asc'), [
    [1n, 1n, 'old'],
    [2n, 1n, 'old'],
  ]);
  await fixture.kusto.ingest(database, 'T', '1,2,new\n3,2,new');
  assert.deepEqual(await rows('V | order by id asc'), [
    [1n, 2n, 'new'],
    [3n, 2n, 'new'],
  ]);
  assert.deepEqual(await rows('All | project id, name | order by id asc'), [
    [1n, 'new'],
    [2n, 'old'],
    [3n, 'new'],
  ]);
  assert.deepEqual(await rows('materialized_view("All") | count'), [[3n]]);
  assert.deepEqual(await rows(`database("${database}").All | count`), [[3n]]);
  assert.deepEqual(await rows('materialized_view("All", 10m) | where id == 3 | project name'), [['new']]);
  assert.deepEqual(await rows('All | join kind=inner (V) on id | where id == 3 | project name1'), [['new']]);
  // A query's own name for the source is not the view's source.
  assert.deepEqual(await rows('let T = datatable(id:long)[9]; All | count'), [[3n]]);
});

test('aggregates other than the last record', async () => {
  await rows(`.create materialized-view with (backfill = true) V on table T {
    T | extend even = id % 2 == 0
    | summarize n = count(), s = sum(at), lo = min(at), hi = max(at), mean = avg(at), d = dcount(id), c = countif(at > 1), any = take_any(name) by even }`);
  await fixture.kusto.ingest(database, 'T', '1,4,old\n3,7,old');
  assert.deepEqual(await rows('V | order by even asc'), [
    [false, 3n, 12n, 1n, 7n, 4, 2n, 2n, 'old'],
    [true, 1n, 1n, 1n, 1n, 1, 1n, 0n, 'old'],
  ]);
});

test('effectiveDateTime leaves out what was ingested before', async () => {
  await rows(
    `.create materialized-view with (backfill = true, effectiveDateTime = datetime(2999-01-01)) V on table T { ${latest} }`,
  );
  assert.deepEqual(await rows('V'), []);
  await refused(
    `.create materialized-view with (effectiveDateTime = datetime(2020-01-01)) W on table T { ${latest} }`,
    /goes with backfill/,
  );
});

test('the views are no records: no cursors, no ingestion time, no wildcards', async () => {
  await rows(`.create materialized-view with (backfill = true) V on table T { ${latest} }`);
  await refused("V | where cursor_after('')", /records of a table/, 10);
  await refused("materialized_view('V') | where cursor_before_or_at('1')", /records of a table/);
  assert.deepEqual(await rows('V | where isnotnull(ingestion_time()) | count'), [[0n]]);
  await refused(
    "materialized_view('V') | where ingestion_time() > ago(1h)",
    /ingestion_time\(\) over materialized_view/,
  );
  await rows(`.create materialized-view with (backfill = true) Tv on table T { ${latest} }`);
  assert.deepEqual(await rows('union withsource = source T* | distinct source'), [['T']]);
  await rows('.drop materialized-view Tv');
});

test('what a view cannot be is refused at its place', async () => {
  const create = '.create materialized-view V on table T { ';
  const at = create.length;
  const cases: readonly (readonly [query: string, reason: RegExp, place?: number])[] = [
    ['T | where id > 1', /ends with 'summarize'/, at],
    ['T | summarize count() by id | where id > 1', /ends with 'summarize'/],
    ['T | summarize count() by id, at | summarize count() by id', /single 'summarize'/, at + 4],
    ['T | summarize x = sum(at) / count() by id', /single aggregation functions/, at + 18],
    ['T | summarize stdev(at) by id', /of those that views support/],
    ['T | order by at | summarize take_any(name) by id', /no 'sort'/, at + 4],
    ['T | where at > 5 and now() > ago(1d) | summarize count() by id', /no (?:now|ago)\(\)/],
    ['T | extend r = rand() | summarize count() by r', /no rand\(\)/, at + 15],
    ['print id = 1 | summarize count() by id', /begins with its source table/, at],
    ['U | summarize count() by id', /U/, at],
    ['T | summarize count() by nope', /nope/, at + 25],
  ];
  for (const [query, reason, place] of cases) {
    await refused(`${create}${query} }`, reason, place);
  }
  await refused(`.create materialized-view V on table Nope { ${latest} }`, /was not found/);
  await refused(`.create materialized-view T on table T { ${latest} }`, /taken by a table/);
  await refused(
    `.create materialized-view with (autoUpdateSchema = true) V on table T { ${latest} }`,
    /autoUpdateSchema/,
  );
  await refused(
    `.create materialized-view with (dimensionTables = U) V on table T { ${latest} }`,
    /dimension tables/,
  );
  await refused(`.create materialized-view V on materialized-view W { ${latest} }`, /over another/);
  assert.deepEqual(await rows('.show materialized-views'), []);
});

test('views do not shrink: rows that vanish from the source stay in them', async () => {
  await rows(`.create materialized-view with (backfill = true) V on table T { ${latest} }`);
  await rows('.create materialized-view W on table T { T | summarize n = count(), s = sum(at) by id }');
  await fixture.kusto.ingest(database, 'T', '1,2,new\n3,2,new');
  const before = [
    [1n, 2n, 'new'],
    [2n, 1n, 'old'],
    [3n, 2n, 'new'],
  ];
  await rows('.delete table T records <| T | where id == 1');
  assert.deepEqual(await rows('V | order by id asc'), before);
  assert.deepEqual(await rows('W | order by id asc'), [
    [1n, 1n, 2n],
    [3n, 1n, 2n],
  ]);
  await rows('.create-merge table T (more: string)');
  await rows('.clear table T data');
  assert.deepEqual(await rows('T'), []);
  assert.deepEqual(await rows('V | order by id asc'), before);
  await fixture.kusto.ingest(database, 'T', '1,3,newer,x');
  assert.deepEqual((await rows('V | where id == 1'))[0], [1n, 3n, 'newer']);
  await rows('.set-or-replace T <| print id = 2, at = long(9), name = "replaced", more = ""');
  assert.deepEqual(await rows('V | order by id asc | project name'), [['newer'], ['replaced'], ['new']]);
  assert.deepEqual(await rows('W | order by id asc'), [
    [1n, 2n, 5n],
    [2n, 1n, 9n],
    [3n, 1n, 2n],
  ]);
});

test('rows that are moved to the source need a new cursor value', async () => {
  await rows('.create table Staging (id: long, at: long, name: string)');
  try {
    await fixture.kusto.ingest(database, 'Staging', '7,7,moved');
    await rows(`.create materialized-view V on table T { ${latest} }`);
    await refused('.move extents all from table Staging to table T', /will not process these extents/);
    await rows('.move extents all from table Staging to table T with (setNewIngestionTime = true)');
    assert.deepEqual(await rows('V'), [[7n, 7n, 'moved']]);
    // Moved on, they stay in the view.
    await rows('.move extents all from table T to table Staging');
    assert.deepEqual(await rows('V'), [[7n, 7n, 'moved']]);
    await refused('.rename table T to Other', /is the source of the materialized view 'V'/);
    await refused('.rename table Staging to V', /taken by a materialized view/);
    await refused('.create table V (a: int)', /taken by a materialized view/);
  } finally {
    await rows('.drop table Staging');
  }
});

test('a source without the IngestionTime policy is refused', async () => {
  await rows('.alter table T policy ingestiontime false');
  await refused(`.create materialized-view V on table T { ${latest} }`, /IngestionTime policy/);
});

test('views are shown, described, disabled, renamed and dropped', async () => {
  const [made] = await rows(
    `.create materialized-view with (folder = "f", lookback = 6h) V on table T { ${latest} }`,
  );
  assert.deepEqual(made?.slice(0, 3), ['V', 'T', latest]);
  assert.deepEqual([made[7], made[8], made[12]], [true, 'f', '06:00:00']);
  assert.deepEqual(await rows('.show materialized-view V | project Name, IsHealthy'), [['V', true]]);
  await refused(`.create materialized-view V on table T { ${latest} }`, /exists already/);
  assert.equal((await rows(`.create ifnotexists materialized-view V on table T { ${latest} }`)).length, 1);
  assert.deepEqual((await rows('.show materialized-view V cslschema'))[0]?.slice(0, 2), [
    'V',
    'id:long,at:long,name:string',
  ]);
  assert.match(String((await rows('.show materialized-view V schema as json'))[0]?.[1]), /"OrderedColumns"/);
  assert.deepEqual((await rows('.show materialized-view V details'))[0]?.slice(0, 3), ['V', database, 'f']);
  assert.deepEqual(
    await rows('.show materialized-views details | project MaterializedViewName, TotalRowCount'),
    [['V', 0n]],
  );
  assert.equal((await rows('.show materialized-views (V)')).length, 1);
  await refused('.show materialized-views (Nope)', /was not found/);
  assert.deepEqual((await rows('.show materialized-view V policy retention'))[0]?.[2], 'null');
  await refused('.show materialized-view V extents', /no extents/);
  assert.equal((await rows('.disable materialized-view V'))[0]?.[7], false);
  await refused('.disable materialized-view V', /disabled already/);
  await fixture.kusto.ingest(database, 'T', '5,5,five');
  assert.deepEqual(await rows('V | project id'), [[5n]]);
  assert.equal((await rows('.enable materialized-view V'))[0]?.[7], true);
  assert.equal((await rows('.rename materialized-view V to W'))[0]?.[0], 'W');
  assert.deepEqual(await rows('W | project id'), [[5n]]);
  await refused('V', /V/);
  assert.equal(
    (
      await rows(`.create-or-alter materialized-view with (docString = "d") W on table T { ${latest} }`)
    )[0]?.[9],
    'd',
  );
  await refused(
    '.create-or-alter materialized-view W on table T { T | summarize count() by id }',
    /cannot be changed/,
  );
  await refused('.alter materialized-view W policy retention softdelete = 1d', /cannot be changed/);
  await rows('.clear materialized-view W data');
  assert.deepEqual(await rows('W'), []);
  await refused('.drop table T', /is the source of the materialized view 'W'/);
  assert.deepEqual(await rows('.drop materialized-view W'), []);
  await refused('.drop materialized-view W', /was not found/);
  assert.deepEqual(await rows('.drop materialized-view W ifexists'), []);
});

test('async answers with an operation that is done', async () => {
  const [[operation] = []] = await rows(
    `.create async materialized-view with (backfill = true) V on table T { ${latest} }`,
  );
  assert.deepEqual(await rows(`.show operations ${String(operation)} | project State`), [['Completed']]);
  assert.deepEqual(await rows('V | count'), [[2n]]);
});

test('a new column of the source leaves the view as it is', async () => {
  await rows(`.create materialized-view with (backfill = true) V on table T { ${latest} }`);
  await rows('.create-merge table T (more: string)');
  await fixture.kusto.ingest(database, 'T', '1,9,newest,x');
  assert.deepEqual(await rows('V | order by id asc'), [
    [1n, 9n, 'newest'],
    [2n, 1n, 'old'],
  ]);
});

test('a view is up to date also while rows wait for their cursor value', async () => {
  await using late = await Fixture.start({ cursorLagMs: 600_000 });
  const { kusto } = late;
  await kusto.execute(database, '.create table T (id: long, at: long)');
  await kusto.ingest(database, 'T', '1,1');
  await kusto.execute(database, `.create materialized-view V on table T { ${latest} }`);
  await kusto.ingest(database, 'T', '2,2');
  assert.deepEqual((await kusto.execute(database, 'V')).rows, [[2n, 2n]]);
  assert.deepEqual((await kusto.execute(database, "T | where cursor_after('0') | count")).rows, [[0n]]);
});

test('views survive a restart', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'kusto-local-views-'));
  try {
    {
      await using first = await Fixture.start({ dataDir });
      await first.kusto.execute(database, '.create table T (id: long, at: long)');
      await first.kusto.execute(database, `.create materialized-view V on table T { ${latest} }`);
      await first.kusto.ingest(database, 'T', '1,1\n1,2');
      await first.kusto.execute(database, '.set stored_query_result R <| V');
    }
    await using second = await Fixture.start({ dataDir });
    assert.deepEqual((await second.kusto.execute(database, 'V')).rows, [[1n, 2n]]);
    assert.deepEqual((await second.kusto.execute(database, 'stored_query_result("R")')).rows, [[1n, 2n]]);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
