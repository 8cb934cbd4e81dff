import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KustoServiceError } from '../src/index.ts';
import { asking, database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows, refused } = asking(() => fixture);

before(async () => {
  fixture = await Fixture.start({ now: () => Date.UTC(2026, 0, 31) });
  await fixture.kusto.execute(database, '.create table T (a: int, b: string) with (folder = "f")');
  await fixture.kusto.execute(database, '.create table U (d: dynamic)');
  await fixture.kusto.ingest(database, 'T', '1,one\n2,two');
  await fixture.kusto.ingest(database, 'T', '3,ä');
});

after(() => fixture[Symbol.asyncDispose]());

async function record(text: string): Promise<Record<string, unknown>> {
  const { columns, rows: all } = await fixture.kusto.execute(database, text);
  const row = all[0];
  return Object.fromEntries(columns.map(({ name }, index) => [name, row?.[index]]));
}

test('.show table details: rows, extents and the bytes of the values', async () => {
  const details = await record('.show table T details');
  assert.equal(details['TotalRowCount'], 3n);
  assert.equal(details['HotRowCount'], 3n);
  assert.equal(details['TotalExtents'], 2n);
  // Three ints, and the UTF-8 of 'one', 'two', 'ä'.
  assert.equal(details['TotalOriginalSize'], 3 * 4 + 3 + 3 + 2);
  assert.equal(details['MinExtentsCreationTime'], '2026-01-31T00:00:00.0000000Z');
  assert.equal(details['Folder'], 'f');
  assert.deepEqual(Object.keys(details).slice(0, 4), ['TableName', 'DatabaseName', 'Folder', 'DocString']);
  assert.deepEqual(Object.keys(details).slice(12, 17), [
    'AuthorizedPrincipals',
    'RetentionPolicy',
    'CachingPolicy',
    'ShardingPolicy',
    'MergePolicy',
  ]);
  assert.deepEqual(
    (await rows('.show tables details')).map((row) => [row[0], row[7]]),
    [
      ['T', 3n],
      ['U', 0n],
    ],
  );
  assert.deepEqual(
    (await rows('.show tables (U) details')).map((row) => [row[0], row[19]]),
    [['U', null]],
  );
  await refused('.show table X details', /was not found/);
});

test('.show extents: one an ingestion, by table, database and cluster', async () => {
  const all = await rows('.show table T extents');
  assert.deepEqual(
    all.map((row) => [row[1], row[2], row[13]]),
    [
      [database, 'T', 2n],
      [database, 'T', 1n],
    ],
  );
  assert.deepEqual(await rows(`.show table T extents (${String(all[1]?.[0])})`), [all[1]]);
  assert.deepEqual(await rows(`.show database ${database} extents`), all);
  assert.deepEqual(await rows('.show database extents'), all);
  assert.deepEqual(await rows('.show cluster extents hot'), all);
  assert.deepEqual(await rows('T | where a == 3 | project extent_id()'), [[all[1]?.[0]]]);
  await refused('.show table T extents where tags has "x"', /no tags/);
});

test('a query over the result of a command', async () => {
  assert.deepEqual(await rows('.show tables | where TableName == "T" | project TableName, Folder'), [
    ['T', 'f'],
  ]);
  assert.deepEqual(await rows('.show tables | where TableName == "none"'), []);
  assert.deepEqual(
    await rows('// hello\n.show table T details | project TotalRowCount * 2, TotalOriginalSize'),
    [[6n, 20]],
  );
  assert.deepEqual(
    await rows(
      '.show tables\n| join kind=inner (T | where a == 1 | extend TableName = "T") on TableName | project b',
    ),
    [['one']],
  );
  assert.deepEqual(await rows('.show table T details | project MinExtentsCreationTime'), [
    ['2026-01-31T00:00:00.0000000Z'],
  ]);
  assert.deepEqual(await rows('.show databases | project IsCurrent, DatabaseName'), [[true, database]]);
  await assert.rejects(fixture.kusto.execute(database, '.show tables\n| where Nope == 1'), (error) => {
    assert.ok(error instanceof KustoServiceError);
    assert.match(error.message, /Nope.*line:position=2:9/);
    assert.deepEqual(error.span, { start: 21, length: 4 });
    return true;
  });
  await refused('.create table V (a: int) | count', /only show something/);
});

