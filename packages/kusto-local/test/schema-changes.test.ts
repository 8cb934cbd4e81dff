import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { asking, database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows, refused } = asking(() => fixture);
let time = Date.UTC(2026, 0, 31);

before(async () => {
  fixture = await Fixture.start({ now: () => (time += 1) });
});

after(() => fixture[Symbol.asyncDispose]());

beforeEach(async () => {
  await rows('.drop tables (T, U, V) ifexists');
  await rows('.create table T (a: int, b: string, c: dynamic) with (folder = "f", docstring = "d")');
  await fixture.kusto.ingest(database, 'T', '1,x,"[1]"\n2,y,');
});

async function schema(table: string): Promise<unknown> {
  const [[, csl, , folder, docString] = []] = await rows(`.show table ${table} cslschema`);
  return [csl, folder, docString];
}

/** What a change of columns may not touch: ingestion times, cursor values and extents, by rows. */
async function stamps(cursor: string): Promise<unknown> {
  return rows(
    `T | summarize count() by tostring(ingestion_time()), extent_id(), cursor_after('${cursor}') | order by count_ asc`,
  );
}

async function cursor(): Promise<string> {
  return String((await rows('print cursor_current()'))[0]?.[0]);
}

test('changes of columns keep ingestion times, cursor values and extents', async () => {
  const c0 = await cursor();
  await fixture.kusto.ingest(database, 'T', '3,z,');
  const before = await stamps(c0);
  const c1 = await cursor();
  await rows('.alter table T (c: dynamic, a: int, e: long)');
  assert.deepEqual(await stamps(c0), before);
  await rows('.alter column T.a type = long');
  await rows('.rename column T.a to k');
  await rows('.drop column T.c');
  await rows('.alter-merge table T (l: string)');
  assert.deepEqual(await stamps(c0), before);
  assert.equal(await cursor(), c1);
  assert.deepEqual(await schema('T'), ['k:long,e:long,l:string', 'f', 'd']);
});

test('.alter table: exactly these columns in this order; old values kept, new ones null', async () => {
  await rows('.alter table T (c: dynamic, n: real, s: string, a: int) with (docstring = "new")');
  assert.deepEqual(await schema('T'), ['c:dynamic,n:real,s:string,a:int', 'f', 'new']);
  assert.deepEqual(await rows('T | order by a asc'), [
    [[1], null, '', 1],
    [null, null, '', 2],
  ]);
  await refused('.alter table T (a: string)', /is of type int and cannot become string/);
  await refused('.alter table T (a: int, a: int)', 'BadRequest_EntityNameIsNotValid');
  await refused('.alter table Nope (a: int)', 'BadRequest_TableNotExist');
  await refused('.alter table T (a: int) with (x = 1)', /x is not supported/);
  assert.deepEqual(await schema('T'), ['c:dynamic,n:real,s:string,a:int', 'f', 'new']);
});

test('.alter-merge table: adds columns at the end, never changes one; not a table that is not there', async () => {
  await rows('.alter-merge table T (b: string, n: long) with (folder = "g")');
  assert.deepEqual(await schema('T'), ['a:int,b:string,c:dynamic,n:long', 'g', 'd']);
  assert.deepEqual(await rows('T | where a == 1'), [[1, 'x', [1], null]]);
  await refused('.alter-merge table T (a: long)', /use \.alter column/);
  await refused('.alter-merge table Nope (a: long)', 'BadRequest_TableNotExist');
});

test('.alter column type: what was there is null, also once the type is back', async () => {
  await rows(`.alter column ['T'].['a'] type=string`);
  assert.deepEqual(await rows('T | project a, b'), [
    ['', 'x'],
    ['', 'y'],
  ]);
  await fixture.kusto.ingest(database, 'T', 'new,z,');
  await rows('.alter column T.a type=int');
  assert.deepEqual(await rows('T | project a'), [[null], [null], [null]]);
  await rows('.alter column T.b type=string');
  assert.deepEqual((await rows('T | project b | order by b asc')).flat(), ['x', 'y', 'z']);
  await refused('.alter column T.nope type=int', /has no column 'nope'/);
  await refused('.alter column T.A type=int', /has no column 'A'/);
  await refused('.alter column T.a type=text', /a type is expected here/);
  await rows(`.alter column ${database}.T.a type=real`);
});

test('.rename column and columns: a name that differs by case, a swap, nothing else', async () => {
  await rows('.rename column T.a to A');
  await rows('.rename columns b = T.c, c = T.b');
  assert.deepEqual(await schema('T'), ['A:int,c:string,b:dynamic', 'f', 'd']);
  assert.deepEqual(await rows('T | where A == 1'), [[1, 'x', [1]]]);
  await refused('.rename column T.A to b', /twice/);
  await refused('.rename column T.A to B', /differ only in case/);
  await refused('.rename column T.nope to x', /has no column 'nope'/);
  await refused(".rename column T.A to ['$x']", 'BadRequest_EntityNameIsNotValid');
  await refused('.rename columns x = T.A', /swaps the names of two columns/);
  await refused('.rename columns b = T.A, x = T.b', /swaps the names of two columns/);
});

