import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { asServiceError } from '../src/service-errors.ts';
import { KustoServiceError } from '../src/index.ts';
import { asking, database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows, refused } = asking(() => fixture);

before(async () => {
  fixture = await Fixture.start();
});

after(() => fixture[Symbol.asyncDispose]());

/** T has two extents: 1 and 2, 3 and 4. */
beforeEach(async () => {
  await rows('.drop tables (T, U, V) ifexists');
  await rows('.create table T (id: long, name: string)');
  await fixture.kusto.ingest(database, 'T', '1,a\n2,b');
  await fixture.kusto.ingest(database, 'T', '3,c\n4,d');
});

async function ids(query: string): Promise<number[]> {
  return (await rows(query)).map(([id]) => Number(id)).sort((a, b) => a - b);
}

async function cursor(): Promise<string> {
  return String((await rows('print cursor_current()'))[0]?.[0]);
}

/** Each record's ingestion time, extent, and whether a reader at `from` sees it as new. */
async function records(
  table: string,
  from: string,
): Promise<Map<number, readonly [string, string, boolean]>> {
  const found = await rows(
    `${table} | project id, tostring(ingestion_time()), tostring(extent_id()), cursor_after('${from}')`,
  );
  return new Map(
    found.map(([id, time, extent, isNew]) => [Number(id), [String(time), String(extent), isNew === true]]),
  );
}

test('soft delete: survivors keep time and cursor value in a new extent; the cursor stands still', async () => {
  const c0 = await cursor();
  const before = await records('T', '');
  const replaced = await rows('.delete table T records <| T | where id == 1');
  assert.equal(replaced.length, 1);
  const [original, result, count] = replaced[0] ?? [];
  assert.equal(count, 1n);
  assert.equal(original, before.get(1)?.[1]);
  const after = await records('T', c0);
  assert.deepEqual([...after.keys()].sort(), [2, 3, 4]);
  assert.deepEqual(after.get(2), [before.get(2)?.[0], result, false]);
  assert.deepEqual(after.get(3), [before.get(3)?.[0], before.get(3)?.[1], false]);
  assert.equal(await cursor(), c0);
  assert.deepEqual(await rows('.delete table T records <| T | where id == 1'), []);
  // An extent of which nothing is left.
  const last = await rows('.delete table T records <| T | extend n = id + 1 | where n == 3 | project name');
  assert.deepEqual(last, [[result, '', 1n]]);
  assert.deepEqual(await ids(`T | where cursor_after('')`), [3, 4]);
});

test('soft delete: whatif tells the records and deletes none', async () => {
  const before = await records('T', '');
  const told = await rows('.delete table T records with (whatif = true) <| T | where id in (1, 3, 4)');
  assert.deepEqual(told, [
    [before.get(1)?.[1], 1n],
    [before.get(3)?.[1], 2n],
  ]);
  assert.deepEqual(await records('T', ''), before);
});

test('soft delete: rows of the same values are told apart; a null time stays null', async () => {
  await rows('.alter table T policy ingestiontime false');
  await fixture.kusto.ingest(database, 'T', '3,c\n5,e');
  await rows('.delete table T records <| T | where id == 3 and isnotnull(ingestion_time())');
  assert.deepEqual(await ids('T'), [1, 2, 3, 4, 5]);
  await rows('.delete table T records <| T | where id == 5');
  assert.deepEqual(await ids('T | where isnull(ingestion_time())'), [3]);
  await rows('.delete table T records <| T | where true | order by id asc | take 1');
  assert.deepEqual(await ids('T'), [2, 3, 4]);
});

