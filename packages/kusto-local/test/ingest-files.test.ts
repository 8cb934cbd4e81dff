import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { asking, database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows, refused } = asking(() => fixture);
let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'kusto-local-files-'));
  await mkdir(join(root, 'open'));
  await mkdir(join(root, 'open-not'));
  fixture = await Fixture.start({ allowedFolders: [join(root, 'open')] });
});

after(async () => {
  await fixture[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

beforeEach(async () => {
  await rows('.drop table T ifexists');
  await rows('.create table T (id: long, name: string, at: datetime, d: dynamic)');
});

async function file(name: string, data: string | Uint8Array): Promise<string> {
  const path = join(root, 'open', name);
  await writeFile(path, data);
  return path;
}

test('files of one command are one commit, each in its format, with the value rules of inline data', async () => {
  const csv = await file('a.csv', '\uFEFFid,name\n1,"x, ""y""\nz",2026-01-31,"{""k"": 1}"\nnope,b,nope,[1\n');
  const tsv = await file('b.tsv', 'h\n3\tc\r\n');
  const answer = await fixture.kusto.execute(
    database,
    `.ingest into table T (h@'${csv}', "file://${tsv}") with (ignoreFirstRecord = true)`,
  );
  assert.deepEqual(
    answer.columns.map(({ name, type }) => `${name}:${type}`),
    ['ExtentId:guid', 'ItemLoaded:string', 'Duration:timespan', 'HasErrors:bool', 'OperationId:guid'],
  );
  assert.deepEqual(await rows('T | order by id asc nulls last'), [
    [1n, 'x, "y"\nz', '2026-01-31T00:00:00.0000000Z', { k: 1 }],
    [3n, 'c', null, null],
    [null, 'b', null, '[1'],
  ]);
  assert.deepEqual(await rows('T | summarize dcount(extent_id()), dcount(ingestion_time())'), [[1n, 1n]]);
  assert.deepEqual(await rows('T | where extent_id() == guid(' + String(answer.rows[0]?.[0]) + ') | count'), [
    [3n],
  ]);
});

test('gzip, JSON in lines and as one array, txt, raw', async () => {
  const lines = await file('c.json.gz', gzipSync('{"id": 1, "d": {"a": [1]}}\n{"id": 2}'));
  const array = await file('d.multijson', '[\n{"id": 3, "name": "ä"},\n {"id": 4}]\n');
  await rows(`.ingest into table T ('${lines}')`);
  await rows(`.ingest into table T ('${array}')`);
  assert.deepEqual(await rows('T | order by id asc | project id, name, d'), [
    [1n, '', { a: [1] }],
    [2n, '', null],
    [3n, 'ä', null],
    [4n, '', null],
  ]);
  await rows('.create table Texts (line: string)');
  const text = await file('e.log', 'one\r\n\ntwo');
  await rows(`.ingest into table Texts ('${text}') with (format = txt)`);
  await rows(`.ingest into table Texts ('${text}') with (format = raw)`);
  assert.deepEqual((await rows('Texts')).flat(), ['one', 'two', 'one\r\n\ntwo']);
  await rows('.drop table Texts');
});

test('Parquet: by column name, nested values, what is no value of the type is null', async () => {
  const path = join(root, 'open', 'f.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT * FROM (VALUES
      ({'k': [1, 2]}, TIMESTAMP '2026-01-31 12:00:00.123456', 'x', 7::BIGINT, 1.5),
      (NULL, NULL, NULL, NULL, NULL)) AS t(d, "at", name, id, other)) TO '${path}' (FORMAT parquet)`);
  await connection.run(`COPY (SELECT 'text' AS id, TIMESTAMPTZ '2026-01-31 12:00:00+02' AS "at", 2.5 AS d)
      TO '${join(root, 'open', 'g.parquet')}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  await rows(`.ingest into table T ('${path}', '${join(root, 'open', 'g.parquet')}')`);
  assert.deepEqual(await rows('T | order by name desc, at desc'), [
    [7n, 'x', '2026-01-31T12:00:00.1234560Z', { k: [1, 2] }],
    [null, '', '2026-01-31T10:00:00.0000000Z', 2.5],
    [null, '', null, null],
  ]);
  await refused(
    `.ingest into table T ('${await file('h.parquet', 'no parquet')}')`,
    /cannot be read as Parquet/,
  );
});

test('Parquet: what its folders are called is no data', async () => {
  const folder = join(root, 'open', 'id=5', 'name=folder');
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'f.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT 'inside' AS name) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  await rows('.create table Partitioned (id: long, name: string)');
  await rows(`.ingest into table Partitioned ('${path}')`);
  assert.deepEqual(await rows('Partitioned'), [[null, 'inside']]);
  await rows('.drop table Partitioned');
});

test('only files of the allowed folders, wherever links lead', async () => {
  const outside = join(root, 'open-not', 'secret.csv');
  await writeFile(outside, '1,secret');
  await symlink(outside, join(root, 'open', 'link.csv'));
  await symlink(join(root, 'open-not'), join(root, 'open', 'folder'));
  const inside = await file('ok.csv', '1,fine');
  await symlink(inside, join(root, 'open', 'good-link.csv'));
  const none = /no file '.*' in a folder that this endpoint may read/;
  for (const path of [
    outside,
    join(root, 'open', 'link.csv'),
    join(root, 'open', 'folder', 'secret.csv'),
    `${join(root, 'open')}/../open-not/secret.csv`,
    join(root, 'open', 'missing.csv'),
    join(root, 'open'),
  ]) {
    await refused(`.ingest into table T ('${path}') with (format = csv)`, none);
  }
  await mkdir(join(root, 'open', 'sub'), { recursive: true });
  await refused(`.ingest into table T ('${join(root, 'open', 'sub')}') with (format = csv)`, /is not a file/);
  await rows(`.ingest into table T ('${join(root, 'open', 'good-link.csv')}')`);
  assert.deepEqual(await rows('T | project name'), [['fine']]);
  for (const uri of ['https://h/c/f.csv', 'abfss://c@h/f.csv', 'http://127.0.0.1/f.csv'])
    await refused(`.ingest into table T (h'${uri}?sig=1')`, /reads no https? storage|reads no abfss storage/);
  await refused(`.ingest into table T ('ok.csv')`, /not an absolute path/);
  await using closed = await Fixture.start();
  await closed.kusto.execute(database, '.create table T (id: long)');
  await assert.rejects(
    closed.kusto.execute(database, `.ingest into table T ('${inside}')`),
    /--allow-folder/,
  );
});

test('a file that breaks leaves nothing; what is not supported is refused', async () => {
  const good = await file('good.csv', '1,a');
  const broken = await file('broken.csv', '2,b\n3,"c');
  await refused(`.ingest into table T ('${good}', '${broken}')`, /a quote is not closed in record 2/);
  await refused(
    `.ingest into table T ('${await file('bad.json', '{"id": 1}\n{"id"')}')`,
    /record 2 is not valid JSON/,
  );
  await refused(`.ingest into table T ('${await file('bad.csv.gz', 'no gzip')}')`, /not valid gzip/);
  assert.deepEqual(await rows('T'), []);
  await refused(`.ingest async into table T ('${good}')`, /leave "async" out/);
  await refused(
    `.ingest into table T ('${good}') with (ingestionMapping = "[]")`,
    /ingestionmapping is not supported/,
  );
  await refused(`.ingest into table T ('${good}') with (format = orc)`, /"orc" is not supported/);
  await refused(`.ingest into table T ('${await file('x.dat', '1')}')`, /The format of '.*' is not known/);
  await refused(`.ingest into table T ('${await file('x.zip', '1')}')`, /Zip archives are not supported/);
  await refused(`.ingest into table Nope ('${good}')`, /was not found/);
});