test('.show databases and .show database in all forms', async () => {
  assert.equal((await record(`.show database ${database}`))['DatabaseName'], database);
  assert.equal((await record('.show database'))['CurrentUserIsUnrestrictedViewer'], true);
  const details = await record(`.show database ${database} details`);
  assert.deepEqual([details['NumberOfTables'], details['TotalSize']], [2, 20]);
  assert.equal((await record('.show databases details'))['NumberOfTables'], 2);
  const stats = await record(`.show databases (${database}) datastats`);
  assert.deepEqual([stats['RowCount'], stats['TotalExtents']], [3n, 2n]);
  assert.equal((await record('.show database policies'))['RetentionPolicy'], 'null');
  assert.equal((await record('.show cluster databases identity'))['IsCurrent'], true);
  await refused('.show database Nope details', /Database 'Nope' was not found/);
});

test('.show database schema: flat, as JSON, as a script', async () => {
  const flat = await rows(`.show database ${database} schema`);
  assert.deepEqual(flat.map((row) => row.slice(0, 4)).slice(1), [
    [database, 'T', '', ''],
    [database, 'T', 'a', 'System.Int32'],
    [database, 'T', 'b', 'System.String'],
    [database, 'U', '', ''],
    [database, 'U', 'd', 'System.Object'],
  ]);
  const version = String(flat[0]?.[7]);
  assert.deepEqual(await rows(`.show database ${database} schema if_later_than "${version}"`), []);
  const [[json] = []] = await rows('.show schema as json');
  const schema = JSON.parse(String(json)) as {
    Databases: Record<string, { Tables: Record<string, unknown> }>;
  };
  assert.deepEqual(schema.Databases[database]?.Tables['T'], {
    Name: 'T',
    DefaultColumn: null,
    OrderedColumns: [
      { Name: 'a', Type: 'System.Int32', CslType: 'int' },
      { Name: 'b', Type: 'System.String', CslType: 'string' },
    ],
    Folder: 'f',
    DocString: '',
  });
  assert.deepEqual(await rows(`.show database ${database} schema as json`), [[json]]);
  const [[onlyFunctions] = []] = await rows(
    `.show databases (${database}) schema as json with (Functions = true)`,
  );
  assert.match(String(onlyFunctions), /"Tables":\{\}/);
  assert.deepEqual(await rows(`.show database ${database} schema as csl script`), [
    ['.create-merge table T (a:int,b:string) with (folder="f")'],
    ['.create-merge table U (d:dynamic)'],
  ]);
  assert.deepEqual(
    (await rows('.show databases entities')).map((row) => [row[1], row[2], row[7]]),
    [
      ['Table', 'T', 'a:int,b:string'],
      ['Table', 'U', 'd:dynamic'],
    ],
  );
  assert.deepEqual(
    (await rows('.show table T')).map((row) => row.slice(0, 2)),
    [
      ['a', 'Int32'],
      ['b', 'String'],
    ],
  );
  assert.deepEqual(await rows('.show table T schema as csl'), await rows('.show table T cslschema'));
});

test('policies are shown as not set, and not to be set', async () => {
  assert.deepEqual(await rows('.show table T policy caching'), [
    ['CachingPolicy', `[${database}].[T]`, 'null', '', 'Table'],
  ]);
  assert.deepEqual(
    (await rows('.show table * policy ingestiontime')).map((row) => row.slice(1, 3)),
    [
      [`[${database}].[T]`, '{"IsEnabled":true}'],
      [`[${database}].[U]`, '{"IsEnabled":true}'],
    ],
  );
  assert.deepEqual((await rows(`.show database ${database} policy retention`))[0]?.[2], 'null');
  assert.deepEqual((await rows('.show cluster policy capacity'))[0]?.[2], 'null');
  await refused('.show table T policy nonsense', /a policy is expected here/);
  await refused('.alter table T policy caching hot = 3d', /policy caching cannot be changed/);
  await refused('.alter table T policy update @"[]"', /update cannot be changed/);
  await refused('.delete table T policy streamingingestion', /needs no policy/);
  await refused(`.alter-merge database ${database} policy sharding "{}"`, /sharding cannot be changed/);
});

test('a row-level security policy is kept and shown, and hides nothing', async () => {
  const shown = async (): Promise<unknown> =>
    (await rows('.show table T policy row_level_security')).map((row) => row[2]);
  assert.deepEqual(await shown(), ['null']);
  await rows('.alter table T policy row_level_security enable "T | where false"');
  assert.deepEqual(await shown(), ['{"IsEnabled":true,"Query":"T | where false"}']);
  assert.deepEqual(
    (await rows('.show table * policy row_level_security')).map((row) => row[2]),
    ['{"IsEnabled":true,"Query":"T | where false"}', 'null'],
  );
  await rows('.alter table T policy row_level_security disable "T"');
  assert.deepEqual(await shown(), ['{"IsEnabled":false,"Query":"T"}']);
  await rows('.delete table T policy row_level_security');
  assert.deepEqual(await shown(), ['null']);
  await refused('.alter table T policy row_level_security maybe "T"', /'disable' is expected here/);
});