test('soft delete: predicates that the service does not take are refused where they break the rule', async () => {
  await rows('.create table U (id: long)');
  const cases: readonly [string, RegExp, string][] = [
    ['T', /has at least one where/, 'T'],
    ['T | where id == 1 | summarize count()', /has the operators where, extend/, 'summarize'],
    ['U | where id == 1', /starts with the table itself, 'T'/, 'U'],
    ['T | where id in (U)', /refers to no table but 'T'/, 'U)'],
    ['T | where id == 1 | distinct id', /has the operators/, 'distinct'],
    ['T | where nope == 1', /nope/, 'nope'],
    ['let X = T | where id == 1; X | count', /has the operators/, 'count'],
    ['print 1', /starts with the table itself|at least one where/, 'print'],
  ];
  for (const [predicate, message, place] of cases) {
    const text = `.delete table T records\n<| ${predicate}`;
    await assert.rejects(fixture.kusto.execute(database, text), (error) => {
      assert.ok(error instanceof KustoServiceError);
      assert.match(error.message, message, predicate);
      assert.equal(error.span?.start, text.lastIndexOf(place), predicate);
      return true;
    });
  }
  await refused('.delete async table T records <| T | where true', /leave "async" out/);
  await refused('.delete table Nope records <| Nope | where true', 'BadRequest_TableNotExist');
  assert.deepEqual(await ids('T'), [1, 2, 3, 4]);
  await rows('.delete table T records <| let n = toscalar(T | summarize max(id)); T | where id == n');
  assert.deepEqual(await ids('T'), [1, 2, 3]);
});

test('update: what is deleted vanishes, what is appended is new, in one commit', async () => {
  const c0 = await cursor();
  const before = await records('T', '');
  const text = `let D = T | where id >= 2 | where id <= 3;
    let A = D | extend name = strcat(name, '!');`;
  const told = await rows(`.update table T delete D append A with (whatif=true) <| ${text}`);
  assert.deepEqual(
    told.map(([table, action, , count]) => [table, action, count]),
    [
      ['T', 'Delete', 1n],
      ['T', 'Delete', 1n],
      ['T', 'Create', 2n],
    ],
  );
  assert.deepEqual(await records('T', ''), before);
  assert.equal(await cursor(), c0);
  await rows(`.update table T delete D append A <| ${text}`);
  assert.deepEqual(await rows('T | order by id asc'), [
    [1n, 'a'],
    [2n, 'b!'],
    [3n, 'c!'],
    [4n, 'd'],
  ]);
  const after = await records('T', c0);
  assert.deepEqual(
    [...after].filter(([, [, , isNew]]) => isNew).map(([id]) => id),
    [2, 3],
  );
  assert.equal(after.get(1)?.[0], before.get(1)?.[0]);
  assert.equal(new Set([2, 3].map((id) => after.get(id)?.[1])).size, 1);
  assert.deepEqual(
    await ids(`T | where cursor_after('${c0}') and cursor_before_or_at('${await cursor()}')`),
    [2, 3],
  );
});

test('update: a second table, rows without a match, an append that fails changes nothing', async () => {
  const upsert = `let A = datatable(id: long, name: string) [2, 'two', 9, 'nine'];
    let D = T | join kind=leftsemi A on id | where true // the last one has no semicolon`;
  await rows(`.update table T delete D append A <|\n${upsert}`);
  assert.deepEqual(await rows('T | order by id asc'), [
    [1n, 'a'],
    [2n, 'two'],
    [3n, 'c'],
    [4n, 'd'],
    [9n, 'nine'],
  ]);
  const c0 = await cursor();
  await refused(
    '.update table T delete D append A <| let D = T | where true; let A = T | project name, id;',
    /Query schema does not match/,
  );
  await refused(
    '.update table T delete D append A <| let D = T | where true; let A = T | extend id = tolong(id + 9223372036854775807);',
    /does not fit a long/,
  );
  await refused(
    '.update table T delete D append A <| let D = T | where true | join kind=inner T on id; let A = T;',
    /keeps the records of 'T'/,
  );
  await refused('.update table T delete D append A <| let D = T; let A = T;', /at least one where/);
  await refused('.update table T delete D append B <| let D = T | where true; let A = T;', /B/);
  assert.equal(await cursor(), c0);
  assert.deepEqual(await ids('T'), [1, 2, 3, 4, 9]);
  // Nothing to delete and nothing to append is a change of nothing.
  assert.deepEqual(
    await rows('.update table T delete D append A <| let D = T | where false; let A = T | where false;'),
    [],
  );
});

test('update … move: the rows of the staging table come in with the time they had', async () => {
  await rows('.create table U (id: long, name: string)');
  await fixture.kusto.ingest(database, 'U', '2,two\n9,nine');
  const c0 = await cursor();
  await fixture.kusto.ingest(database, 'T', '5,e');
  const c1 = await cursor();
  await rows('.update table T delete D move U <| let D = T | where id in (U | project id);');
  assert.deepEqual(await ids('T'), [1, 2, 3, 4, 5, 9]);
  assert.deepEqual(await rows('U'), []);
  assert.deepEqual(await rows('T | where id == 2 | project name'), [['two']]);
  // Behind a cursor that was taken before: a reader there never sees them.
  assert.deepEqual(await ids(`T | where cursor_after('${c0}')`), [5]);
  assert.deepEqual(await ids(`T | where cursor_after('${c1}')`), []);
});

