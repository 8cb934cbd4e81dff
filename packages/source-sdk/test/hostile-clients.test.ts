// What reaches the ports of proxy and reactivator need not come from Drasi: nothing of it may end a process, hang it, fill its memory or
// be taken for something it is not.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { createServer, listen } from '../src/http/server.ts';
import { Reactivator, type SourceProxy } from '../src/index.ts';
import type { BootstrapRequest, ChangeBatch } from '../src/index.ts';
import { HookedPublisher, HookedStore, aborted, until } from './helpers.ts';
import { smallProxy } from './small-proxy.ts';

const asked: BootstrapRequest[] = [];
let proxy: SourceProxy;
let reactivator: Reactivator;
let state: HookedStore;
const stop = new AbortController();
let done: Promise<void>;
let proxyUrl = '';
let reactivatorUrl = '';

before(async () => {
  proxy = smallProxy(asked);
  const { port } = await proxy.start();
  proxyUrl = `http://127.0.0.1:${port}`;
  state = new HookedStore();
  reactivator = new Reactivator({
    sourceId: 's',
    fingerprint: 'f',
    state,
    publisher: new HookedPublisher(),
    port: 0,
    handOver: () => Promise.resolve(),
    monitor: async function* monitor({ signal }): AsyncGenerator<ChangeBatch> {
      yield { changes: [], checkpoint: 1 };
      await aborted(signal);
    },
  });
  done = reactivator.run(stop.signal);
  await until(() => reactivator.checkpoint === 1);
  reactivatorUrl = `http://127.0.0.1:${reactivator.address!.port}`;
});
after(async () => {
  await proxy.stop();
  stop.abort();
  await done;
});

/** Bodies that are nearly right, JSON of any kind, and bytes. */
const label = fc.oneof(fc.constantFrom('N', 'R', 'constructor', '__proto__', ''), fc.string());
const nearly = fc
  .dictionary(
    fc.constantFrom('nodeLabels', 'relLabels', 'labels', 'id', '__proto__', 'constructor', 'toString'),
    fc.oneof(fc.array(label, { maxLength: 5 }), fc.jsonValue(), label),
  )
  .map((value) => JSON.stringify(value));
