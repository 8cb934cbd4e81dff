import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { aborted, recordingLogger, until } from '../../test/helpers.ts';
import { systemClock } from '../clock.ts';
import type { Bootstrap, BootstrapSessions } from '../contracts.ts';
import type { EncodedElements, JsonValue, SourceElement } from '../elements.ts';
import { SourceError } from '../errors.ts';
import { encodeLine } from '../wire/encode-element.ts';
import { SourceProxy } from './source-proxy.ts';
import type { SourceProxyOptions } from './source-proxy-options.ts';

const node = (n: number, text = ''): SourceElement => ({
  id: `n:${n}`,
  labels: ['N'],
  properties: { n, text },
});
const relation = (n: number): SourceElement => ({
  id: `rel:R:${n}`,
  labels: ['R'],
  startId: `n:${n}`,
  endId: `n:${n + 1}`,
});

interface Rig extends AsyncDisposable {
  readonly proxy: SourceProxy;
  readonly url: string;
  readonly port: number;
}

async function serve(bootstrap: Bootstrap, options: Partial<SourceProxyOptions> = {}): Promise<Rig> {
  const proxy = new SourceProxy({
    sourceId: 'src',
    ownedLabels: { nodes: ['N', 'M'], relations: ['R'] },
    bootstrap,
    port: 0,
    graceMs: 50,
    poisonWaitMs: 200,
    ...options,
  });
  const { port } = await proxy.start();
  return { proxy, port, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => proxy.stop() };
}

