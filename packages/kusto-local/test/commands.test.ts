import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { KustoServiceError } from '../src/index.ts';
import { asking, database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows, refused } = asking(() => fixture);

before(async () => {
  fixture = await Fixture.start();
});

after(() => fixture[Symbol.asyncDispose]());

beforeEach(async () => {
  await fixture.kusto.execute(database, '.drop tables (T, t, U) ifexists');
});

test('.create table: the schema comes back; an existing table stays as it is', async () => {
  const created = await rows('.create table T (a: int, b: timespan) with (folder="f")');
  assert.deepEqual(JSON.parse(String(created[0]?.[1])), {
    Name: 'T',
    OrderedColumns: [
      { Name: 'a', Type: 'System.Int32', CslType: 'int' },
      { Name: 'b', Type: 'System.TimeSpan', CslType: 'timespan' },
    ],
    Folder: 'f',
    DocString: '',
  });
  assert.deepEqual(await rows('.create table T (other: string)'), created);
  assert.deepEqual(await rows('.show table T schema as json'), created);
});

test('names are case-sensitive; columns that differ only in case are refused', async () => {
  await rows('.create table T (a: int)');
  await rows('.create table t (b: string)');
  await fixture.kusto.ingest(database, 't', 'small');
  assert.deepEqual(await rows('t'), [['small']]);
  assert.deepEqual(await rows('T'), []);
  await refused('.create table U (a: int, A: int)', /differ only in case/);
  await refused('.create table U (a: int, a: int)', 'BadRequest_EntityNameIsNotValid');
  await refused(".create table ['$x'] (a: int)", 'BadRequest_EntityNameIsNotValid');
});

test('.create-merge adds columns at the end; a type cannot change', async () => {
  await rows('.create-merge table T (a: int)');
  await fixture.kusto.ingest(database, 'T', '1');
  await rows('.create-merge table T (b: string, c: long)');
  assert.deepEqual(await rows('T'), [[1, '', null]]);
  assert.deepEqual(await rows('.show table T cslschema'), [['T', 'a:int,b:string,c:long', database, '', '']]);
  await refused('.create-merge table T (a: long)', /Column 'a' of table 'T' is of type int/);
});

test('.drop table and .show tables', async () => {
  await rows('.create table T (a: int)');
  await rows('.create table U (a: int)');
  assert.deepEqual(await rows('.show tables (U)'), [['U', database, '', '']]);
  assert.deepEqual(await rows('.drop table T'), [['U', database]]);
  await refused('.drop table T', 'BadRequest_TableNotExist');
  assert.deepEqual(await rows('.drop table T ifexists'), [['U', database]]);
  await refused('.show table T cslschema', 'BadRequest_TableNotExist');
});

test('.ingest inline: formats, the extent, properties not known', async () => {
  await rows('.create table T (a: int, b: string, c: dynamic)');
  const [[extent] = []] = await rows(
    '.ingest inline into table T <|\n1,"x, y","{""k"": [1]}"\n2,"two\nlines"',
  );
  assert.deepEqual(await rows('T | where extent_id() == guid(' + String(extent) + ') | project a, b, c'), [
    [1, 'x, y', { k: [1] }],
    [2, 'two\nlines', null],
  ]);
  await rows('.ingest inline into table T with (format=psv, ignoreFirstRecord=true) <| a|b|c\n3|p|5');
  await rows('.ingest inline into table T with (format="json") <| {"c": {"n": 1e2}, "a": 4}');
  await rows('.ingest inline into table T with (format=tsv) <|5\tfive');
  assert.deepEqual(await rows('T | where a > 2 | order by a asc'), [
    [3, 'p', 5],
    [4, '', { n: 100 }],
    [5, 'five', null],
  ]);
  await refused('.ingest inline into table T with (format=parquet) <| x', 'BadRequest_FormatNotSupported');
  await refused(
    '.ingest inline into table T with (ingestionMapping="[]") <| x',
    'BadRequest_IngestionPropertyNotSupportedInThisContext',
  );
  await refused(
    '.ingest inline into table T with (ignoreFirstRecord=maybe) <| x',
    'BadRequest_MalformedIngestionProperty',
  );
  await refused('.ingest inline into table Nope <| x', 'BadRequest_TableNotExist');
});

test('.set, .append and .set-or-append', async () => {
  await refused('.append T <| print a = 1', 'BadRequest_TableNotExist');
  const set = await rows('.set T with (folder="f") <| range a from 1 to 3 step 1');
  assert.equal(set[0]?.[5], 3n);
  assert.deepEqual(await rows('.show tables (T)'), [['T', database, 'f', '']]);
  await refused('.set T <| print a = 1', /exists already/);
  await rows('.append T <| print 4');
  await rows('.set-or-append T <| T | project a = a * 10');
  assert.deepEqual((await rows('T | order by a asc')).flat(), [1, 2, 3, 4, 10, 20, 30, 40].map(BigInt));
  await refused(
    '.append T <| print "text"',
    /Query schema does not match table schema. QuerySchema=\(string\)/,
  );
  await refused('.append T <| Nope', /Nope/);
  // All or nothing: the table of a .set whose query breaks is not there.
  await refused(
    '.set U <| range a from 1 to 300000 step 1 | extend b = a + iff(a == 250000, 9223372036854775807, 0)',
    /does not fit a long/,
  );
  await refused('.show table U cslschema', 'BadRequest_TableNotExist');
});

test('databases: each has its tables; commands without one need none', async () => {
  await rows('.create database Extra', 'no such database');
  await refused('.create database Extra', /exists already/);
  await rows('.create database Extra ifnotexists');
  await rows('.create table OnlyHere (a: int)', 'Extra');
  assert.deepEqual(await rows('.show tables', 'Extra'), [['OnlyHere', 'Extra', '', '']]);
  const shown = await rows('.show databases', 'Extra');
  assert.deepEqual(
    shown.map(([name, , , current]) => [name, current]),
    [
      [database, false],
      ['Extra', true],
    ],
  );
  await assert.rejects(fixture.kusto.execute('extra', 'OnlyHere'), /Database 'extra' was not found/);
  await rows('.drop database Extra');
  await assert.rejects(fixture.kusto.execute('Extra', 'OnlyHere'), /Database 'Extra' was not found/);
  await refused('.drop database Extra', 'BadRequest_DatabaseNotExist');
  await rows('.drop database Extra ifexists');
});

test('.alter and .show table policy ingestiontime, .show cluster, .show version', async () => {
  await rows('.create table T (a: int)');
  const policy = async (): Promise<unknown> => (await rows('.show table T policy ingestiontime'))[0]?.[2];
  assert.equal(await policy(), '{"IsEnabled":true}');
  await rows('.alter tables (T) policy ingestiontime false');
  assert.equal(await policy(), '{"IsEnabled":false}');
  assert.equal((await rows('.show cluster', '')).length, 1);
  assert.equal((await rows('.show version', ''))[0]?.[2], 'KustoLocal');
});

test('files and networks are out of reach of a query', async () => {
  await assert.rejects(
    fixture.kusto.execute(database, 'externaldata(a: string)["/etc/passwd"]'),
    KustoServiceError,
  );
});
