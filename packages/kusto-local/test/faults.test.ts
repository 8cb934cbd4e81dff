import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { FaultRule } from '../src/index.ts';
import { database, Fixture, framesByLine } from './endpoint-fixture.ts';

let fixture: Fixture;

before(async () => {
  fixture = await Fixture.start();
  await fixture.kusto.execute(database, '.set Ten <| range Id from 1 to 10 step 1');
  await fixture.kusto.execute(database, '.create table T (Id: long)');
});

after(() => fixture[Symbol.asyncDispose]());

afterEach(() => fixture.kusto.setFaults([]));

const csl = 'Ten | order by Id asc';

function ask(options: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Response> {
  return fixture.post('/v2/rest/query', { db: database, csl, properties: { Options: options } }, headers);
}

/** What came of an answer before its connection was closed. */
async function partial(response: Response): Promise<{ text: string; cut: boolean }> {
  const chunks: Buffer[] = [];
  const whole = (): string => Buffer.concat(chunks).toString();
  try {
    for await (const chunk of response.body ?? []) chunks.push(Buffer.from(chunk));
  } catch {
    return { text: whole(), cut: true };
  }
  return { text: whole(), cut: false };
}

async function withFault(action: FaultRule['action'], options: Record<string, unknown> = {}) {
  fixture.kusto.setFaults([{ kind: 'query', action }]);
  return partial(await ask(options));
}

test('statuses: 429 with Retry-After, 403, 401 without a body, a body of the rule’s', async () => {
  const status = async (action: FaultRule['action']): Promise<[Response, string]> => {
    fixture.kusto.setFaults([{ action }]);
    const response = await ask();
    return [response, await response.text()];
  };
  const [throttled, body] = await status({ status: 429, retryAfterSeconds: 7 });
  assert.deepEqual([throttled.status, throttled.headers.get('retry-after')], [429, '7']);
  const { error } = JSON.parse(body) as { error: Record<string, unknown> };
  assert.deepEqual([error['code'], error['@permanent']], ['TooManyRequests', false]);
  const [denied, deniedBody] = await status({ status: 403 });
  assert.equal(denied.status, 403);
  assert.match(deniedBody, /"code":"Forbidden".*"@permanent":true/);
  const [unauthorized, nothing] = await status({ status: 401 });
  assert.deepEqual([unauthorized.status, nothing], [401, '']);
  assert.equal(unauthorized.headers.get('www-authenticate'), 'Bearer');
  const [gateway, html] = await status({ status: 502, body: '<html>Bad gateway</html>' });
  assert.deepEqual([gateway.status, html], [502, '<html>Bad gateway</html>']);
  const [unavailable, json] = await status({ status: 503, body: { reason: 'busy' } });
  assert.deepEqual([unavailable.status, json], [503, '{"reason":"busy"}']);
});

test('a delay, and bytes that drip', async () => {
  fixture.kusto.setFaults([{ action: { delayMs: 300 } }]);
  const started = performance.now();
  assert.equal((await ask()).status, 200);
  assert.ok(performance.now() - started >= 295);
  const whole = await partial(await ask());
  const slow = performance.now();
  assert.equal((await withFault({ bytesPerSecond: whole.text.length * 2 })).text.length, whole.text.length);
  const took = performance.now() - slow;
  assert.ok(took > 400, `${took} ms`);
});

test('cut after bytes: exactly so many come, then the connection is closed', async () => {
  for (const bytes of [0, 1, 500]) {
    fixture.kusto.setFaults([{ action: { cutAfterBytes: bytes } }]);
    const answer = ask({}, { 'accept-encoding': 'identity' });
    if (bytes === 0) {
      const received = await answer.then(partial).catch(() => ({ text: '', cut: true }));
      assert.deepEqual(received, { text: '', cut: true });
    } else {
      const { text, cut } = await partial(await answer);
      assert.deepEqual([text.length, cut], [bytes, true]);
    }
  }
  assert.equal((await withFault({ cutAfterBytes: 1e9 })).cut, false);
});

test('cut after rows: those rows come', async () => {
  const { text, cut } = await withFault({ cutAfterRows: 3 }, framesByLine);
  assert.equal(cut, true);
  assert.ok(text.endsWith('"Rows":[[1],[2],[3]]}'), text.slice(-200));
  assert.equal((await withFault({ cutAfterRows: 0 }, framesByLine)).cut, true);
});

test('an error after rows is a partial failure, where it was asked for', async () => {
  const { text } = await withFault({ errorAfterRows: 4 }, framesByLine);
  assert.match(text, /"Rows":\[\[1\],\[2\],\[3\],\[4\]\]\}/);
  assert.match(text, /"RowCount":4,"OneApiErrors":\[\{"error":\{"code":"Internal service error"/);
  assert.match(text, /"HasErrors":true/);
  const first = await withFault({ errorAfterRows: 0 });
  assert.match(first.text, /"Rows":\[\{"OneApiErrors":/);
  // More rows than there are: the failure comes behind the last.
  assert.match((await withFault({ errorAfterRows: 50 })).text, /\[10\],\{"OneApiErrors":/);
});

test('errors at the end, no completion, a malformed frame', async () => {
  const errors = await withFault({ hasErrors: true });
  assert.match(errors.text, /\[10\]\]\}.*"HasErrors":true,"Cancelled":false,"OneApiErrors":\[.*\]$/);
  assert.ok(JSON.parse(errors.text));
  const missing = await withFault({ missingCompletion: true });
  assert.ok(Array.isArray(JSON.parse(missing.text)));
  assert.ok(!missing.text.includes('DataSetCompletion'));
  const malformed = await withFault({ malformedFrame: true }, framesByLine);
  assert.throws(() => JSON.parse(malformed.text) as unknown, SyntaxError);
  assert.match(malformed.text, /DataSetCompletion/);
  for (const action of [{ missingCompletion: true }, { malformedFrame: true }]) {
    fixture.kusto.setFaults([{ action }]);
    const v1 = await fixture.query(csl, {}, 'v1');
    assert.throws(() => JSON.parse(v1) as unknown, SyntaxError);
  }
  fixture.kusto.setFaults([{ action: { hasErrors: true } }]);
  const v1 = JSON.parse(await fixture.query(csl, {}, 'v1')) as { Exceptions: string[] };
  assert.match(v1.Exceptions[0] ?? '', /fault rule/);
});

test('rows that look like frames are left alone', async () => {
  fixture.kusto.setFaults([{ action: { missingCompletion: true } }]);
  const text = await fixture.query(
    String.raw`print a = ',{"FrameType":"DataSetCompletion"', b = dynamic({"FrameType":"DataSetCompletion"})`,
  );
  const frames = JSON.parse(text) as { Rows?: unknown[][] }[];
  assert.deepEqual(frames[2]?.Rows, [
    [',{"FrameType":"DataSetCompletion"', { FrameType: 'DataSetCompletion' }],
  ]);
});

test('kinds: commands and ingestions', async () => {
  fixture.kusto.setFaults([
    { kind: 'ingest', action: { status: 503 } },
    { kind: 'command', action: { status: 504 } },
  ]);
  const status = async (text: string): Promise<number> => {
    const response = await fixture.post('/v1/rest/mgmt', { db: database, csl: text });
    await response.text();
    return response.status;
  };
  assert.equal(await status('.ingest inline into table T <| 1'), 503);
  assert.equal(await status('.set-or-append T <| print 1'), 503);
  const streamed = await fixture.post(`/v1/rest/ingest/${database}/T?streamFormat=csv`, '1');
  assert.equal(streamed.status, 503);
  assert.equal(await status('.show tables'), 504);
  assert.equal((await ask()).status, 200);
  assert.deepEqual(
    fixture.kusto.faults.map(({ matched, applied }) => [matched, applied]),
    [
      [3, 3],
      [1, 1],
    ],
  );
  // Nothing was ingested.
  assert.deepEqual((await fixture.kusto.execute(database, 'T | count')).rows, [[0n]]);
});

test('/admin/faults: POST replaces, GET tells how it went, DELETE ends them; only JSON is taken', async () => {
  const rules = [{ kind: 'query', nth: 2, action: { status: 503 } }];
  const set = await fixture.post('/admin/faults', { seed: 5, rules });
  assert.equal(set.status, 200);
  assert.deepEqual(await set.json(), { seed: 5, rules: [{ rule: rules[0], matched: 0, applied: 0 }] });
  const statuses = [];
  for (let index = 0; index < 3; index += 1) statuses.push((await ask()).status);
  assert.deepEqual(statuses, [200, 503, 200]);
  const url = `${fixture.kusto.url}/admin/faults`;
  const told = (await (await fetch(url)).json()) as { rules: unknown[] };
  assert.deepEqual(told.rules, [{ rule: rules[0], matched: 3, applied: 1 }]);
  assert.deepEqual(await (await fetch(url, { method: 'DELETE' })).json(), { seed: 0, rules: [] });
  assert.equal((await fixture.post('/admin/faults', rules)).status, 200);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    const refused = await fixture.post('/admin/faults', [], { 'content-type': type });
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /content-type: application\/json/);
  }
  const wrong = await fixture.failure('/admin/faults', [{ action: { status: 1 } }]);
  assert.match(wrong.error['@message'], /Fault rule 1: status is from 400 to 599/);
  // A refused list changes nothing.
  assert.equal(fixture.kusto.faults.length, 1);
});

test('/admin/settings changes latency and cursors; /admin can be off', async () => {
  const settings = await fixture.post('/admin/settings', { latencyMs: 200, cursors: false });
  assert.equal(((await settings.json()) as { latencyMs: number }).latencyMs, 200);
  const started = performance.now();
  const { error } = await fixture.failure('/v2/rest/query', {
    db: database,
    csl: 'T | where cursor_after("")',
  });
  assert.ok(performance.now() - started >= 195);
  assert.match(error['@message'], /cursor_after\(\) cannot be used: this service has no database cursors/);
  fixture.kusto.change({ latencyMs: 0, cursors: true });
  assert.ok((await fixture.query('print strlen(cursor_current())')).includes('[[18]]'));
  const wrong = await fixture.failure('/admin/settings', { latencyMs: 'long' });
  assert.match(wrong.error['@message'], /latencyMs cannot be "long"/);
  await using closed = await Fixture.start({ admin: false });
  assert.equal((await closed.failure('/admin/faults', [])).status, 404);
});