test('clear, drop extents: rows vanish without a trace in the windows', async () => {
  const c0 = await cursor();
  const before = await records('T', '');
  const first = String(before.get(1)?.[1]);
  const pretended = await rows(
    `.drop extents whatif <| T | where id == 3 | project ExtentId = extent_id(), TableName = 'T'`,
  );
  assert.deepEqual(
    pretended.map(([id, table]) => [id, table]),
    [[before.get(3)?.[1], 'T']],
  );
  assert.deepEqual(await ids('T'), [1, 2, 3, 4]);
  const dropped = await rows(`.drop extents (${first}) from T`);
  assert.deepEqual(
    dropped.map(([id, table]) => [id, table]),
    [[first, 'T']],
  );
  assert.match(String(dropped[0]?.[2]), /^20\d\d-/);
  assert.deepEqual(await ids('T'), [3, 4]);
  await refused(`.drop extent ${first} from T`, /was not found in table 'T'/);
  await refused('.drop extents (nope) from T', /a guid, is expected here/);
  await refused('.drop extents from T trim by extentsize 10 MB', /by their size is not supported/);
  await refused('.drop extents <| T | project ExtentId = extent_id()', /'ExtentId' and 'TableName'/);
  await fixture.kusto.ingest(database, 'T', '5,e');
  assert.deepEqual((await rows('.drop extents from T limit 1')).length, 1);
  assert.deepEqual(await ids('T'), [5]);
  assert.deepEqual(await rows('.drop-pretend extents older 1 days from all tables'), []);
  await rows('.drop extents <| .show table T extents | project ExtentId, TableName');
  assert.deepEqual(await ids('T'), []);
  await fixture.kusto.ingest(database, 'T', '6,f');
  const c1 = await cursor();
  await rows('.clear table T data');
  assert.deepEqual(await ids('T'), []);
  assert.equal(await cursor(), c1);
  assert.notEqual(c0, c1);
  await fixture.kusto.ingest(database, 'T', '7,g');
  assert.deepEqual(await ids(`T | where cursor_after('${c1}')`), [7]);
});

test('move extents: the old times come along, or new ones with setNewIngestionTime', async () => {
  await rows('.create table U (extra: int, name: string, id: long)');
  const before = await records('T', '');
  const c0 = await cursor();
  const first = String(before.get(1)?.[1]);
  const moved = await rows(`.move extents from table T to table U (${first.toUpperCase()})`);
  assert.deepEqual([moved.length, moved[0]?.[0], moved[0]?.[2]], [1, first, '']);
  assert.deepEqual(await ids('T'), [3, 4]);
  assert.deepEqual(await rows('U | order by id asc'), [
    [null, 'a', 1n],
    [null, 'b', 2n],
  ]);
  const there = await records('U', c0);
  assert.deepEqual(there.get(1), [before.get(1)?.[0], moved[0]?.[1], false]);
  assert.equal(await cursor(), c0);
  await rows('.move extents all from table T to table U with (setNewIngestionTime=true)');
  assert.deepEqual(await ids(`U | where cursor_after('${c0}') | project id`), [3, 4]);
  assert.deepEqual(await ids('U | project id'), [1, 2, 3, 4]);
  assert.deepEqual(await rows('.move extents all from table T to table U'), []);
  await refused('.move extents all from table U to table T', /Table 'T' has no column 'extra'/);
  await refused('.move extents all from table T to table T', /to itself/);
  await refused('.move async extents all from table T to table U', /leave "async" out/);
  await rows('.alter table U policy ingestiontime false');
  await fixture.kusto.ingest(database, 'T', '5,e');
  await refused(
    '.move extents all from table T to table U with (setNewIngestionTime=true)',
    /needs the IngestionTime policy/,
  );
  assert.deepEqual(await ids('T'), [5]);
  assert.deepEqual(
    await rows('.move extents all from table T to table U with (extentCreatedOnTo=datetime(2020-01-01))'),
    [],
  );
  await rows(
    ".move extents to table U <| T | where id == 5 | summarize by ExtentId = extent_id(), TableName = 'T'",
  );
  assert.deepEqual(await ids('U | project id'), [1, 2, 3, 4, 5]);
});

