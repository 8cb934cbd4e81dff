import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { asking, database, Fixture, type ServiceError } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows } = asking(() => fixture);

before(async () => {
  fixture = await Fixture.start({ streamingBodyLimit: 20_000 });
});

after(() => fixture[Symbol.asyncDispose]());

beforeEach(async () => {
  await rows('.drop table T ifexists');
  await rows('.create table T (id: long, name: string, at: datetime)');
});

function send(query: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const url = `${fixture.kusto.url}/v1/rest/ingest/${database}/T${query}`;
  return fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/octet-stream', ...headers },
  });
}

async function failure(query: string, body: string): Promise<[number, string]> {
  const response = await send(query, body);
  const { error } = (await response.json()) as { error: ServiceError };
  return [response.status, error['@message']];
}

test('the body is one commit: CSV, JSON, gzip; the answer is the service’s table', async () => {
  const response = await send('?streamFormat=Csv', '1,one,2026-01-31\n2,"tw""o",nonsense\n');
  assert.equal(response.status, 200);
  const { Tables } = (await response.json()) as {
    Tables: { Columns: { ColumnName: string }[]; Rows: unknown[][] }[];
  };
  assert.deepEqual(
    Tables[0]?.Columns.map(({ ColumnName }) => ColumnName),
    ['ConsumedRecordsCount', 'UpdatePolicyStatus', 'UpdatePolicyFailureCode', 'UpdatePolicyFailureReason'],
  );
  assert.deepEqual(Tables[0]?.Rows, [[2, 'Inactive', 'Unknown', '']]);
  const [[cursor] = []] = await rows('print cursor_current()');
  const json = gzipSync('{"name": "three", "id": 3}\n{"id": 4, "other": 1}');
  assert.equal((await send('?streamFormat=MultiJSON', json, { 'content-encoding': 'gzip' })).status, 200);
  assert.equal((await send('?streamFormat=SOHsv', '5\u0001five\n')).status, 200);
  assert.deepEqual(await rows('T | order by id asc'), [
    [1n, 'one', '2026-01-31T00:00:00.0000000Z'],
    [2n, 'tw"o', null],
    [3n, 'three', null],
    [4n, '', null],
    [5n, 'five', null],
  ]);
  assert.deepEqual(
    (await rows(`T | where cursor_after('${String(cursor)}') | order by id asc | project id`)).flat(),
    [3n, 4n, 5n],
  );
  assert.deepEqual(
    await rows('T | where id in (3, 4) | summarize dcount(ingestion_time()), dcount(extent_id())'),
    [[1n, 1n]],
  );
});

test('an empty body is no commit; UTF-8 with and without a byte order mark', async () => {
  assert.equal((await send('?streamFormat=csv', '')).status, 200);
  assert.deepEqual(await rows('T'), []);
  await send('?streamFormat=csv', '\uFEFF1,ä\n');
  assert.deepEqual(await rows('T | project id, name'), [[1n, 'ä']]);
});

test('what cannot be taken is refused, and nothing of it is stored', async () => {
  assert.match((await failure('', '1'))[1], /streamFormat is missing/);
  assert.match((await failure('?streamFormat=Avro', '1'))[1], /"avro" is not supported/);
  assert.match((await failure('?streamFormat=Csv&mappingName=M', '1'))[1], /mappings are not supported/);
  assert.match((await failure('?streamFormat=Csv&sourceKind=uri', '1'))[1], /from a URI is not supported/);
  assert.match((await failure('?streamFormat=Csv', '1,a\n2,"b'))[1], /a quote is not closed in record 2/);
  assert.match((await failure('?streamFormat=Json', '{"id": 1}\n{"id"'))[1], /record 2 is not valid JSON/);
  assert.equal((await failure('?streamFormat=Csv', '1,aaaaaaaaaa\n'.repeat(2000)))[0], 413);
  const bomb = gzipSync('1,aaaaaaaaaa\n'.repeat(2000));
  const packed = await send('?streamFormat=Csv', bomb, { 'content-encoding': 'gzip' });
  assert.equal(packed.status, 413);
  assert.deepEqual(await rows('T'), []);
  const missing = await fetch(`${fixture.kusto.url}/v1/rest/ingest/${database}/Nope?streamFormat=Csv`, {
    method: 'POST',
    body: '1',
  });
  assert.equal(missing.status, 400);
  assert.match(await missing.text(), /BadRequest_TableNotExist/);
  const queued = await fetch(`${fixture.kusto.url}/v1/rest/ingestion/queued/${database}/T`, {
    method: 'POST',
  });
  assert.equal(queued.status, 404);
  assert.match(await queued.text(), /Queued ingestion is not supported/);
  for (const text of ['.get ingestion resources', '.get kusto identity token'])
    await assert.rejects(rows(text), /Queued ingestion.* is not supported/);
});
