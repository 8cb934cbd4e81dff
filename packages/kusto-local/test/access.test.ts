import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import { database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
let guarded: Fixture;

before(async () => {
  fixture = await Fixture.start();
  guarded = await Fixture.start({ token: 'secret', readOnlyToken: 'reader' });
  await guarded.kusto.execute(database, '.create table T (Id: long)');
});

after(async () => {
  await fixture[Symbol.asyncDispose]();
  await guarded[Symbol.asyncDispose]();
});

/** The status and the body; headers as they are, which fetch would not send. */
function raw(
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const outgoing = httpRequest(
      { host: '127.0.0.1', port: fixture.kusto.port, path, method, headers },
      (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('a foreign Host and a page of another site are refused, before anything is read', async () => {
  const body = JSON.stringify({ csl: '.create table Planted (a: long)' });
  for (const headers of [
    { host: 'evil.example' },
    { origin: 'https://evil.example', 'content-type': 'text/plain' },
    { 'sec-fetch-site': 'cross-site' },
  ] as Record<string, string>[]) {
    const { status, text } = await raw('/v1/rest/mgmt', headers, body);
    assert.equal(status, 403);
    assert.match(text, /"code":"Forbidden"/);
  }
  assert.deepEqual((await fixture.kusto.execute(database, '.show tables')).rows, []);
  assert.equal((await raw('/healthz', { host: `localhost:${fixture.kusto.port}` })).status, 200);
});

test('with a token: 401 without or with a wrong one, open where no one is asked', async () => {
  const ask = (authorization?: string): Promise<Response> =>
    guarded.post('/v2/rest/query', { csl: 'print 1' }, authorization === undefined ? {} : { authorization });
  for (const header of [undefined, 'Bearer wrong', 'Basic secret', 'secret', 'Bearer ']) {
    const response = await ask(header);
    assert.deepEqual([response.status, await response.text()], [401, '']);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
  }
  assert.equal((await ask('Bearer secret')).status, 200);
  assert.equal((await ask('bearer reader')).status, 200);
  for (const path of ['/healthz', '/v1/rest/auth/metadata', '/v1/rest/ping'])
    assert.equal((await fetch(`${guarded.kusto.url}${path}`)).status, 200);
  assert.equal((await fetch(`${guarded.kusto.url}/admin/faults`)).status, 401);
});

test('a read-only token queries and shows, and changes nothing', async () => {
  const mgmt = async (csl: string, token: string): Promise<number> => {
    const response = await guarded.post(
      '/v1/rest/mgmt',
      { db: database, csl },
      { authorization: `Bearer ${token}` },
    );
    await response.text();
    return response.status;
  };
  assert.equal(await mgmt('.show tables', 'reader'), 200);
  assert.equal(await mgmt('.ingest inline into table T <| 1', 'reader'), 403);
  assert.equal(await mgmt('.drop table T', 'reader'), 403);
  assert.equal(await mgmt('.ingest inline into table T <| 1', 'secret'), 200);
  const headers = { authorization: 'Bearer reader' };
  assert.equal((await guarded.post('/admin/faults', [], headers)).status, 403);
  // However the path is written.
  for (const path of ['ingest', '%69ngest', 'ing%65st']) {
    const target = `/v1/rest/${path}/${database}/T?streamFormat=csv`;
    assert.equal((await guarded.post(target, '2', headers)).status, 403);
    const readOnly = { authorization: 'Bearer secret', 'x-ms-readonly': 'true' };
    assert.equal((await guarded.post(target, '2', readOnly)).status, 403);
  }
  assert.equal((await guarded.post('/%61dmin/faults', [], headers)).status, 403);
  const readOnly = await guarded.post(
    '/v1/rest/mgmt',
    { db: database, csl: '.drop table T' },
    { authorization: 'Bearer secret', 'x-ms-readonly': '1' },
  );
  assert.equal(readOnly.status, 403);
  assert.match(await readOnly.text(), /x-ms-readonly/);
  assert.deepEqual((await guarded.kusto.execute(database, 'T')).rows, [[1n]]);
});

test('a wrong method is 405 with what is allowed; an unknown path 404', async () => {
  const response = await fetch(`${fixture.kusto.url}/v1/rest/mgmt`);
  assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
  assert.match(await response.text(), /takes POST, not GET/);
  const put = await fetch(`${fixture.kusto.url}/v2/rest/query`, { method: 'PUT', body: '{}' });
  assert.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, POST']);
  assert.equal((await fetch(`${fixture.kusto.url}/nowhere`)).status, 404);
});

test('bodies in deflate, both ways; a body that is none is refused', async () => {
  const path = '/v2/rest/query';
  const body = deflateSync(JSON.stringify({ csl: 'print x = 42' }));
  const send = (bytes: Buffer): Promise<Response> =>
    fetch(`${fixture.kusto.url}${path}`, {
      method: 'POST',
      body: new Uint8Array(bytes),
      headers: { 'content-encoding': 'deflate', 'accept-encoding': 'deflate' },
    });
  const response = await send(body);
  assert.equal(response.headers.get('content-encoding'), 'deflate');
  assert.match(await response.text(), /\[\[42\]\]/);
  const broken = await send(Buffer.from('not deflate at all'));
  assert.equal(broken.status, 400);
  assert.match(await broken.text(), /not valid in its content-encoding/);
  assert.throws(() => inflateSync('not deflate at all'));
});

test('a request that is sent too slowly, and headers that are too long, end in an error', async () => {
  await using impatient = await Fixture.start({ requestTimeoutMs: 500 });
  const answerTo = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(impatient.kusto.port, '127.0.0.1', () => socket.write(text));
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    });
  const slow = 'POST /v2/rest/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"csl":';
  assert.match(await answerTo(slow), /^HTTP\/1\.1 408 /);
  const long = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`;
  assert.match(await answerTo(long), /^HTTP\/1\.1 431 /);
});

test('a client that never reads its answer loses its connection, and the query ends', async () => {
  await using small = await Fixture.start({ stallMs: 300, truncation: false });
  await small.kusto.execute(
    database,
    `.set Wide <| range i from 1 to 60000 step 1 | extend s = strcat("${'x'.repeat(500)}", i)`,
  );
  const body = JSON.stringify({ db: database, csl: 'Wide' });
  const socket = connect(small.kusto.port, '127.0.0.1', () =>
    socket.write(
      `POST /v2/rest/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    ),
  );
  socket.pause();
  socket.on('error', () => undefined);
  const deadline = performance.now() + 60_000;
  while (small.kusto.runningQueries === 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 5));
  while (small.kusto.runningQueries > 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(small.kusto.runningQueries, 0);
  socket.destroy();
});

test('one query more than run at once is throttled with 429, not permanently; when one ends, the next runs', async () => {
  await using narrow = await Fixture.start({ maximumQueries: 1 });
  const leave = new AbortController();
  const endless = fetch(`${narrow.kusto.url}/v2/rest/query`, {
    method: 'POST',
    body: JSON.stringify({ csl: 'range i from 1 to 1000000000000000 step 1 | count' }),
    signal: leave.signal,
  });
  while (narrow.kusto.runningQueries === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const { status, error } = await narrow.failure('/v2/rest/query', { csl: 'print 1' });
  assert.deepEqual([status, error.code, error['@permanent']], [429, 'TooManyRequests', false]);
  assert.equal(error['@type'], 'Kusto.Data.Exceptions.QueryThrottledException');
  leave.abort();
  await assert.rejects(endless);
  while (narrow.kusto.runningQueries > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok((await narrow.query('print 1')).includes('[[1]]'));
});
