/**
 * A Source without the SDK, which does what it must, and with the environment variable BROKEN each thing that it must not. It shows
 * that every check can fail. `node plain-source.ts proxy|reactivator`
 */
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const { env } = process;
const broken = new Set((env['BROKEN'] ?? '').split(','));
const is = (defect: string): boolean => broken.has(defect);
const sourceId = env['SOURCE_ID'] ?? '';
const port = Number(env['APP_PORT']);
const count = Number(env['ELEMENTS'] ?? 300);
const padding = 'x'.repeat(Number(env['PADDING'] ?? 10));
const breakFile = env['BREAK_FILE'] ?? '/nonexistent';

if (sourceId === '' && !is('ignores-configuration')) {
  if (!is('silent')) process.stderr.write('SOURCE_ID is missing\n');
  process.exit(is('ends-well') ? 0 : 1);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

function line(index: number): string {
  const properties = is('no-properties') ? {} : { properties: { n: index, text: padding } };
  const labels = is('two-labels') ? ['N', 'M'] : [is('other-label') && index === 7 ? 'Other' : 'N'];
  const text = is('utf8') ? { properties: { text: 'é' } } : {};
  const half = is('half-relation') && index === 3 ? { startId: 'n:1' } : {};
  const id = `n:${is('twice') && index === 9 ? 8 : index}`;
  return `${JSON.stringify({ id, labels, ...properties, ...text, ...half })}\n`;
}

let active = 0;

async function acquire(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await bodyOf(request);
  let labels: unknown[];
  try {
    const asked = JSON.parse(text) as { nodeLabels?: unknown[] };
    if (Array.isArray(asked)) throw new Error('an array');
    labels = asked.nodeLabels ?? [];
    if (!Array.isArray(labels) || labels.some((label) => typeof label !== 'string'))
      throw new Error('labels');
  } catch {
    response.writeHead(is('bad-is-empty') ? 200 : 400).end();
    return;
  }
  if (!labels.includes('N')) {
    response.writeHead(is('refuses-foreign') ? 400 : 200).end();
    return;
  }
  if (is('one-at-a-time') && active > 0) {
    response.writeHead(200).end();
    return;
  }
  active += 1;
  response.writeHead(200);
  const hoard: string[] = [];
  for (let index = 0; index < count && (!response.destroyed || is('works-for-nobody')); index++) {
    if (existsSync(breakFile)) {
      rmSync(breakFile);
      if (is('ends-cleanly')) response.end();
      else if (is('poison-only')) response.end('{"error":"broken"}\n');
      else response.write('{"error":"broken"}\n', () => response.destroy());
      active -= 1;
      return;
    }
    if (is('works-for-nobody')) for (const end = Date.now() + 1; Date.now() < end;);
    if (is('hoards')) hoard.push(line(index));
    else if (!response.write(line(index)) && !is('ignores-back-pressure') && !response.destroyed)
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    // A turn of the event loop now and then, for what happens meanwhile.
    if (index % 50 === 0) await wait(is('one-at-a-time') ? 5 : 0);
  }
  active -= 1;
  if (is('no-last-line-end')) response.write('{"id":"last","labels":["N"],"properties":{}}');
  response.end(hoard.join(''));
}

function proxy(): void {
  createServer((request, response) => {
    if (request.url === '/supports-stream') response.writeHead(is('supports-200') ? 200 : 204).end();
    else if (request.url === '/acquire-stream') void acquire(request, response);
    else response.writeHead(404).end();
  }).listen(port, '127.0.0.1');
}

const dapr = `http://127.0.0.1:${env['DAPR_HTTP_PORT']}/v1.0`;
const json = { 'content-type': 'application/json' };
const told = { stopping: false, deprovisioned: false };

function change(step: number): unknown {
  const ns = is('milliseconds') ? String(Date.now()) : `${Date.now()}000000`;
  const element = {
    id: `n:${step}`,
    labels: is('change-two-labels') ? ['N', 'M'] : ['N'],
    properties: { step, text: is('large') ? 'x'.repeat(5_000_000) : '' },
  };
  const op = is('inserts') ? 'i' : 'u';
  const source = {
    db: is('wrong-db') ? 'x' : sourceId,
    table: 'node',
    lsn: is('same-lsn') ? 1 : is('text-lsn') ? String(step) : step,
    ts_ns: is('float-time') ? 1.5 : '@NS@',
    partition: null,
  };
  const body = {
    op,
    reactivatorStart_ns: '@NS@',
    reactivatorEnd_ns: '@NS@',
    payload: { source, after: element },
  };
  return JSON.stringify(is('no-array') ? body : [body]).replaceAll('"@NS@"', ns);
}

async function reactivator(): Promise<void> {
  createServer((request, response) => {
    if (request.url !== '/deprovision') {
      response.writeHead(404).end();
      return;
    }
    told.deprovisioned = true;
    void wait(150)
      .then(() =>
        is('keeps-state') ? undefined : fetch(`${dapr}/state/drasi-state/plain`, { method: 'DELETE' }),
      )
      .then(() => response.writeHead(is('deprovision-200') ? 200 : 204).end());
  }).listen(port, '127.0.0.1');
  process.on('SIGTERM', () => (told.stopping = !is('ignores-sigterm')));
  let step = 0;
  let etag: string | undefined;
  for (;;) {
    try {
      const stored = await fetch(`${dapr}/state/drasi-state/plain`);
      etag = stored.headers.get('etag') ?? undefined;
      if (stored.status === 200) step = ((await stored.json()) as { step: number }).step;
      break;
    } catch {
      if (is('does-not-wait')) process.exit(1);
      await wait(100);
    }
  }
  if (is('begins-anew-behind') && step > 0) step += 3;
  const store = async (): Promise<void> => {
    const item = { key: 'plain', value: { step }, ...(etag === undefined ? {} : { etag }) };
    await fetch(`${dapr}/state/drasi-state`, { method: 'POST', headers: json, body: JSON.stringify([item]) });
    etag = (await fetch(`${dapr}/state/drasi-state/plain`)).headers.get('etag') ?? undefined;
  };
  while (!told.stopping) {
    if (told.deprovisioned && !is('writes-on')) {
      await wait(50);
      continue;
    }
    step += 1;
    if (is('stores-first')) await store();
    for (;;) {
      const topic = is('wrong-topic') ? 'changes' : `${sourceId}-change`;
      const answer = await fetch(`${dapr}/publish/drasi-pubsub/${topic}`, {
        method: 'POST',
        headers: is('wrong-type') ? { 'content-type': 'text/plain' } : json,
        body: String(change(step)),
      });
      if (answer.ok || is('drops-failed')) break;
      await wait(50);
    }
    if (!is('stores-first')) await store();
    await wait(40);
  }
  process.exit(0);
}

if (process.argv[2] === 'proxy') proxy();
else await reactivator();
