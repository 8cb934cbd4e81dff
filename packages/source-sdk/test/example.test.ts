// examples/counter as its processes: on the platform beside a sidecar, and alone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { FakeDrasiServer } from './fake-drasi-server.ts';
import { FakeSidecar } from './fake-sidecar.ts';
import { until } from './helpers.ts';

const folder = fileURLToPath(new URL('../examples/counter/', import.meta.url));

interface Example {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  readonly end: () => Promise<number | null>;
}

function start(service: string, env: Readonly<Record<string, string>>): Example {
  const child = spawn(process.execPath, [join(folder, 'counter.ts'), service], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], SOURCE_ID: 'counters', STEP_MS: '20', ...env },
  });
  let stderr = '';
  child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
  const exit = once(child, 'exit');
  return {
    child,
    stderr: () => stderr,
    end: async () => {
      child.kill('SIGTERM');
      return ((await exit) as [number | null])[0];
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function bootstrapAt(port: number): Promise<{ readonly status: number; readonly ids: string[] }> {
  const answer = await fetch(`http://127.0.0.1:${port}/acquire-stream`, {
    method: 'POST',
    body: '{"nodeLabels":["Counter","Other"],"relLabels":[]}',
  });
  const lines = (await answer.text()).trim().split('\n');
  return { status: answer.status, ids: lines.map((line) => JSON.parse(line).id) };
}

const listens = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/healthz`).then(
    (answer) => answer.ok,
    () => false,
  );

async function untilListens(port: number): Promise<void> {
  let done = false;
  for (const end = Date.now() + 20_000; !done && Date.now() < end;) done = await listens(port);
  assert.ok(done, `nothing listens on ${port}`);
}

describe('examples/counter', { timeout: 120_000 }, () => {
  it('has at most 40 lines', async () => {
    const lines = (await readFile(join(folder, 'counter.ts'), 'utf8')).trimEnd().split('\n');
    assert.ok(lines.length <= 40, String(lines.length));
  });

  it('as on the platform: configured by what its YAML and the control plane give it', async () => {
    const documents = parseAllDocuments(await readFile(join(folder, 'provider.yaml'), 'utf8'));
    const [provider, source] = documents.map((document) => document.toJS());
    assert.deepEqual([provider.kind, source.kind], ['SourceProvider', 'Source']);
    assert.equal(source.spec.kind, provider.name);
    const services = Object.keys(provider.spec.services);
    assert.deepEqual(services, ['proxy', 'reactivator']);
    const types = provider.spec.config_schema.properties;
    const properties = Object.entries<number>(source.spec.properties).map(([name, value]) => {
      assert.equal(types[name]?.type, Number.isInteger(value) ? 'integer' : typeof value, name);
      return [name, String(value)] as const;
    });
    const sidecar = await FakeSidecar.start();
    sidecar.ready = false;
    const ports = [await freePort(), await freePort()] as const;
    const [proxy, reactivator] = services.map((service, index) =>
      start(service, {
        ...Object.fromEntries(properties),
        SOURCE_ID: source.name,
        APP_PORT: String(ports[index]),
        DAPR_HTTP_PORT: String(sidecar.port),
      }),
    ) as [Example, Example];
    sidecar.apps.set(`${source.name}-reactivator`, ports[1]);
    await Promise.all(ports.map(untilListens));
    assert.equal(sidecar.published.length, 0);
    sidecar.ready = true;
    await until(() => sidecar.published.length > 1, 'changes', 20_000);
    assert.equal(sidecar.published[0]?.topic, `${source.name}-change`);
    const { status, ids } = await bootstrapAt(ports[0]);
    assert.equal(status, 200);
    assert.ok(ids.length > 0 && ids.length <= 10 && ids.every((id) => /^counter:\d$/.test(id)), ids.join());
    assert.deepEqual(
      [await proxy.end(), await reactivator.end()],
      [0, 0],
      proxy.stderr() + reactivator.stderr(),
    );
    assert.match(reactivator.stderr(), /"service":"reactivator","source":"counters"/);
    await sidecar.stop();
  });

  it('alone: to Drasi Server, and on from its checkpoint after a SIGKILL', async () => {
    const state = await mkdtemp(join(tmpdir(), 'counter-'));
    const server = await FakeDrasiServer.start('counters');
    const port = await freePort();
    const env = { APP_PORT: String(port), PUBLISH_TO: server.url, STATE_DIR: state };
    const first = start('both', env);
    await until(() => server.events.length > 2, 'changes', 20_000);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const before = server.events.length;
    const second = start('both', env);
    await until(() => server.events.length > before + 2, 'further changes', 20_000);
    assert.ok((await bootstrapAt(port)).ids.length > 2);
    assert.equal(await second.end(), 0, second.stderr());
    const steps = server.events.map((text) => {
      const { properties } = JSON.parse(text).element;
      return properties.value * 10 + Number(properties.name.slice(1));
    });
    // Every step, in order; the one that was under way may have come twice.
    for (const [index, step] of steps.entries())
      assert.ok(index === 0 ? step === 0 : [0, 1].includes(step - (steps[index - 1] ?? 0)), steps.join());
    await server.stop();
    await rm(state, { recursive: true });
  });

  it('says what is wrong with its environment, and ends', async () => {
    for (const [service, env, message] of [
      ['both', { SOURCE_ID: '' }, /SOURCE_ID is missing/],
      ['both', { PUBLISH_TO: 'ftp://h' }, /nothing for ftp:/],
      ['both', { STEP_MS: '0' }, /STEP_MS must be an integer, 1 or more/],
      ['proxies', {}, /no service "proxies" of a source: it must be proxy, reactivator or both/],
    ] as const) {
      const example = start(service, { APP_PORT: '0', ...env });
      assert.deepEqual(await once(example.child, 'exit'), [1, null]);
      assert.match(example.stderr(), message);
      const line = example.stderr().match(/^\{.*"level":"error".*$/m)?.[0] ?? '{}';
      const { level, code, error } = JSON.parse(line) as { level: string; code: string; error: string };
      assert.deepEqual([level, code], ['error', 'BAD_CONFIGURATION'], 'a line of the log says it');
      assert.match(error, message);
    }
  });
});