test('.drop column and columns; the last one stays; added again it is empty', async () => {
  await rows('.drop column T.a');
  await rows('.drop column T.a ifexists');
  await refused('.drop column T.a', /has no column 'a'/);
  await rows('.drop table T columns (c)');
  assert.deepEqual(await schema('T'), ['b:string', 'f', 'd']);
  await refused('.drop table T columns (b)', /cannot lose all its columns/);
  await refused('.drop table T columns (b, x)', /has no column 'x'/);
  await rows('.alter-merge table T (a: int)');
  assert.deepEqual(await rows('T | project a'), [[null], [null]]);
});

test('.rename table and tables: swaps, all or none, ifexists', async () => {
  await rows('.create table U (u: int)');
  assert.deepEqual(await rows('.rename tables T = U, U = T'), [
    ['T', database, '', ''],
    ['U', database, 'f', 'd'],
  ]);
  assert.deepEqual(await rows('U | count'), [[2n]]);
  await rows('.rename table U to V');
  await refused('U', /U/);
  await refused('.rename table V to T', /Two tables would have the name 'T'/);
  await refused('.rename tables X = T, Y = Nope', 'BadRequest_TableNotExist');
  await refused('.rename tables X = T, X = V', /Two tables would have the name 'X'/);
  await refused('.rename tables X = T, Y = T', /renamed twice/);
  await rows('.rename tables T = V, U = Nope ifexists, V = T');
  assert.deepEqual(await rows('T | count'), [[2n]]);
  await refused(".rename table T to ['-x']", 'BadRequest_EntityNameIsNotValid');
});

test('.create tables, .create-merge tables: all in one, or none', async () => {
  await rows('.create tables U (a: int), T (other: string), V (b: long) with (folder = "g")');
  assert.deepEqual(await schema('U'), ['a:int', 'g', '']);
  assert.deepEqual(await schema('T'), ['a:int,b:string,c:dynamic', 'f', 'd']);
  await refused('.create-merge tables W (a: int), U (a: string)', /cannot become string/);
  await refused('.show table W cslschema', 'BadRequest_TableNotExist');
  const merged = await rows('.create-merge tables U (x: guid), V (b: long)');
  assert.deepEqual(
    merged.map(([name]) => name),
    ['U', 'V'],
  );
  assert.deepEqual(await schema('U'), ['a:int,x:guid', 'g', '']);
  await refused('.create tables W (a: int), W2 (a: int, a: int)', 'BadRequest_EntityNameIsNotValid');
  await refused('.show table W cslschema', 'BadRequest_TableNotExist');
});

test('.create table based-on, docstring and folder, .undo drop table', async () => {
  await rows('.create table U based-on T');
  assert.deepEqual(await schema('U'), ['a:int,b:string,c:dynamic', 'f', 'd']);
  assert.deepEqual(await rows('U'), []);
  await refused('.create table U based-on T', /exists already/);
  await rows('.create table U based-on T ifnotexists');
  await rows(`.alter table U docstring "it's"`);
  await rows('.alter table U folder @"A\\B"');
  assert.deepEqual(await schema('U'), ['a:int,b:string,c:dynamic', 'A\\B', "it's"]);
  await rows('.drop table U');
  await refused('.undo drop table U version=v1', /a dropped table is gone/);
});

test('a query that is compiled before a change of the schema is compiled again', async () => {
  await Promise.all([
    rows('.rename column T.a to k'),
    rows('.set-or-append T <| T | project a + 10, b, c').catch(() => undefined),
    rows('.alter column T.b type = long'),
    rows('.set-or-append U <| T | count'),
  ]);
  assert.deepEqual(await schema('T'), ['k:int,b:long,c:dynamic', 'f', 'd']);
  assert.equal((await rows('U')).length, 1);
});

