import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;

before(async () => {
  fixture = await Fixture.start();
  // The compiler is warm before writers run against readers.
  await cursorOf(fixture);
});

after(() => fixture[Symbol.asyncDispose]());

async function cursorOf(endpoint: Fixture): Promise<string> {
  const { rows } = await endpoint.kusto.execute(database, 'print cursor_current()');
  return String(rows[0]?.[0]);
}

async function ids(endpoint: Fixture, query: string): Promise<bigint[]> {
  return (await endpoint.kusto.execute(database, query)).rows.map(([id]) => id as bigint);
}

test('windows (c0, c1] hold every row once while ten writers ingest', async () => {
  await fixture.kusto.execute(database, '.create table Tiles (Id: long, Writer: int)');
  let writing = true;
  const writers = Promise.all(
    Array.from({ length: 10 }, async (_, writer) => {
      for (let round = 0; round < 20; round += 1) {
        const rows = Array.from({ length: 5 }, (_row, row) => ({
          Id: (writer * 20 + round) * 5 + row,
          Writer: writer,
        }));
        await fixture.kusto.ingest(database, 'Tiles', rows);
      }
    }),
  ).then(() => (writing = false));
  const seen: bigint[] = [];
  let windows = 0;
  let from = '';
  for (let last = false; !last;) {
    last = !writing;
    const to = await cursorOf(fixture);
    const window = `Tiles | where cursor_after('${from}') and cursor_before_or_at('${to}') | project Id`;
    const found = await ids(fixture, window);
    seen.push(...found);
    if (found.length > 0) windows += 1;
    // A window that was read once never changes.
    if (windows % 5 === 0) assert.deepEqual((await ids(fixture, window)).sort(), [...found].sort());
    from = to;
  }
  await writers;
  assert.ok(windows > 1, `${windows} windows`);
  assert.equal(seen.length, 1000);
  assert.equal(new Set(seen).size, 1000);
});

test('the cursor that a filtered answer carries tiles exactly as well', async () => {
  await fixture.kusto.execute(database, '.create table Returned (Id: long)');
  let next = 0;
  let writing = true;
  const writer = (async () => {
    for (; next < 300; next += 1) await fixture.kusto.ingest(database, 'Returned', [{ Id: next }]);
    writing = false;
  })();
  const seen: number[] = [];
  let cursor = '';
  for (let last = false; !last;) {
    last = !writing;
    const text = await fixture.query(`Returned | where cursor_after('${cursor}') | project Id`);
    const frames = JSON.parse(text) as { Rows: unknown[][] }[];
    seen.push(...(frames[2]?.Rows ?? []).map(([id]) => Number(id)));
    const row = frames[1]?.Rows.find(([, key]) => key === 'Cursor');
    cursor = (JSON.parse(String(row?.[2])) as { Cursor: string }).Cursor;
  }
  await writer;
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    Array.from({ length: 300 }, (_, id) => id),
  );
});

test('one ingestion has one ingestion time, one extent, one cursor value; a failed or empty one has none', async () => {
  await fixture.kusto.execute(database, '.create table Atomic (Id: long, D: dynamic)');
  const c0 = await cursorOf(fixture);
  assert.match(c0, /^\d{18}$/);
  const empty = await fixture.kusto.ingest(database, 'Atomic', '');
  assert.deepEqual(empty, { extentId: '00000000-0000-0000-0000-000000000000', rowCount: 0 });
  await assert.rejects(
    fixture.kusto.execute(
      database,
      '.ingest inline into table Atomic with (format=multijson) <| {"Id": 1}\n{"Id": ',
    ),
    /record 2 is not valid JSON/,
  );
  assert.equal(await cursorOf(fixture), c0);
  assert.deepEqual(await ids(fixture, 'Atomic | project Id'), []);

  const { extentId } = await fixture.kusto.ingest(database, 'Atomic', '1,\n2,\n3,');
  const stamps = await fixture.kusto.execute(
    database,
    'Atomic | summarize count(), dcount(ingestion_time()), take_any(extent_id())',
  );
  assert.deepEqual(stamps.rows, [[3n, 1n, extentId]]);
  assert.deepEqual(await ids(fixture, `Atomic | where cursor_after('${c0}') | count`), [3n]);
  assert.notEqual(await cursorOf(fixture), c0);
});

test('without the IngestionTime policy rows have no ingestion time and no cursor value', async () => {
  await fixture.kusto.execute(database, '.create table Untimed (Id: long)');
  await fixture.kusto.execute(database, '.alter table Untimed policy ingestiontime false');
  const c0 = await cursorOf(fixture);
  await fixture.kusto.ingest(database, 'Untimed', '1');
  assert.equal(await cursorOf(fixture), c0, 'the cursor advances for tables with the policy only');
  await fixture.kusto.execute(database, '.alter table Untimed policy ingestiontime true');
  await fixture.kusto.ingest(database, 'Untimed', '2');
  assert.deepEqual(await ids(fixture, `Untimed | where cursor_after('${c0}') | project Id`), [2n]);
  assert.deepEqual(await ids(fixture, 'Untimed | where isnull(ingestion_time()) | project Id'), [1n]);
});

test('a restart keeps databases, schemas and rows, and the cursor never goes back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kusto-local-'));
  // A clock that stands still, and stood ahead before the restart: the sequence still rises.
  const ahead = (): number => Date.UTC(2040, 0, 1);
  try {
    let cursor: string;
    {
      await using first = await Fixture.start({ dataDir: folder, now: ahead });
      await first.kusto.execute('', '.create database Other');
      await first.kusto.execute(
        database,
        '.create table Kept (Id: long, D: dynamic, T: timespan, G: guid) with (folder = "a/b", docstring = \'kept\')',
      );
      await first.kusto.execute(database, '.create-merge table Kept (Late: string)');
      await first.kusto.ingest(database, 'Kept', '1,"{""a"": 1}",1h,74be27de-1e4e-49d9-b579-fe0b331d3642,x');
      cursor = await cursorOf(first);
    }
    await using second = await Fixture.start({ dataDir: folder });
    assert.equal(await cursorOf(second), cursor);
    const schema = await second.kusto.execute(database, '.show table Kept cslschema');
    assert.deepEqual(schema.rows, [
      ['Kept', 'Id:long,D:dynamic,T:timespan,G:guid,Late:string', database, 'a/b', 'kept'],
    ]);
    assert.deepEqual((await second.kusto.execute(database, 'Kept')).rows, [
      [1n, { a: 1 }, '01:00:00', '74be27de-1e4e-49d9-b579-fe0b331d3642', 'x'],
    ]);
    await second.kusto.ingest(database, 'Kept', '2');
    assert.deepEqual(await ids(second, `Kept | where cursor_after('${cursor}') | project Id`), [2n]);
    assert.ok(BigInt(await cursorOf(second)) > BigInt(cursor));
    const databases = await second.kusto.execute(database, '.show databases');
    assert.deepEqual(databases.rows.map(([name]) => name).sort(), [database, 'Other']);
    // New tables do not collide with the stored ones.
    await second.kusto.execute(database, '.create table Fresh (Id: long)');
    assert.deepEqual(await ids(second, 'Fresh'), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});
