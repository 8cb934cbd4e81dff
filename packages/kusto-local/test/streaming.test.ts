import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { database, Fixture, framesByLine } from './endpoint-fixture.ts';

const rowCount = 200_000;
let fixture: Fixture;

before(async () => {
  fixture = await Fixture.start();
  const padding = 'x'.repeat(400);
  await fixture.kusto.execute(
    database,
    `.set Big <| range Id from 1 to ${rowCount} step 1 | extend Padding = strcat("${padding}", Id)`,
  );
});

after(() => fixture[Symbol.asyncDispose]());

function request(csl: string, options: Record<string, unknown> = framesByLine): object {
  return { db: database, csl, properties: { Options: options } };
}

const collect = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/** Bytes of heap and buffers that are in use. */
function held(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('200,000 rows stream whole and in flat memory, also to a slow reader', async () => {
  const response = await fixture.post(
    '/v2/rest/query',
    request('Big', { ...framesByLine, notruncation: true }),
    { 'accept-encoding': 'identity' },
  );
  let bytes = 0;
  let tail = '';
  let peak = 0;
  const before = held();
  for await (const chunk of response.body ?? []) {
    const megabytes = bytes >> 22;
    bytes += chunk.length;
    tail = (tail + Buffer.from(chunk).toString('latin1')).slice(-3000);
    // Every 4 MB what is held, not what waits to be collected.
    if (bytes >> 22 > megabytes) peak = Math.max(peak, held());
    if (bytes % 7 === 0) await sleep(1);
  }
  assert.ok(bytes > rowCount * 400, `${bytes} bytes`);
  assert.ok(tail.includes(`"RowCount":${rowCount}}`), tail.slice(0, 300));
  assert.ok(tail.endsWith('"HasErrors":false,"Cancelled":false}\n]\n'));
  const grown = peak - before;
  assert.ok(grown < 40e6, `memory grew by ${(grown / 1e6).toFixed(0)} MB for ${(bytes / 1e6).toFixed(0)} MB`);
});

test('rows keep the order of the query', async () => {
  const { rows } = await fixture.kusto.execute(database, 'Big | order by Id desc | project Id');
  assert.equal(rows.length, rowCount);
  assert.ok(rows.every(([id], index) => id === BigInt(rowCount - index)));
});

/** A query that takes minutes: a cross join. */
const endless = 'Big | extend k = 1 | join kind=inner (Big | extend k = 1) on k | summarize sum(Id + Id1)';

test('a client that leaves ends its query', async () => {
  const leave = new AbortController();
  const asked = fetch(`${fixture.kusto.url}/v2/rest/query`, {
    method: 'POST',
    body: JSON.stringify(request(endless)),
    headers: { 'content-type': 'application/json' },
    signal: leave.signal,
  });
  while (fixture.kusto.runningQueries === 0) await sleep(20);
  await sleep(200);
  leave.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  await nothingRuns();
});

test('a client that leaves in the middle of the rows ends its query', async () => {
  const response = await fixture.post('/v2/rest/query', request('Big'));
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  await nothingRuns();
});

async function nothingRuns(): Promise<void> {
  for (let attempt = 0; attempt < 1500 && fixture.kusto.runningQueries > 0; attempt += 1) await sleep(20);
  assert.equal(fixture.kusto.runningQueries, 0);
}

test('closing the endpoint ends what runs', async () => {
  const closing = await Fixture.start();
  await closing.kusto.execute(database, '.set Big <| range Id from 1 to 200000 step 1');
  const query = closing.post('/v2/rest/query', request(endless));
  const other = closing.kusto.execute(database, endless);
  while (closing.kusto.runningQueries < 2) await sleep(20);
  const unread = await closing.post('/v2/rest/query', request('Big'));
  const started = performance.now();
  const ended = Promise.allSettled([query, other]);
  await closing.kusto.close();
  assert.ok(performance.now() - started < 60_000);
  assert.deepEqual(
    (await ended).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await assert.rejects(unread.text());
});

test('servertimeout ends a query with 504, and the connection goes on', async () => {
  const started = performance.now();
  const { status, error } = await fixture.failure(
    '/v2/rest/query',
    request(endless, { servertimeout: '00:00:00.5' }),
  );
  assert.deepEqual([status, error.code, error['@permanent']], [504, 'RequestExecutionTimeout', false]);
  assert.ok(performance.now() - started < 60_000);
  assert.equal((await fixture.kusto.execute(database, 'Big | count')).rows[0]?.[0], BigInt(rowCount));
  await nothingRuns();
});

/** Fails at row 150,000 of 200,000: long after the first rows were sent. */
const breaking = 'Big | project Id = Id + iff(Id == 150000, 9223372036854775807, 0)';

test('a failure behind the first rows is in DataSetCompletion and at the place asked for', async () => {
  const endOfTable = (await fixture.query(breaking, framesByLine)).split('\n');
  const completion = endOfTable.find((line) => line.includes('TableCompletion')) ?? '';
  assert.match(completion, /"RowCount":[1-9]\d*,"OneApiErrors":\[\{"error":\{"code":"General_BadRequest"/);
  assert.match(endOfTable.at(-3) ?? '', /"HasErrors":true,"Cancelled":false,"OneApiErrors":\[/);

  const endOfDataset = await fixture.query(breaking, {
    ...framesByLine,
    results_error_reporting_placement: 'end_of_dataset',
  });
  assert.match(endOfDataset, /"ErrorReportingPlacement":"EndOfDataset"/);
  assert.match(endOfDataset, /"RowCount":[1-9]\d*\}\n,\{"FrameType":"DataSetCompletion","HasErrors":true/);

  const inData = JSON.parse(await fixture.query(breaking)) as { Rows: unknown[] }[];
  const last = inData[2]?.Rows.at(-1) as { OneApiErrors: unknown[] };
  assert.deepEqual(Object.keys(last), ['OneApiErrors']);
  assert.ok((inData[2]?.Rows.length ?? 0) > 1000);

  const v1 = JSON.parse(await fixture.query(breaking, {}, 'v1')) as {
    Tables: { Rows: unknown[][] }[];
    Exceptions: string[];
  };
  assert.match(v1.Exceptions[0] ?? '', /does not fit a long/);
  assert.deepEqual(v1.Tables[2]?.Rows[0]?.slice(1, 3), [2, 'Error']);
});

test('a failure before the first rows is an HTTP error', async () => {
  const { status } = await fixture.failure('/v2/rest/query', request(`${breaking} | summarize sum(Id)`));
  assert.equal(status, 400);
});