const body = fc.oneof(
  nearly,
  fc.json(),
  fc.string(),
  fc.constantFrom('', '{', '[', 'null', '{"nodeLabels":{"length":1e9}}', '['.repeat(50_000)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const contentType = fc.constantFrom(
  'application/json',
  'application/octet-stream',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  '',
);
const id = fc.oneof(
  fc.constantFrom('..', '%00', '%2e%2e%2f', 'x', '%ff', '%'),
  fc.string().map(encodeURIComponent),
);

async function send(
  base: string,
  path: string,
  type: string,
  content: string | Buffer,
  method = 'POST',
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${base}${path}`, {
    method,
    ...(method === 'GET' ? {} : { body: content as string }),
    headers: type === '' ? {} : { 'content-type': type },
  });
  return { status: response.status, text: await response.text() };
}

describe('hostile clients', { timeout: 120_000 }, () => {
  it('of the proxy get a bootstrap of owned labels, nothing, or a 4xx with a code', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/acquire-stream', '/subscription', '/acquire', '/supports-stream', '/nothing'),
        contentType,
        body,
        async (path, type, content) => {
          asked.length = 0;
          const { status, text } = await send(proxyUrl, path, type, content);
          assert.ok([200, 204, 400, 404, 415].includes(status), `${status} ${text}`);
          if (status >= 400) assert.equal(typeof (JSON.parse(text) as { code: unknown }).code, 'string');
          for (const { nodeLabels, relLabels } of asked)
            assert.ok(nodeLabels.every((name) => name === 'N') && relLabels.every((name) => name === 'R'));
        },
      ),
      { numRuns: 400 },
    );
    assert.equal((await fetch(`${proxyUrl}/healthz`)).status, 200);
  });

  it('of the reactivator get a session, or a 4xx or 503 with a code; it lives on and its record stays small', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('', '/checkpoint', '/ID', '/ID/renew', '/ID/close', '/ID/abandon', '/ID/hand-over'),
        id,
        contentType,
        body,
        fc.constantFrom('POST', 'GET', 'PUT', 'DELETE'),
        async (path, name, type, content, method) => {
          const target = `/bootstrap-sessions${path.replace('ID', name)}`;
          const { status, text } = await send(reactivatorUrl, target, type, content, method);
          assert.ok(
            [200, 204, 400, 404, 413, 415, 422, 503].includes(status),
            `${method} ${target}: ${status} ${text}`,
          );
        },
      ),
      { numRuns: 400 },
    );
    const stored = JSON.stringify((await state.get('drasi-source'))?.value);
    assert.ok(stored.length < 1_000_000);
    assert.equal((await fetch(`${reactivatorUrl}/healthz`)).status, 200);
    assert.equal(reactivator.status, 'running');
  });

  it('cannot fill the record with the labels of sessions', async () => {
    const labels = [`N${'x'.repeat(200_000)}`];
    const statuses: number[] = [];
    for (let session = 0; session < 4; session++)
      statuses.push(
        (await send(reactivatorUrl, '/bootstrap-sessions', 'application/json', JSON.stringify({ labels })))
          .status,
      );
    assert.equal(statuses[0], 200);
    assert.equal(statuses.at(-1), 503);
    assert.ok(JSON.stringify((await state.get('drasi-source'))?.value).length < 900_000);
    assert.equal(reactivator.status, 'running');
  });

  it('with a path that is no URL get an error of the same form', async () => {
    for (const base of [proxyUrl, reactivatorUrl]) {
      const { status, text } = await send(base, '/acquire-stream/%', 'application/json', '{}');
      const { code, error } = JSON.parse(text) as { code: string; error: string };
      assert.deepEqual([status, code], [400, 'BAD_REQUEST']);
      assert.match(error, /not a valid url/);
      const typeless = await send(base, '/supports-stream', ' ', '{}');
      if (typeless.status >= 400) assert.doesNotMatch(typeless.text, /FST_/);
    }
  });

  it('with a body, or headers, above the limits are refused', async () => {
    const large = JSON.stringify({ nodeLabels: ['x'.repeat(2_000_000)] });
    assert.equal((await send(proxyUrl, '/acquire-stream', 'application/json', large)).status, 413);
    assert.equal((await send(reactivatorUrl, '/bootstrap-sessions', 'application/json', large)).status, 413);
    const many = await raw(proxyUrl, `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`);
    assert.match(many, /^HTTP\/1\.1 431 /);
  });

  it('that send slowly are cut off, in the headers and in the body; one that reads slowly is not', async () => {
    const app = createServer({ bodyLimit: 1_000, headersTimeoutMs: 300, requestTimeoutMs: 600 });
    app.post('/', (_request, reply) => reply.send('taken'));
    app.get('/slow', (_request, reply) => {
      reply.hijack();
      reply.raw.write('begin');
      setTimeout(() => reply.raw.end('end'), 2_500);
    });
    const { port } = await listen(app, '127.0.0.1', 0);
    const url = `http://127.0.0.1:${port}`;
    try {
      const began = performance.now();
      assert.match(await raw(url, 'POST / HTTP/1.1\r\nHost: x\r\n'), /^HTTP\/1\.1 408 /);
      assert.match(
        await raw(url, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf'),
        /^HTTP\/1\.1 408 /,
      );
      assert.ok(performance.now() - began < 20_000);
      assert.equal(await (await fetch(`${url}/slow`)).text(), 'beginend');
      assert.equal(await (await fetch(url, { method: 'POST', body: 'x' })).text(), 'taken');
    } finally {
      await app.close();
    }
  });
});

/** Sends text on a socket that then stays open; what came back when the server closed it. */
function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (bytes) => (answer += bytes.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
