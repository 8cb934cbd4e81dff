// What reaches the ports of proxy and reactivator: an answer of the documented form in time, and a service that stays well.
import assert from 'node:assert/strict';
import { MemoryPublisher } from '../../../packages/source-sdk/src/publishers/memory-publisher.ts';
import { Reactivator } from '../../../packages/source-sdk/src/reactivator/reactivator.ts';
import { MemoryStateStore } from '../../../packages/source-sdk/src/state/memory-state-store.ts';
import type { BootstrapRequest, ChangeBatch } from '../../../packages/source-sdk/src/index.ts';
import { smallProxy } from '../../../packages/source-sdk/test/small-proxy.ts';
import { HttpSender, readHttpInput, type HttpAnswer } from '../http-input.ts';
import { bytes, type OpenTarget, type Target } from '../target.ts';

const files = /\/source-sdk\/src\/(?:http|proxy|sessions|reactivator\/reactivator-server)/;
const EVERY = 40;

/** An answer has a known status, and an error says its code. */
export function checkAnswer(path: string, { status, text }: HttpAnswer, head: boolean): void {
  assert.ok(
    [200, 204, 400, 404, 405, 413, 414, 415, 422, 503].includes(status),
    `${path} is answered with ${status} ${text.slice(0, 200)}`,
  );
  if (status < 400 || head) return;
  // The health endpoints say it in their own form.
  if (/^\/(?:healthz|readyz)/.test(path)) return;
  const { code, error } = JSON.parse(text) as { code?: unknown; error?: unknown };
  assert.ok(
    typeof code === 'string' && /^(?!FST_)[A-Z_]+$/.test(code) && typeof error === 'string',
    `no code: ${text.slice(0, 200)}`,
  );
}

/** Sends each input, and looks at the health of the service now and then. */
function sender(
  port: number,
  look: (path: string, answer: HttpAnswer) => void,
  close: () => Promise<void>,
): OpenTarget {
  const http = new HttpSender(port);
  let runs = 0;
  return {
    run: async (input) => {
      const request = readHttpInput(input);
      const answer = await http.send(request);
      checkAnswer(request.path, answer, request.method === 'HEAD');
      look(request.path, answer);
      runs += 1;
      if (runs % EVERY !== 0) return;
      const health = await http.send({ method: 'GET', path: '/healthz', contentType: '', body: Buffer.of() });
      assert.equal(health.status, 200, 'it is not well any more');
    },
    close: async () => {
      http.close();
      await close();
    },
  };
}

async function openProxy(): Promise<OpenTarget> {
  const asked: BootstrapRequest[] = [];
  const proxy = smallProxy(asked);
  const { port } = await proxy.start();
  const look = (path: string, { status, text }: HttpAnswer): void => {
    for (const { nodeLabels, relLabels } of asked.splice(0))
      assert.ok(
        nodeLabels.every((name) => name === 'N') && relLabels.every((name) => name === 'R'),
        'a bootstrap was asked for labels that the source does not own',
      );
    if (status !== 200 || !/^\/(?:acquire-stream|subscription)/.test(path)) return;
    for (const line of text.split('\n').slice(0, -1))
      assert.ok((JSON.parse(line) as { id?: unknown }).id, line);
  };
  return sender(port, look, () => proxy.stop());
}

const labels = '{"nodeLabels":["N","X"],"relLabels":["R"]}';
const words = [
  '"nodeLabels"',
  '"relLabels"',
  '"queryId"',
  '"N"',
  '"R"',
  '"__proto__"',
  'null',
  '[]',
  '{}',
  '{"length":1e9}',
  '\\u0000',
  '\ufeff',
];

export const proxyTarget = (): Target => ({
  name: 'proxy',
  corpus: [
    `POST /acquire-stream application/json\n${labels}`,
    `POST /subscription application/json; charset=utf-8\n{"queryId":"q","queryNodeId":"default","nodeLabels":["N"],"relLabels":[]}`,
    `POST /acquire application/json\n${labels}`,
    'POST /acquire-stream text/plain\n{"nodeLabels":null}',
    'GET /supports-stream \n',
  ].map(bytes),
  tokens: [
    ...words,
    '/acquire-stream',
    '/subscription',
    '/acquire',
    '/healthz',
    '/readyz',
    'multipart/form-data; boundary=x',
    '%00',
    '/../',
    '?a=b',
  ],
  files,
  limitMs: 5_000,
  open: openProxy,
});

async function openReactivator(): Promise<OpenTarget> {
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const reactivator = new Reactivator({
    sourceId: 's',
    fingerprint: 'f',
    state: new MemoryStateStore(),
    publisher: new MemoryPublisher(),
    port: 0,
    handOver: () => Promise.resolve(),
    monitor: async function* monitor({
      abandonedSessions,
      openSessions,
      sleep,
    }): AsyncGenerator<ChangeBatch> {
      yield { changes: [], checkpoint: 1 };
      ready.resolve();
      for (;;) {
        const settles = abandonedSessions().map(({ id }) => id);
        if (settles.length > 0 || (openSessions?.() ?? 0) > 500) yield { changes: [], settles };
        await sleep(20);
      }
    },
  });
  const done = reactivator.run(stop.signal);
  await Promise.race([ready.promise, done]);
  const port = reactivator.address?.port ?? 0;
  return sender(
    port,
    () => undefined,
    async () => {
      stop.abort();
      await done;
    },
  );
}

export const reactivatorTarget = (): Target => ({
  name: 'reactivator',
  corpus: [
    'POST /bootstrap-sessions application/json\n{"labels":["N"],"id":"one"}',
    'POST /bootstrap-sessions application/json\n{"labels":["N","R"]}',
    'POST /bootstrap-sessions/one/renew \n',
    'POST /bootstrap-sessions/one/hand-over application/octet-stream\n\u0000\u0001bytes',
    'POST /bootstrap-sessions/one/abandon application/json\n{}',
    'POST /bootstrap-sessions/one/close \n',
    'GET /bootstrap-sessions/checkpoint \n',
    'GET /healthz \n',
  ].map(bytes),
  // Not /deprovision: it ends the source, as it must.
  tokens: [
    ...words.slice(3),
    '"labels"',
    '"id"',
    '/bootstrap-sessions',
    '/hand-over',
    '/renew',
    '/close',
    '/abandon',
    '/checkpoint',
    'one',
    '%ff',
    '..',
  ],
  files,
  limitMs: 5_000,
  open: openReactivator,
});