test('replace extents: what is dropped and what comes in, at once', async () => {
  await rows('.create table U (id: long, name: string)');
  await fixture.kusto.ingest(database, 'U', '9,old');
  const [[old] = []] = await rows('U | project tostring(extent_id())');
  const c0 = await cursor();
  const answer = await rows(`.replace extents in table U <| { print ExtentId = "${String(old)}" },
    { T | where name == 'a' | summarize by ExtentId = extent_id(), TableName = 'T' }`);
  assert.equal(answer.length, 2);
  assert.deepEqual(answer[0], [old, '', '']);
  assert.deepEqual(await ids('U'), [1, 2]);
  assert.deepEqual(await ids('T'), [3, 4]);
  assert.deepEqual(await ids(`U | where cursor_after('${c0}')`), []);
  await refused(
    `.replace extents in table U <| { print ExtentId = "${String(old)}" }, { .show table T extents }`,
    /was not found in table 'U'/,
  );
  assert.deepEqual(await ids('T'), [3, 4]);
  await rows(
    '.replace extents in table U with (setNewIngestionTime = true) <| { .show table U extents }, { .show table T extents }',
  );
  assert.deepEqual(await ids('U'), [3, 4]);
  assert.deepEqual(await ids(`U | where cursor_after('${c0}')`), [3, 4]);
});

test('purge: the single step; survivors keep their times; other predicates are refused', async () => {
  const c0 = await cursor();
  const before = await records('T', '');
  const [answer] = await rows(
    `.purge table T records in database ${database} with (noregrets='true') <| where id in (1, 4)`,
  );
  assert.deepEqual([answer?.[1], answer?.[2], answer?.[7]], [database, 'T', 'Completed']);
  const after = await records('T', c0);
  assert.deepEqual([...after.keys()].sort(), [2, 3]);
  assert.deepEqual([after.get(2)?.[0], after.get(2)?.[2]], [before.get(2)?.[0], false]);
  assert.notEqual(after.get(2)?.[1], before.get(2)?.[1]);
  assert.equal(await cursor(), c0);
  await refused('.purge table T records <| where id == 2', /noregrets/);
  const purge = ".purge table T records with (noregrets='true') <|";
  await refused(`${purge} where id == 2 | where name == 'b'`, /has one where/, "where name == 'b'");
  await refused(`${purge} where ingestion_time() > ago(1d)`, /uses no system functions/, 'ingestion_time()');
  await refused(`${purge} where id == 2 | project id`, /operators where only/, 'project');
  assert.deepEqual(await ids('T'), [2, 3]);
});

test('.set-or-replace: the query still sees the old rows; all or nothing; the new ones are new', async () => {
  const c0 = await cursor();
  await rows('.set-or-replace T <| T | where id > 2 | extend id = id * 10');
  assert.deepEqual(await ids('T'), [30, 40]);
  assert.deepEqual(await ids(`T | where cursor_after('${c0}')`), [30, 40]);
  const extents = await rows('T | summarize by extent_id()');
  assert.equal(extents.length, 1);
  await refused('.set-or-replace T <| T | extend id = id + 9223372036854775807', /does not fit a long/);
  await refused('.set-or-replace T <| T | project name', /does not match table schema/);
  await refused('.set-or-replace T <| .show tables', /a command is not supported as a source/);
  assert.deepEqual(await ids('T'), [30, 40]);
  const c1 = await cursor();
  await rows('.set-or-replace T <| T | where false');
  assert.deepEqual(await ids('T'), []);
  assert.equal(await cursor(), c1);
  await rows('.set-or-replace U with (folder = "f") <| range id from 1 to 2 step 1');
  assert.deepEqual(await ids('U'), [1, 2]);
});