const ask = (rig: Rig, path: string, body: unknown): Promise<Response> =>
  fetch(rig.url + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

const none: Bootstrap = async function* empty() {};

/** A request whose answer the test reads by hand. */
async function open(
  rig: Rig,
  path = '/acquire-stream',
  body: unknown = { nodeLabels: ['N'] },
): Promise<IncomingMessage> {
  const request = httpRequest(rig.url + path, { method: 'POST' });
  request.on('error', () => undefined);
  request.end(JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

/** What arrived, and whether the answer ended cleanly. */
async function drain(response: IncomingMessage): Promise<{ text: string; clean: boolean }> {
  let text = '';
  response.setEncoding('latin1');
  try {
    for await (const part of response) text += String(part);
    return { text, clean: response.complete };
  } catch {
    return { text, clean: false };
  }
}

class FakeSessions implements BootstrapSessions {
  readonly log: string[] = [];
  onOpen: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  onRenew: () => void = () => undefined;
  async open(labels: readonly string[], signal: AbortSignal): Promise<string> {
    this.log.push(`open ${labels.join()}`);
    await this.onOpen(signal);
    return 'id';
  }
  async renew(id: string): Promise<void> {
    this.log.push(`renew ${id}`);
    this.onRenew();
  }
  onHandOver: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  async handOver(id: string, payload: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.onHandOver(signal);
    this.log.push(`hand over ${id} ${Buffer.from(payload).toString()}`);
  }
  checkpoint(): Promise<JsonValue> {
    return Promise.resolve({ cursor: 'c' });
  }
  async close(id: string): Promise<void> {
    this.log.push(`close ${id}`);
  }
  async abandon(id: string): Promise<void> {
    this.log.push(`abandon ${id}`);
  }
}

describe('SourceProxy: /acquire-stream', () => {
  it('answers one element a line, encoded ones byte for byte, ASCII only', async () => {
    await using rig = await serve(async function* bootstrap(): AsyncGenerator<
      SourceElement | EncodedElements
    > {
      yield node(1, 'é😀');
      yield { ndjson: Buffer.concat([encodeLine(node(2)), encodeLine(node(3))]), count: 2 };
      yield { ndjson: Buffer.alloc(0), count: 0 };
      yield relation(1);
    });
    const response = await ask(rig, '/acquire-stream', { nodeLabels: ['N'], relLabels: ['R'] });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
    const text = await response.text();
    assert.match(text, /^([ -~]*\n)*$/);
    assert.deepEqual(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
      [node(1, 'é😀'), node(2), node(3), { ...relation(1), properties: {} }],
    );
  });

  it('asks the bootstrap for owned labels only, each once', async () => {
    const seen: unknown[] = [];
    await using rig = await serve(async function* bootstrap(request, { labels }) {
      seen.push({ ...request, labels });
      yield node(1);
    });
    const body = {
      nodeLabels: ['N', 'Other', 'N', 'R'],
      relLabels: ['R', 'N'],
      queryId: 'q',
      queryNodeId: 'default',
    };
    assert.equal((await ask(rig, '/acquire-stream', body)).status, 200);
    assert.equal((await ask(rig, '/subscription', body)).status, 200);
    const expected = { nodeLabels: ['N'], relLabels: ['R'], labels: ['N', 'R'] };
    assert.deepEqual(seen, [expected, expected]);
  });

  it('answers with nothing when no label is its own, without a bootstrap or a session', async () => {
    const sessions = new FakeSessions();
    await using rig = await serve(() => assert.fail('not to be called'), { sessions });
    for (const body of [
      '{}',
      { nodeLabels: null },
      { nodeLabels: [], relLabels: [] },
      { nodeLabels: ['X'], relLabels: ['N'] },
    ]) {
      const response = await ask(rig, '/acquire-stream', body);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), '');
    }
    assert.equal(await (await ask(rig, '/acquire', {})).text(), '{"nodes":[],"rels":[]}');
    assert.deepEqual(sessions.log, []);
  });

  it('refuses a request of another shape with one clear error', async () => {
    await using rig = await serve(none);
    const bad: [string, RegExp][] = [
      ['', /body must be a JSON object/],
      ['{', /body must be a JSON object/],
      ['[]', /body must be a JSON object/],
      ['null', /body must be a JSON object/],
      ['{"nodeLabels":"N"}', /"nodeLabels" must be an array of strings/],
      ['{"nodeLabels":{}}', /"nodeLabels" must be an array of strings/],
      ['{"relLabels":["R",5]}', /"relLabels\[1\]" must be a string/],
    ];
    for (const path of ['/acquire-stream', '/subscription', '/acquire']) {
      for (const [body, message] of bad) {
        const response = await ask(rig, path, body);
        assert.equal(response.status, 400, body);
        const answer = (await response.json()) as { code: string; error: string };
        assert.equal(answer.code, 'BAD_REQUEST');
        assert.match(answer.error, message);
      }
    }
  });

  it('takes a body of any content type, and refuses one that is too large', async () => {
    await using rig = await serve(none, { bodyLimit: 200 });
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'application/x-other',
    ]) {
      const response = await fetch(`${rig.url}/acquire-stream`, {
        method: 'POST',
        body: '{"nodeLabels":["N"]}',
        headers: { 'content-type': type },
      });
      assert.equal(response.status, 200, type);
    }
    assert.equal((await open(rig)).statusCode, 200, 'without a content type');
    const large = await ask(rig, '/acquire-stream', { nodeLabels: ['N'.repeat(300)] });
    assert.equal(large.status, 413);
  });

  it('says that it can stream, with both verbs, and that it is well', async () => {
    await using rig = await serve(none);
    for (const method of ['GET', 'POST']) {
      const response = await fetch(`${rig.url}/supports-stream`, { method });
      assert.equal(response.status, 204);
      assert.equal(await response.text(), '');
    }
    assert.equal((await fetch(`${rig.url}/healthz`)).status, 200);
    assert.equal((await fetch(`${rig.url}/readyz`)).status, 200);
  });

  it('sends what was yielded, although its bytes are used again for what comes next', async () => {
    const lines = Array.from({ length: 40 }, (_, n) =>
      [node(n, 'x'.repeat(n % 3 === 0 ? 50_000 : 10)), relation(n)].map((element) =>
        Buffer.from(encodeLine(element)).toString('latin1'),
      ),
    ).flat();
    await using rig = await serve(async function* bootstrap() {
      // As a Buffer, whose slice() is no copy, and as what it is a view of.
      const shared = Buffer.alloc(100_000);
      for (const line of lines) {
        const length = shared.write(line, 'latin1');
        yield { ndjson: shared.subarray(0, length), count: 1 };
        shared.fill('?');
      }
    });
    const stream = await ask(rig, '/acquire-stream', { nodeLabels: ['N'], relLabels: ['R'] });
    assert.ok((await stream.text()) === lines.join(''), 'the stream');
    const legacy = await ask(rig, '/acquire', { nodeLabels: ['N'], relLabels: ['R'] });
    const { nodes, rels } = (await legacy.json()) as { nodes: { id: string }[]; rels: { id: string }[] };
    assert.deepEqual([nodes.length, rels.length], [40, 40]);
    assert.deepEqual([nodes[39]?.id, rels[39]?.id], ['n:39', 'rel:R:39']);
  });

  it('tells in health, in events and in the log how far a bootstrap is', async () => {
    let now = 1_000_000;
    const go = Promise.withResolvers<void>();
    const logger = recordingLogger();
    const events: unknown[] = [];
    const listen = (event: unknown): number => events.push(event);
    subscribe('drasi-source:bootstrap:progress', listen);
    const clock = { now: () => now, sleep: systemClock.sleep.bind(systemClock) };
    await using rig = await serve(
      async function* bootstrap(_request, { report }) {
        report({ expectedElements: 40, parts: 4, partsDone: 0 });
        yield node(1);
        now += 12_000;
        report({ expectedElements: 40, parts: 4, partsDone: 1 });
        await go.promise;
      },
      { clock, logger },
    );
    const answer = open(rig);
    await until(() => events.length === 1, 'the event');
    const health = async (): Promise<{ bootstraps: Record<string, unknown>[] }> =>
      (await (await fetch(`${rig.url}/healthz`)).json()) as { bootstraps: Record<string, unknown>[] };
    const { bootstraps } = await health();
    const { elements, expectedElements, parts, partsDone, durationMs, labels } = bootstraps[0] ?? {};
    assert.deepEqual(
      { elements, expectedElements, parts, partsDone, durationMs, labels },
      { elements: 1, expectedElements: 40, parts: 4, partsDone: 1, durationMs: 12_000, labels: ['N'] },
    );
    assert.ok(logger.lines.some((line) => line.startsWith('info bootstrap goes on')));
    go.resolve();
    assert.equal((await drain(await answer)).clean, true);
    assert.deepEqual((await health()).bootstraps, []);
    unsubscribe('drasi-source:bootstrap:progress', listen);
  });

  it('answers many at once, each with its own elements', async () => {
    await using rig = await serve(async function* bootstrap({ nodeLabels }) {
      for (let n = 0; n < 50; n++) {
        await new Promise((resolve) => setImmediate(resolve));
        yield { id: `${nodeLabels[0]}:${n}`, labels: [...nodeLabels] };
      }
    });
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const label = i % 2 === 0 ? 'N' : 'M';
        const text = await (await ask(rig, '/acquire-stream', { nodeLabels: [label] })).text();
        const labels = text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).id.split(':')[0]);
        return labels.length === 50 && labels.every((other) => other === label);
      }),
    );
    assert.ok(answers.every(Boolean));
  });
});