test('retention: set, shown, applied on demand to what was made long enough ago, never on its own', async () => {
  const policy = async (): Promise<unknown> => (await rows('.show table T policy retention'))[0]?.[2];
  assert.equal(await policy(), 'null');
  await rows('.alter table T policy retention "{}"');
  assert.equal(await policy(), '{"SoftDeletePeriod":"365000.00:00:00","Recoverability":"Enabled"}');
  await rows('.alter-merge table T policy retention softdelete = 10d recoverability = disabled');
  assert.equal(await policy(), '{"SoftDeletePeriod":"10.00:00:00","Recoverability":"Disabled"}');
  await rows('.alter table T policy retention\n```\n{ "SoftDeletePeriod": "30.00:00:00" }\n```');
  assert.equal(await policy(), '{"SoftDeletePeriod":"30.00:00:00","Recoverability":"Enabled"}');
  await rows(`.ingest inline into table T with (creationTime = "2025-12-01T00:00:00Z") <| 7,old,`);
  const c0 = await cursor();
  assert.equal((await rows('T')).length, 3);
  await rows('.create table U (a: int)');
  await rows('.append U with (creationTime = "2020-01-01") <| print int(1)');
  assert.deepEqual(await fixture.kusto.applyRetention(database), [{ table: 'T', extents: 1, rows: 1 }]);
  assert.deepEqual((await rows('T | project b | order by b asc')).flat(), ['x', 'y']);
  assert.notEqual(await cursor(), '');
  const [[seen] = []] = await rows(`T | where cursor_after('${c0}') | count`);
  assert.equal(seen, 0n);
  time += 31 * 86_400_000;
  const answer = await fixture.post(`/admin/retention?db=${database}&table=T`, {});
  assert.deepEqual(await answer.json(), { expired: [{ table: 'T', extents: 1, rows: 2 }] });
  assert.deepEqual(await rows('T'), []);
  assert.deepEqual(await rows('U'), [[1]]);
  await rows('.delete table T policy retention');
  assert.equal(await policy(), 'null');
  const plain = await fixture.post(`/admin/retention?db=${database}`, '', { 'content-type': 'text/plain' });
  assert.equal(plain.status, 400);
  assert.equal(
    (await fixture.failure('/admin/retention?db=Nope', {})).error.code,
    'BadRequest_DatabaseNotExist',
  );
  await refused('.alter table T policy retention "[]"', /is not a JSON object/);
  await refused('.alter table T policy retention "{"', /is not valid JSON/);
  await refused(`.alter table T policy retention '{"SoftDeletePeriod": "x"}'`, /is a timespan, not 'x'/);
  await refused(`.alter table T policy retention '{"Other": 1}'`, /not 'Other'/);
  await refused('.alter-merge table T policy retention softdelete = 0d', /never stored/);
});

test('the IngestionTime policy deleted: as off, shown as not set', async () => {
  await rows('.delete table T policy ingestiontime');
  assert.equal((await rows('.show table T policy ingestiontime'))[0]?.[2], 'null');
  const c0 = await cursor();
  await fixture.kusto.ingest(database, 'T', '9,z,');
  assert.equal(await cursor(), c0);
  assert.deepEqual(await rows('T | where isnull(ingestion_time()) | project a'), [[9]]);
  await rows('.alter table T policy ingestiontime true');
  await fixture.kusto.ingest(database, 'T', '10,z,');
  assert.deepEqual(await rows(`T | where cursor_after('${c0}') | project a`), [[10]]);
});

test('a restart keeps policies, extents’ ages and what was changed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kusto-local-'));
  const old = Date.UTC(2026, 0, 1);
  try {
    {
      await using first = await Fixture.start({ dataDir: folder, now: () => old });
      const run = (text: string) => first.kusto.execute(database, text);
      await run('.create table A (a: int, b: string)');
      await first.kusto.ingest(database, 'A', '1,x\n2,y');
      await run('.alter table A policy retention \'{"SoftDeletePeriod": "5.00:00:00"}\'');
      await run('.delete table A records <| A | where a == 1');
      await run('.rename table A to B');
      await run('.rename column B.a to k');
      await run('.delete table B policy ingestiontime');
    }
    await using second = await Fixture.start({ dataDir: folder, now: () => old + 6 * 86_400_000 });
    const show = async (text: string) => (await second.kusto.execute(database, text)).rows;
    assert.deepEqual(await show('B'), [[2, 'y']]);
    assert.equal((await show('.show table B policy ingestiontime'))[0]?.[2], 'null');
    await show('.append B <| print int(3), "z"');
    assert.deepEqual(await second.kusto.applyRetention(database, 'B'), [{ table: 'B', extents: 1, rows: 1 }]);
    assert.deepEqual(await show('B'), [[3, 'z']]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('.drop tables and .alter tables policy: all of them or none', async () => {
  await rows('.create table U (a: int)');
  await refused('.drop tables (T, U, Nope)', 'BadRequest_TableNotExist');
  await refused('.alter tables (T, Nope) policy ingestiontime false', 'BadRequest_TableNotExist');
  assert.equal((await rows('.show table T policy ingestiontime'))[0]?.[2], '{"IsEnabled":true}');
  assert.deepEqual(
    (await rows('.alter tables (T, U) policy ingestiontime false')).map((row) => row[2]),
    ['{"IsEnabled":false}', '{"IsEnabled":false}'],
  );
  assert.deepEqual(await rows('.drop tables (T, U, T)'), []);
});