test('.set-or-replace, .append: extend_schema adds columns at the end, recreate_schema takes the query’s', async () => {
  await rows('.append T with (extend_schema = true) <| print id = 5, name = "e", more = 1.5');
  assert.deepEqual(await rows('T | where id >= 4 | order by id asc'), [
    [4n, 'd', null],
    [5n, 'e', 1.5],
  ]);
  await refused('.append T with (recreate_schema = true) <| print 1', /recreate_schema is not supported/);
  await refused(
    '.append T with (extend_schema = true) <| print 5, "e", 1.5, name = 2',
    /has a column 'name' already/,
  );
  await rows(
    '.set-or-replace T with (recreate_schema = true, docstring = "new") <| T | project up = toupper(name)',
  );
  assert.deepEqual((await rows('T | order by up asc')).flat(), ['A', 'B', 'C', 'D', 'E']);
  assert.deepEqual(await rows('.show table T cslschema'), [['T', 'up:string', database, '', 'new']]);
});

test('dropped and created again: another table, without rows; rows of a swap keep their cursor values', async () => {
  const first = (await rows('.show table T details'))[0];
  await rows('.drop table T');
  await rows('.create table T (id: long, name: string)');
  const second = (await rows('.show table T details'))[0];
  assert.notDeepEqual(first, second);
  assert.deepEqual(await ids('T'), []);
  await rows('.create table U (id: long, name: string)');
  await fixture.kusto.ingest(database, 'U', '1,u');
  const c0 = await cursor();
  await fixture.kusto.ingest(database, 'T', '2,t');
  await rows('.rename tables T = U, U = T');
  assert.deepEqual(await ids('T'), [1]);
  assert.deepEqual(await ids('U'), [2]);
  // What came in by the swap is behind a cursor that was taken before.
  assert.deepEqual(await ids(`T | where cursor_after('${c0}')`), []);
});

test('extents show when they were made; queries of a table that changed under them say so', async () => {
  await rows('.ingest inline into table T with (creationTime = "2020-01-02") <| 9,old');
  await rows('.delete table T records <| T | where id == 1');
  const shown = await rows(
    '.show table T extents | project MinCreatedOn, RowCount | order by MinCreatedOn asc',
  );
  assert.deepEqual(shown[0], ['2020-01-02T00:00:00.0000000Z', 1n]);
  assert.deepEqual(shown.map(([, count]) => count).sort(), [1n, 1n, 2n]);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const failed: unknown = await connection.run('SELECT * FROM main."t7"').catch((error: unknown) => error);
  connection.closeSync();
  instance.closeSync();
  const told = asServiceError(failed);
  assert.match(told.message, /was changed or dropped while the query was compiled/);
  assert.equal(told.permanent, false);
});

test('under a cursor lag, moved rows with a new ingestion time wait for their cursor value as ingested ones do', async () => {
  await using late = await Fixture.start({ cursorLagMs: 60_000 });
  const run = async (text: string) => (await late.kusto.execute(database, text)).rows;
  await run('.create tables A (id: long), B (id: long)');
  await late.kusto.ingest(database, 'A', '1\n2');
  await late.kusto.commitCursors();
  const c0 = String((await run('print cursor_current()'))[0]?.[0]);
  await run('.delete table A records <| A | where id == 1');
  await run('.move extents all from table A to table B with (setNewIngestionTime = true)');
  await late.kusto.ingest(database, 'A', '3');
  await run('.move extents all from table A to table B');
  assert.deepEqual((await run('B | order by id asc')).flat(), [2n, 3n]);
  assert.deepEqual(await run(`B | where cursor_after('${c0}')`), []);
  await late.kusto.commitCursors();
  assert.deepEqual((await run(`B | where cursor_after('${c0}') | order by id asc`)).flat(), [2n, 3n]);
});

test('a reader beside the changes sees all of a change or nothing of it', async () => {
  await rows('.set-or-replace T <| range id from 1 to 200 step 1 | extend name = "v0"');
  const state = { isChanging: true };
  const changes = (async () => {
    for (let version = 1; version <= 10; version += 1) {
      await rows(
        `.update table T delete D append A <| let D = T | where true; let A = T | extend name = "v${version}";`,
      );
      await rows(`.set-or-replace T <| T | extend name = "r${version}"`);
    }
  })().finally(() => (state.isChanging = false));
  let reads = 0;
  while (state.isChanging) {
    const seen = await rows('T | summarize count(), dcount(id), dcount(name), dcount(extent_id())');
    assert.deepEqual(seen, [[200n, 200n, 1n, 1n]]);
    reads += 1;
  }
  await changes;
  assert.ok(reads > 5, `${reads} reads`);
});