test('capacity, principals, ingestion failures, roles, journal', async () => {
  assert.deepEqual(await rows('.show capacity ingestions'), [
    ['ingestions', 1n, 0n, 1n, 'CapacityPolicy/Ingestion'],
  ]);
  await refused('.show capacity dances', /an operation is expected/);
  assert.deepEqual((await rows(`.show database ${database} principals`))[0]?.slice(0, 2), [
    `Database ${database} Admin`,
    'Anonymous',
  ]);
  assert.equal((await rows('.show table T principals')).length, 1);
  assert.deepEqual(await rows('.show ingestion failures'), []);
  await refused(`.add database ${database} admins ('aaduser=x')`, /no authentication/);
  await refused('.show journal', /no journal/);
});

test('what there is none of has its columns and no row', async () => {
  for (const text of [
    '.show external tables',
    '.show entity_groups',
    '.show continuous-exports',
    '.show table T ingestion mappings',
    '.show table T ingestion csv mappings',
    `.show database ${database} ingestion mappings`,
  ]) {
    const { columns, rows: none } = await fixture.kusto.execute(database, text);
    assert.ok(columns.length > 1, text);
    assert.deepEqual(none, [], text);
  }
});

test('a retention policy that is set is in the details', async () => {
  await rows('.create table Kept (a: int)');
  try {
    await rows('.alter-merge table Kept policy retention softdelete = 10d');
    const details = await record('.show table Kept details');
    assert.match(String(details['RetentionPolicy']), /"SoftDeletePeriod":"10.00:00:00"/);
    assert.equal(
      (await rows('.show table * policy retention')).filter(([, , policy]) => policy !== 'null').length,
      1,
    );
    await rows('.delete table Kept policy ingestiontime');
    assert.deepEqual((await rows('.show table Kept policy ingestiontime'))[0]?.[2], 'null');
  } finally {
    await rows('.drop table Kept');
  }
});

test('.show queries, commands and operations tell what was asked', async () => {
  await fixture.post(
    '/v2/rest/query',
    { csl: 'T | count' },
    { 'x-ms-client-request-id': 'me;1', 'x-ms-app': 'tests', 'x-ms-user': 'somebody' },
  );
  const asked = '| where ClientActivityId == "me;1" | project Text, State, Application, User, Database';
  assert.deepEqual(await rows(`.show queries ${asked}`), [
    ['T | count', 'Completed', 'tests', 'somebody', database],
  ]);
  await assert.rejects(fixture.kusto.execute(database, 'T | where nope'));
  assert.deepEqual(
    await rows('.show queries | where Text == "T | where nope" | project State, FailureReason has "nope"'),
    [['Failed', true]],
  );
  assert.deepEqual(
    await rows('.show commands | where CommandType == "show capacity ingestions" | project State'),
    [['Completed']],
  );
  const [[operation] = []] = await rows(
    '.show operations | where State == "Completed" | take 1 | project OperationId',
  );
  assert.equal((await rows(`.show operations ${String(operation)}`)).length, 1);
  assert.deepEqual(
    (await rows('.show operations | where Operation startswith "show operations" and State == "InProgress"'))
      .length,
    1,
  );
});

test('.cancel query ends the running query, and says whether there was one', async () => {
  assert.deepEqual(await rows('.cancel query "nobody"'), [['nobody', '', false]]);
  const answer = fixture.post(
    '/v2/rest/query',
    { csl: 'range a from 1 to 1000000000000000 step 1 | count' },
    { 'x-ms-client-request-id': 'slow;1' },
  );
  for (;;) {
    const running = await rows('.show running queries | where ClientActivityId == "slow;1" | project State');
    if (running.length > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(await rows('.cancel query "slow;1" with (reason = "enough")'), [
    ['slow;1', 'enough', true],
  ]);
  const response = await answer;
  assert.equal(response.status, 499);
  assert.match(await response.text(), /cancelled by the command .cancel query: enough/);
  assert.deepEqual(
    await rows(
      '.show queries | where ClientActivityId == "slow;1" | project State, FailureReason has "enough"',
    ),
    [['Canceled', true]],
  );
  assert.deepEqual(await rows('.show running queries'), []);
});
