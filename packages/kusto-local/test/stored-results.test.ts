import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asking, database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows, refused } = asking(() => fixture);
let now = Date.UTC(2026, 0, 31);

before(async () => {
  fixture = await Fixture.start({ now: () => now });
  await fixture.kusto.execute(database, '.create table T (a: long, b: string)');
  await fixture.kusto.ingest(database, 'T', '1,one\n2,two\n3,three');
});

after(() => fixture[Symbol.asyncDispose]());

test('a stored result stays as it was when the table changes, and answers with a preview', async () => {
  const made = await rows('.set stored_query_result R with (previewCount = 2) <| T | order by a asc');
  assert.deepEqual(made, [
    [1n, 'one'],
    [2n, 'two'],
  ]);
  await fixture.kusto.ingest(database, 'T', '4,four');
  assert.deepEqual(await rows('stored_query_result("R") | count'), [[3n]]);
  assert.deepEqual(await rows('stored_query_result("R") | where b == "two" | project b, a'), [['two', 2n]]);
  assert.deepEqual(await rows('T | join kind=leftanti stored_query_result("R") on a'), [[4n, 'four']]);
  await refused('.set stored_query_result R <| T', /exists already/);
  assert.equal((await rows('.set-or-replace stored_query_result R with (previewCount = 0) <| T')).length, 4);
  // What is replaced can be read by what replaces it.
  await rows('.set-or-replace stored_query_result R <| stored_query_result("R") | where a > 2');
  assert.deepEqual(await rows('stored_query_result("R") | summarize sum(a)'), [[7n]]);
});

test('names of columns that only differ in case, and all types, go through', async () => {
  const query =
    'print a = 1, A = "x", t = datetime(2020-01-01), s = 1h, d = dynamic({"k":[1]}), g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642), r = real(nan), n = long(null), m = decimal(1.5), b = true';
  const direct = await fixture.kusto.execute(database, query);
  await rows(`.set-or-replace stored_query_result Types <| ${query}`);
  const stored = await fixture.kusto.execute(database, 'stored_query_result("Types")');
  assert.deepEqual(stored, direct);
  assert.deepEqual(await rows('.show stored_query_result Types schema | project Schema has "datetime"'), [
    [true],
  ]);
});

test('they are shown and dropped, and expire', async () => {
  await rows('.set stored_query_result Short with (expiresAfter = 10m) <| T | take 1');
  const [shown] = await rows('.show stored_query_results Short');
  assert.deepEqual(shown?.slice(1, 4), ['Short', database, '']);
  assert.equal(shown[5], 1n);
  assert.equal(shown[7], '2026-01-31T00:10:00.0000000Z');
  await rows('.set stored_query_result Long <| T | take 1');
  now += 10 * 60_000;
  await refused('stored_query_result("Short")', /Short/);
  await refused('.show stored_query_results Short', /was not found/);
  assert.deepEqual(await rows('.show stored_query_results | where Name == "Long" | project Name, RowCount'), [
    ['Long', 1n],
  ]);
  assert.deepEqual((await rows('.drop stored_query_result Long'))[0]?.[1], 'Long');
  await refused('stored_query_result("Long")', /Long/);
  await refused('.drop stored_query_result Long', /was not found/);
  // The name of one that expired is free.
  await rows('.set stored_query_result Short <| T | take 1');
  assert.equal((await rows('.drop stored_query_results by user ""')).length > 0, true);
  assert.deepEqual(await rows('.show stored_query_results'), []);
});

test('what is wrong is told at its place', async () => {
  await refused('.set stored_query_result R2 <| T | where nope == 1', /nope.*position=1:42/, 41);
  await refused('.set stored_query_result R2 with (expiresAfter = 2d) <| T', /up to 24 hours/);
  await refused('.set stored_query_result R2 with (previewCount = x) <| T', /number of rows/);
  await refused('.set stored_query_result R2 with (colour = 1) <| T', /property 'colour'/);
  await refused(
    `.set stored_query_result R2 <| range i from 1 to 3 step 1 | where ingestion_time() > now() or cursor_after('')`,
    /records of a table/,
  );
  await refused('stored_query_result("none")', /none/);
  const [[operation] = []] = await rows('.set async stored_query_result R3 <| T');
  assert.deepEqual(await rows(`.show operations ${String(operation)} | project State`), [['Completed']]);
  assert.deepEqual(await rows('stored_query_result("R3") | count'), [[4n]]);
});
