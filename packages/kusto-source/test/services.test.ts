// The two services as on the platform: started from the provider's and the Source's YAML by environment alone, joined by a
// sidecar.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parse } from 'yaml';
import { DrasiKusto } from './drasi-kusto.ts';
import { FakeSidecar } from './fake-sidecar.ts';
import { freePort } from './free-port.ts';

interface Provider {
  readonly spec: {
    readonly services: Readonly<
      Record<
        string,
        {
          readonly dapr: { readonly 'app-port': string };
          readonly externalImage: boolean;
          readonly deprovisionHandler?: boolean;
        }
      >
    >;
    readonly config_schema: {
      readonly properties: Readonly<Record<string, { readonly type: string }>>;
      readonly required: readonly string[];
    };
  };
}
interface SourceResource {
  readonly name: string;
  readonly spec: { readonly kind: string; readonly properties: Readonly<Record<string, unknown>> };
}

const deploy = new URL('../../../deploy/', import.meta.url);
const readYaml = async <T>(path: string): Promise<T> =>
  parse(await readFile(new URL(path, deploy), 'utf8')) as T;

/** What the control plane does with a Source: check against the provider's schema, then properties to environment variables. */
function platformEnvironment(provider: Provider, source: SourceResource): Record<string, string> {
  const { properties, required } = provider.spec.config_schema;
  for (const name of required) assert.ok(name in source.spec.properties, `${name} is required`);
  const env: Record<string, string> = { SOURCE_ID: source.name };
  for (const [name, value] of Object.entries(source.spec.properties)) {
    const type = properties[name]?.type;
    assert.ok(type !== undefined, `${name} is in the provider's schema`);
    assert.equal(typeof value, type === 'integer' ? 'number' : type, `${name} has the schema's type`);
    env[name] = String(value);
  }
  return env;
}

/** A source's two services, with their sidecar. */
class Platform implements AsyncDisposable {
  readonly sidecar: FakeSidecar;
  readonly env: Record<string, string>;
  readonly ports: { readonly proxy: number; readonly reactivator: number };
  readonly running: DrasiKusto[] = [];

  private constructor(
    sidecar: FakeSidecar,
    env: Record<string, string>,
    ports: { proxy: number; reactivator: number },
  ) {
    this.sidecar = sidecar;
    this.env = env;
    this.ports = ports;
  }

  static async create(overrides: Record<string, string>): Promise<Platform> {
    const provider = await readYaml<Provider>('source-provider.yaml');
    const source = await readYaml<SourceResource>('samples/source.yaml');
    const sidecar = await FakeSidecar.start();
    const ports = { proxy: await freePort(), reactivator: await freePort() };
    sidecar.apps.set(`${source.name}-reactivator`, ports.reactivator);
    const env = {
      ...platformEnvironment(provider, source),
      DAPR_HTTP_PORT: String(sidecar.port),
      POLL_INTERVAL: '0.2',
      ...overrides,
    };
    return new Platform(sidecar, env, ports);
  }

  start(service: 'proxy' | 'reactivator'): DrasiKusto {
    const program = new DrasiKusto([service], { ...this.env, APP_PORT: String(this.ports[service]) });
    this.running.push(program);
    return program;
  }