describe('SourceProxy: back-pressure and bounds (I8)', () => {
  it('stops the generator when the reader stops reading', async () => {
    let produced = 0;
    await using rig = await serve(async function* bootstrap() {
      for (; produced < 100_000; produced++) yield node(produced, 'x'.repeat(1_000));
    });
    const response = await open(rig);
    response.pause();
    let before = -1;
    while (produced !== before) {
      before = produced;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(produced < 20_000, `${produced} KB were produced for a reader that takes nothing`);
    let lines = 0;
    for await (const part of response) lines += (part as Buffer).toString('latin1').split('\n').length - 1;
    assert.equal(lines, 100_000);
    assert.ok(response.complete);
  });
});

describe('SourceProxy: a reader that leaves', () => {
  it('aborts the bootstrap and ends its generator', async () => {
    let signal: AbortSignal | undefined;
    let ended = false;
    const sessions = new FakeSessions();
    await using rig = await serve(
      async function* bootstrap(_request, context) {
        signal = context.signal;
        try {
          for (let n = 0; ; n++) yield node(n, 'x'.repeat(1_000));
        } finally {
          ended = true;
        }
      },
      { sessions },
    );
    const response = await open(rig);
    response.on('error', () => undefined);
    response.destroy();
    await until(() => ended && rig.proxy.active === 0);
    assert.equal(signal?.aborted, true);
    assert.deepEqual(sessions.log, ['open N', 'abandon id']);
  });

  it('is noticed while the bootstrap still waits, even when that ignores its signal', async () => {
    const sessions = new FakeSessions();
    let started = false;
    await using rig = await serve(
      async function* bootstrap() {
        started = true;
        await new Promise(() => undefined);
        yield node(1);
      },
      { sessions },
    );
    const request = httpRequest(`${rig.url}/acquire-stream`, { method: 'POST' });
    request.on('error', () => undefined);
    request.end('{"nodeLabels":["N"]}');
    await until(() => started);
    request.destroy();
    await until(() => rig.proxy.active === 0);
    assert.deepEqual(sessions.log, ['open N', 'close id'], 'nothing was sent: nothing to repair');
  });
});

describe('SourceProxy: a bootstrap that fails (I9)', () => {
  it('answers 500 before the first byte', async () => {
    const sessions = new FakeSessions();
    const logger = recordingLogger();
    await using rig = await serve(
      async function* bootstrap() {
        yield node(1);
        throw new SourceError('NO_ACCESS', 'the table "é" is not readable');
      },
      { sessions, logger },
    );
    const response = await ask(rig, '/acquire-stream', { nodeLabels: ['N'] });
    assert.equal(response.status, 500);
    assert.deepEqual(await response.json(), {
      code: 'NO_ACCESS',
      error: 'the bootstrap failed before its first element: the table "é" is not readable',
    });
    assert.deepEqual(sessions.log, ['open N', 'close id']);
    assert.ok(logger.lines.some((line) => line.startsWith('error a bootstrap failed')));
  });

  it('answers 400 when it refuses the request before its first element', async () => {
    await using rig = await serve(async function* bootstrap(request) {
      if (request.nodeLabels.length > 0)
        throw new SourceError('BAD_REQUEST', 'only relations can be read here');
      yield node(1);
    });
    const response = await ask(rig, '/acquire-stream', { nodeLabels: ['N'] });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /BAD_REQUEST.*only relations can be read here/);
  });

  it('writes the poison line after the first byte, and cuts the connection', async () => {
    const sessions = new FakeSessions();
    await using rig = await serve(
      async function* bootstrap() {
        for (let n = 0; n < 200; n++) yield node(n, 'x'.repeat(1_000));
        throw new Error('the source "é" broke\nin the middle');
      },
      { sessions },
    );
    const { text, clean } = await drain(await open(rig));
    assert.equal(clean, false, 'a truncated answer must not end cleanly');
    const lines = text.split('\n');
    assert.equal(lines.at(-1), '', 'the poison line is a whole line');
    assert.deepEqual(JSON.parse(lines.at(-2)!), {
      error: 'bootstrap failed: the source "é" broke\nin the middle',
    });
    assert.match(text, /^[ -~\n]*$/);
    for (const line of lines.slice(0, -2)) assert.equal(JSON.parse(line).labels[0], 'N');
    assert.deepEqual(sessions.log, ['open N', 'abandon id']);
  });

  it('cuts the connection without a chunked end on the wire', async () => {
    await using rig = await serve(async function* bootstrap() {
      yield { ndjson: Buffer.from(`${'x'.repeat(70_000)}\n`), count: 1 };
      throw new Error('broken');
    });
    const socket = connect(rig.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    const body = '{"nodeLabels":["N"]}';
    socket.write(`POST /acquire-stream HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await once(socket, 'close');
    assert.ok(text.includes('{"error":"bootstrap failed: broken"}\n'));
    assert.ok(!text.endsWith('0\r\n\r\n'));
  });

  it('cuts the connection of a reader that takes nothing more', async () => {
    const rig = await serve(async function* bootstrap(): AsyncGenerator<SourceElement> {
      for (let n = 0; ; n++) yield node(n, 'x'.repeat(1_000));
    });
    const response = await open(rig);
    response.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const began = Date.now();
    await rig.proxy.stop();
    assert.ok(Date.now() - began < 2_000, 'the poison line is not waited for without end');
    assert.equal((await drain(response)).clean, false);
  });

  it('refuses elements that would break the query', async () => {
    const items: (SourceElement | EncodedElements)[] = [
      { id: '', labels: ['N'] },
      { ndjson: Buffer.from('{"half":'), count: 1 },
    ];
    for (const item of items) {
      await using rig = await serve(async function* bootstrap() {
        yield item;
      });
      const response = await ask(rig, '/acquire-stream', { nodeLabels: ['N'] });
      assert.equal(response.status, 500);
      assert.equal(((await response.json()) as { code: string }).code, 'BAD_ELEMENT');
    }
  });

  it('answers 500 when the bootstrap function itself throws', async () => {
    await using rig = await serve(() => {
      throw new Error('at once');
    });
    const response = await ask(rig, '/acquire-stream', { nodeLabels: ['N'] });
    assert.equal(response.status, 500);
    assert.match(await response.text(), /BOOTSTRAP_FAILED.*at once/);
  });
});

describe('SourceProxy: sessions (R1, R2)', () => {
  it('opens before the bootstrap is called, renews while it sends, and closes at its clean end', async () => {
    const sessions = new FakeSessions();
    await using rig = await serve(
      async function* bootstrap() {
        sessions.log.push('bootstrap');
        await until(() => sessions.log.filter((line) => line === 'renew id').length >= 3);
        yield node(1);
      },
      { sessions, sessionRenewMs: 5 },
    );
    sessions.onRenew = () => {
      // It was taken for abandoned in between: the bootstrap goes on.
      throw new SourceError('UNKNOWN_SESSION', 'unknown');
    };
    assert.equal((await ask(rig, '/acquire-stream', { nodeLabels: ['N'], relLabels: ['R'] })).status, 200);
    await until(() => sessions.log.includes('close id'));
    const log = sessions.log.filter((line) => line !== 'renew id');
    assert.deepEqual(log, ['open N,R', 'bootstrap', 'close id']);
    const length = sessions.log.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(sessions.log.length, length, 'no renewal after the end');
  });

  it('answers 503 when no session can be opened in time, and calls no bootstrap', async () => {
    const sessions = new FakeSessions();
    sessions.onOpen = (signal) => aborted(signal).then(() => signal.throwIfAborted());
    await using rig = await serve(() => assert.fail('not to be called'), {
      sessions,
      sessionOpenTimeoutMs: 20,
    });
    const response = await ask(rig, '/acquire-stream', { nodeLabels: ['N'] });
    assert.equal(response.status, 503);
    assert.match(await response.text(), /SESSIONS_UNAVAILABLE.*within 20 ms/);
    assert.deepEqual(sessions.log, ['open N']);
  });

  it('hands over before the bytes leave, and sends nothing that was not handed over (R6)', async () => {
    const sessions = new FakeSessions();
    const bootstrap: Bootstrap = async function* bootstrap(_request, { handOver }) {
      assert.ok(handOver);
      await handOver(Buffer.from('n:1'));
      sessions.log.push('send');
      yield node(1, 'x'.repeat(100_000));
      sessions.onHandOver = (signal) => aborted(signal).then(() => signal.throwIfAborted());
      await handOver(Buffer.from('n:2'));
      yield node(2);
    };
    await using rig = await serve(bootstrap, { sessions, sessionOpenTimeoutMs: 50 });
    const { text, clean } = await drain(await open(rig));
    assert.equal(clean, false);
    assert.match(text, /n:1/);
    assert.doesNotMatch(text, /n:2/);
    assert.match(text, /took no hand-over within 50 ms/);
    assert.deepEqual(sessions.log, ['open N', 'hand over id n:1', 'send', 'abandon id']);
  });

  it('tells a bootstrap the checkpoint of the reactivator, when there are sessions', async () => {
    const seen: unknown[] = [];
    const bootstrap: Bootstrap = async function* bootstrap(_request, { checkpoint }) {
      seen.push(await checkpoint?.());
      yield node(1);
    };
    await using rig = await serve(bootstrap, { sessions: new FakeSessions() });
    await using alone = await serve(bootstrap);
    for (const at of [rig, alone]) await ask(at, '/acquire-stream', { nodeLabels: ['N'] });
    assert.deepEqual(seen, [{ cursor: 'c' }, undefined]);
  });

  it('answers 503 when nothing was sent before a hand-over failed, and has no hand-over without sessions', async () => {
    const sessions = new FakeSessions();
    sessions.onHandOver = (signal) => aborted(signal).then(() => signal.throwIfAborted());
    const bootstrap: Bootstrap = async function* bootstrap(_request, { handOver }) {
      await handOver?.(Buffer.from('n:1'));
      yield node(1);
    };
    await using rig = await serve(bootstrap, { sessions, sessionOpenTimeoutMs: 20 });
    const response = await ask(rig, '/acquire-stream', { nodeLabels: ['N'] });
    assert.equal(response.status, 503);
    assert.deepEqual(sessions.log, ['open N', 'close id']);
    await using alone = await serve(bootstrap);
    assert.equal((await ask(alone, '/acquire-stream', { nodeLabels: ['N'] })).status, 200);
  });

  it('is not broken by a reactivator that vanished', async () => {
    const sessions = new FakeSessions();
    sessions.close = () => Promise.reject(new Error('gone'));
    await using rig = await serve(
      async function* bootstrap() {
        yield node(1);
      },
      { sessions },
    );
    const response = await ask(rig, '/acquire-stream', { nodeLabels: ['N'] });
    assert.equal(response.status, 200);
    assert.equal((await response.text()).split('\n').length, 2);
  });
});

describe('SourceProxy: stop', () => {
  it('lets a short bootstrap end, and refuses new ones', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const rig = await serve(
      async function* bootstrap() {
        yield node(1);
        await gate;
        yield node(2);
      },
      { graceMs: 5_000 },
    );
    const answer = ask(rig, '/acquire-stream', { nodeLabels: ['N'] });
    await until(() => rig.proxy.active === 1);
    const stopping = rig.proxy.stop();
    assert.equal((await fetch(`${rig.url}/readyz`)).status, 503);
    assert.equal((await ask(rig, '/acquire-stream', { nodeLabels: ['N'] })).status, 503);
    go();
    assert.equal((await (await answer).text()).trim().split('\n').length, 2);
    await stopping;
    await assert.rejects(fetch(`${rig.url}/healthz`));
  });

  it('breaks a long one visibly', async () => {
    const sessions = new FakeSessions();
    const rig = await serve(
      async function* bootstrap(_request, { signal }) {
        for (let n = 0; n < 200; n++) yield node(n, 'x'.repeat(1_000));
        await aborted(signal);
        yield node(201);
      },
      { sessions },
    );
    const response = await open(rig);
    const drained = drain(response);
    await rig.proxy.stop();
    const { text, clean } = await drained;
    assert.equal(clean, false);
    assert.ok(text.endsWith('{"error":"bootstrap failed: the service is stopping"}\n'), text.slice(-100));
    assert.deepEqual(sessions.log, ['open N', 'abandon id']);
  });
});

describe('SourceProxy: legacy /acquire', () => {
  it('answers one document, nodes before relations, in whatever order they come', async () => {
    await using rig = await serve(async function* bootstrap(): AsyncGenerator<
      SourceElement | EncodedElements
    > {
      yield relation(1);
      yield node(1, '"startId"');
      yield {
        ndjson: Buffer.concat([
          encodeLine(node(2, '"startId":')),
          encodeLine(relation(2)),
          encodeLine(node(3)),
        ]),
        count: 3,
      };
      yield relation(3);
    });
    const response = await ask(rig, '/acquire', { nodeLabels: ['N'], relLabels: ['R'] });
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.deepEqual(await response.json(), {
      nodes: [node(1, '"startId"'), node(2, '"startId":'), node(3)],
      rels: [relation(1), relation(2), relation(3)].map((rel) => ({ ...rel, properties: {} })),
    });
  });

  it('holds no relation back when only relations are asked for', async () => {
    await using rig = await serve(
      async function* bootstrap() {
        for (let n = 0; n < 1_000; n++) yield relation(n);
      },
      { acquireSpoolBytes: 10 },
    );
    const answer = (await (await ask(rig, '/acquire', { relLabels: ['R'] })).json()) as {
      nodes: unknown[];
      rels: unknown[];
    };
    assert.equal(answer.nodes.length, 0);
    assert.equal(answer.rels.length, 1_000);
  });

  it('refuses more relations than it may hold', async () => {
    await using rig = await serve(
      async function* bootstrap() {
        for (let n = 0; n < 1_000; n++) yield relation(n);
      },
      { acquireSpoolBytes: 1_000 },
    );
    const response = await ask(rig, '/acquire', { nodeLabels: ['N'], relLabels: ['R'] });
    assert.equal(response.status, 500);
    assert.match(await response.text(), /ACQUIRE_TOO_LARGE.*acquire-stream/);
  });

  it('writes nodes as they come', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    await using rig = await serve(async function* bootstrap() {
      for (let n = 0; n < 100; n++) yield node(n, 'x'.repeat(1_000));
      await gate;
      yield node(100);
    });
    const response = await open(rig, '/acquire');
    const [first] = (await once(response, 'data')) as [Buffer];
    assert.ok(first.toString('latin1').startsWith('{"nodes":[{"id":"n:0"'));
    go();
    response.resume();
    await once(response, 'end');
    assert.ok(response.complete);
  });
});