  /** Asks for a bootstrap as the query API does, waiting for the proxy to listen. */
  async acquire(nodeLabels: readonly string[], signal?: AbortSignal): Promise<Response> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await fetch(`http://127.0.0.1:${this.ports.proxy}/acquire-stream`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ nodeLabels, relLabels: [] }),
          ...(signal === undefined ? {} : { signal }),
        });
      } catch (error) {
        if (attempt > 100 || signal?.aborted === true) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async until(condition: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!condition()) {
      if (Date.now() > end)
        throw new Error(
          `${what} did not come; ${this.running.map((program) => program.stderr.slice(-1500)).join('\n')}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get hasCheckpoint(): boolean {
    return [...this.sidecar.state.values()].some(
      ({ value }) => (value as { checkpoint?: unknown }).checkpoint !== undefined,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.running.map((program) => program.kill('SIGKILL')));
    await this.sidecar[Symbol.asyncDispose]();
  }
}

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
  await kusto.execute(
    'NetDefaultDB',
    '.create table StormEvents (EventId: int, State: string, StormSummary: dynamic, EventNarrative: string, EpisodeNarrative: string)',
  );
  const rows = Array.from({ length: 20_000 }, (_, index) => `${index},NEW YORK,,${'x'.repeat(300)},`);
  await kusto.ingest('NetDefaultDB', 'StormEvents', rows.join('\n'));
});
after(() => kusto.close());

const platform = (more: Record<string, string> = {}): Promise<Platform> =>
  Platform.create({ KUSTO_URI: kusto.url, KUSTO_DATABASE: 'NetDefaultDB', ...more });

describe('services on the platform', { timeout: 180_000 }, () => {
  it('start from the sample, bootstrap each id once and publish what follows to the topic of the source', async () => {
    await using running = await platform();
    running.start('reactivator');
    running.start('proxy');
    const response = await running.acquire(['StormEvents', 'Somebody-Elses']);
    assert.equal(response.status, 200);
    const ids = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    assert.equal(ids.length, new Set(ids).size, 'each id once (R5)');
    const { rows } = await kusto.execute('NetDefaultDB', 'StormEvents | where State == "NEW YORK" | count');
    assert.equal(ids.length, Number(rows[0]?.[0]));
    await kusto.ingest(
      'NetDefaultDB',
      'StormEvents',
      '7,NEW YORK,,changed,\n800000,NEW YORK,,new,\n800001,TEXAS,,elsewhere,\n',
    );
    await running.until(() => running.sidecar.published.length >= 2, 'two changes');
    assert.deepEqual([...running.sidecar.ids].toSorted(), ['StormEvents:7', 'StormEvents:800000']);
    assert.deepEqual([...running.sidecar.topics], ['drasi-pubsub/kusto-demo-source-change']);
    const other = await running.acquire(['Somebody-Elses']);
    assert.deepEqual([other.status, await other.text()], [200, '']);
  });

  it('a bootstrap waits until the reactivator holds a checkpoint, then misses nothing (R1)', async () => {
    await using running = await platform();
    running.start('proxy');
    const bootstrap = running.acquire(['StormEvents']);
    const early = await Promise.race([
      bootstrap,
      new Promise((resolve) => setTimeout(() => resolve('waiting'), 1500)),
    ]);
    assert.equal(early, 'waiting', 'without a reactivator there is no first byte');
    assert.equal(running.hasCheckpoint, false);
    await kusto.ingest('NetDefaultDB', 'StormEvents', '810000,NEW YORK,,before the checkpoint,\n');
    running.start('reactivator');
    const response = await bootstrap;
    assert.ok(running.hasCheckpoint, 'the checkpoint is stored before the first byte');
    const text = await response.text();
    await kusto.ingest('NetDefaultDB', 'StormEvents', '810001,NEW YORK,,after it,\n');
    await running.until(
      () => running.sidecar.ids.includes('StormEvents:810001'),
      'the row after the checkpoint',
    );
    assert.match(text, /"id":"StormEvents:810000"/);
  });

  it('publishes the labels again when a proxy is killed in the middle of a bootstrap (R2)', async () => {
    await using running = await platform();
    running.start('reactivator');
    const proxy = running.start('proxy');
    const response = await running.acquire(['StormEvents']);
    const reader = response.body?.getReader();
    await reader?.read();
    await proxy.kill('SIGKILL');
    await reader?.cancel().catch(() => {});
    const { rows } = await kusto.execute(
      'NetDefaultDB',
      'StormEvents | where State == "NEW YORK" | summarize dcount(EventId)',
    );
    const wanted = Number(rows[0]?.[0]);
    await running.until(() => new Set(running.sidecar.ids).size >= wanted, 'every row again', 60_000);
    assert.ok(running.sidecar.published.every((change) => change.op === 'u'));
    await running.until(
      () =>
        [...running.sidecar.state.values()].every(
          ({ value }) => ((value as { sessions?: unknown[] }).sessions ?? []).length === 0,
        ),
      'the session forgotten',
    );
  });

  it('deletes its state at the end of the source, and nothing brings it back (R24)', async () => {
    await using running = await platform();
    const reactivator = running.start('reactivator');
    await running.until(() => running.hasCheckpoint, 'the checkpoint');
    const response = await fetch(`http://127.0.0.1:${running.ports.reactivator}/deprovision`, {
      method: 'POST',
    });
    assert.equal(response.status, 204);
    assert.equal(running.sidecar.state.size, 0);
    await kusto.ingest('NetDefaultDB', 'StormEvents', '820000,NEW YORK,,late,\n');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(running.sidecar.state.size, 0);
    assert.ok(!running.sidecar.ids.includes('StormEvents:820000'));
    reactivator.child.kill('SIGTERM');
    assert.equal((await reactivator.exit).code, 0, reactivator.stderr);
  });

  it('with a key index: what a bootstrap sent is deleted when it left, and the end of the source deletes the index too (I13, R24)', async () => {
    await using running = await platform({ CHANGE_DETECTION: 'latest' });
    running.start('reactivator');
    running.start('proxy');
    await running.until(() => running.hasCheckpoint, 'the checkpoint', 60_000);
    await kusto.ingest(
      'NetDefaultDB',
      'StormEvents',
      '830000,NEW YORK,,only in a bootstrap and then gone,\n',
    );
    const text = await running.acquire(['StormEvents']).then((response) => response.text());
    assert.match(text, /"id":"StormEvents:830000"/);
    await kusto.ingest('NetDefaultDB', 'StormEvents', '830000,TEXAS,,it left the filter,\n');
    const deletes = (): number => running.sidecar.published.filter(({ op }) => op === 'd').length;
    await running.until(() => deletes() > 0, 'the delete');
    assert.equal(deletes(), 1);
    assert.ok(
      [...running.sidecar.state.keys()].some((key) => key.includes('key-index-.storm.events')),
      'the index is in the state store',
    );
    const { status } = await fetch(`http://127.0.0.1:${running.ports.reactivator}/deprovision`, {
      method: 'POST',
    });
    assert.equal(status, 204);
    assert.deepEqual([...running.sidecar.state.keys()], []);
  });

  it('drains on SIGTERM (I12)', async () => {
    await using running = await platform();
    const [reactivator, proxy] = [running.start('reactivator'), running.start('proxy')];
    await running.until(() => running.hasCheckpoint, 'the checkpoint');
    await running.acquire(['StormEvents']).then((response) => response.text());
    for (const program of [proxy, reactivator]) {
      program.child.kill('SIGTERM');
      assert.equal((await program.exit).code, 0, program.stderr);
    }
  });

  it('says that it waits where there is no sidecar, and ends when told to', async () => {
    await using running = await platform({ DAPR_HTTP_PORT: String(await freePort()) });
    const reactivator = running.start('reactivator');
    await reactivator.until(
      ({ stderr }) => stderr.includes('waiting for the Dapr sidecar'),
      'the reason of the silence',
      40_000,
    );
    reactivator.child.kill('SIGTERM');
    assert.equal((await reactivator.exit).code, 0, reactivator.stderr);
  });

  it('stops with a clear error when the configuration is wrong', async () => {
    await using running = await platform({ PRIMARY_KEY: 'Nothing' });
    const reactivator = running.start('reactivator');
    assert.equal((await reactivator.exit).code, 2);
    const told = reactivator.stderr
      .trimEnd()
      .split('\n')
      .filter((line) => line.includes('Nothing'));
    assert.equal(told.length, 1, reactivator.stderr);
    const { level, code, message } = JSON.parse(told[0] ?? '') as Record<string, unknown>;
    assert.deepEqual([level, code], ['error', 'SCHEMA']);
    assert.match(String(message), /^PRIMARY_KEY: the key column "Nothing"/);
    assert.equal(running.hasCheckpoint, false, 'nothing advanced');
  });
});
