import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Clock } from '@drasi-kusto/source-sdk';
import { onlyEntity, type EntityConfig, type SourceConfig } from '../config/entity-config.ts';
import type { RunningSource, StartOptions } from '../services/start-source.ts';
import type { DrasiEngine, EngineOptions } from './drasi-engine.ts';
import { decodeChange } from './engine-feed.ts';
import { runQuickstart, type LocalKusto, type QuickstartDeps } from './quickstart.ts';

const eventIdColumn = 3;

/** A world of fakes: a Kusto that is a list of rows, a Source that publishes each ingestion, an engine that keeps count. */
class World {
  readonly log: string[] = [];
  readonly rows: string[] = [];
  config: EntityConfig | undefined;
  engineOptions: EngineOptions | undefined;
  readonly elements: string[] = [];
  readonly changes: string[] = [];
  bootstrapAnswer: ((body: string) => { status: number; body: string }) | undefined;
  failSource: ((error: Error) => void) | undefined;
  #publish: ((ids: string[]) => Promise<void>) | undefined;

  readonly startKustoLocal = async (): Promise<LocalKusto> => ({
    url: 'http://127.0.0.1:1',
    execute: async (_database, text) => void this.log.push(text.split('(')[0]!.trim()),
    ingest: async (_database, _table, csv) => {
      const ids = csv
        .trimEnd()
        .split('\n')
        .map((line) => line.split(',')[eventIdColumn]!);
      this.rows.push(...ids);
      await this.#publish?.(ids);
    },
    close: async () => void this.log.push('kusto closed'),
  });

  readonly startSource = async (config: SourceConfig, options: StartOptions): Promise<RunningSource> => {
    this.config = onlyEntity(config);
    const server = createServer((request, response) => {
      this.log.push(`${request.method} ${request.url}`);
      void this.#answer(request, response);
    }).listen(options.port, '127.0.0.1');
    await once(server, 'listening');
    const done = Promise.withResolvers<void>();
    this.failSource = done.reject;
    this.#publish = (ids) =>
      options.publisher.publish(
        ids.map((id) =>
          Buffer.from(
            `{"op":"u","payload":{"after":{"id":"StormEvents:${id}","labels":["StormEvents"],"properties":{"State":"OHIO","EventType":"Hail"}}}}`,
          ),
        ),
        new AbortController().signal,
      );
    return {
      proxyUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ready: Promise.resolve(),
      done: done.promise,
      status: 'running',
      checkpoint: undefined,
      stop: async () => {
        server.close();
        server.closeAllConnections();
        done.resolve();
        this.log.push('source stopped');
      },
    };
  };

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await text(request);
    const elements = this.rows.map(
      (id) => `{"id":"StormEvents:${id}","labels":["StormEvents"],"properties":{}}\n`,
    );
    const answer = this.bootstrapAnswer?.(asked) ?? { status: 200, body: elements.join('') };
    response.writeHead(answer.status).end(answer.body);
  }

  readonly startEngine = async (options: EngineOptions): Promise<DrasiEngine> => {
    this.engineOptions = options;
    return {
      elements: async (lines) => void this.elements.push(...lines.map(String)),
      changes: async (changes) => {
        for (const wire of changes) {
          const { id } = decodeChange(wire);
          this.changes.push(id);
          await options.onResult({ query: 'new-york', type: 'ADD', before: undefined, after: { id } });
        }
      },
      mark: () => Promise.resolve(),
      listen: async () => void this.log.push('listen'),
      results: async () => [{ State: 'OHIO', Damage: 5 }],
      close: async () => void this.log.push('engine closed'),
    };
  };

  readonly deps: Partial<QuickstartDeps> = {
    startKustoLocal: this.startKustoLocal,
    startSource: this.startSource,
    startEngine: this.startEngine,
    installEngine: async () => ({
      available: true,
      python: 'python3',
      pythonVersion: '3.12.0',
      packages: '/',
    }),
    clock: fastClock(),
    seed: 1,
  };
}

/** Sleeping takes no time: the clock jumps. */
function fastClock(): Clock {
  let now = Date.parse('2026-05-01T00:00:00Z');
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      now += ms;
    },
  };
}

class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

interface Event {
  readonly event: string;
  readonly [name: string]: unknown;
}

async function run(
  world: World,
  options: Partial<Parameters<typeof runQuickstart>[0]> = {},
): Promise<{ stdout: string; stderr: string; events: Event[] }> {
  const [stdout, stderr] = [new Sink(), new Sink()];
  await runQuickstart({
    json: true,
    rows: 120,
    forSeconds: 12,
    signal: new AbortController().signal,
    stdout,
    stderr,
    env: {},
    ...options,
    deps: { ...world.deps, ...options.deps },
  });
  const events =
    options.json === false
      ? []
      : stdout.text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Event);
  return { stdout: stdout.text, stderr: stderr.text, events };
}

void test('table, Source, bootstrap over HTTP, changes and results, in this order, and all of it stopped', async () => {
  const world = new World();
  const { events } = await run(world);
  const kinds = events.map(({ event }) => event);
  const ready = kinds.indexOf('ready');
  assert.ok(kinds.indexOf('bootstrap') < ready && ready < kinds.indexOf('change'));
  assert.equal(kinds.at(-1), 'stopped');
  const bootstrap = events.find(({ event }) => event === 'bootstrap');
  assert.deepEqual(bootstrap, { event: 'bootstrap', label: 'StormEvents', elements: 120, seconds: 0 });
  assert.equal(world.elements.length, 120);

  assert.ok(world.changes.length >= 10, `${world.changes.length} changes`);
  const told = events.filter(({ event }) => event === 'change').map(({ id }) => id);
  assert.deepEqual(told, world.changes);
  events.forEach(({ event, id }, index) => {
    if (event !== 'change') return;
    const next = events[index + 1];
    assert.deepEqual(
      { event: next?.event, query: next?.['query'], type: next?.['type'], after: next?.['after'] },
      { event: 'result', query: 'new-york', type: 'ADD', after: { id } },
    );
  });
  assert.deepEqual(world.log, [
    '.create table StormEvents',
    '.alter table StormEvents policy ingestiontime true',
    'POST /acquire-stream',
    'listen',
    'source stopped',
    'engine closed',
    'kusto closed',
  ]);
});

void test('the Source polls every second, with the key of the sample', async () => {
  const world = new World();
  await run(world);
  const { pollIntervalMs, primaryKey, table, label } = world.config!;
  assert.deepEqual(
    { pollIntervalMs, primaryKey, table, label },
    { pollIntervalMs: 1000, primaryKey: ['EventId'], table: 'StormEvents', label: 'StormEvents' },
  );
});

void test('without an engine one line says why, and the changes are shown', async () => {
  const world = new World();
  const { stdout } = await run(world, {
    json: false,
    deps: { installEngine: async () => ({ available: false, reason: 'no Python 3.10 or newer was found' }) },
  });
  assert.equal(stdout.match(/no Python 3\.10/g)?.length, 1);
  assert.match(stdout, /u StormEvents:\d+ {2}OHIO {2}Hail/);
  assert.doesNotMatch(stdout, /new-york/);
  assert.match(stdout, /Stopped after 12\.0 s: \d+ changes, 0 query results\./);
});

void test('an engine that does not start is one that is not available', async () => {
  const world = new World();
  const { events } = await run(world, {
    deps: { startEngine: () => Promise.reject(new Error('no such library')) },
  });
  assert.deepEqual(
    events.find(({ event }) => event === 'engine'),
    { event: 'engine', available: false, detail: 'no such library' },
  );
  assert.ok(events.some(({ event }) => event === 'change'));
});

void test('an engine that dies is reported, and the changes go on', async () => {
  const world = new World();
  let marks = 0;
  const { events, stderr } = await run(world, {
    deps: {
      startEngine: async (options) => ({
        ...(await world.startEngine(options)),
        mark: () => {
          marks += 1;
          if (marks < 4) return Promise.resolve();
          const reason = new Error('the Drasi engine stopped: killed');
          options.onExit?.(reason);
          return Promise.reject(reason);
        },
      }),
    },
  });
  assert.match(stderr, /the Drasi engine stopped: killed; changes go on/);
  const count = (kind: string) => events.filter(({ event }) => event === kind).length;
  assert.ok(count('change') > count('result'));
  assert.ok(count('change') >= 10);
});

void test('an abort ends it well, at any moment', async () => {
  for (const moment of ['before', 'kusto', 'engine', 'ready'] as const) {
    const world = new World();
    const stop = new AbortController();
    const at = (point: string) => {
      if (point === moment) stop.abort(new Error('Ctrl-C'));
    };
    at('before');
    await run(world, {
      json: false,
      signal: stop.signal,
      deps: {
        startKustoLocal: async () => {
          const kusto = await world.startKustoLocal();
          at('kusto');
          return kusto;
        },
        startEngine: async (options) => {
          const engine = await world.startEngine(options);
          at('engine');
          return engine;
        },
        clock: {
          ...fastClock(),
          sleep: () => {
            at('ready');
            return stop.signal.aborted ? Promise.reject(new Error('Ctrl-C')) : Promise.resolve();
          },
        },
      },
    });
    assert.equal(world.log.includes('kusto closed'), moment !== 'before', moment);
    assert.equal(world.log.includes('engine closed'), world.engineOptions !== undefined, moment);
    assert.equal(world.log.includes('source stopped'), moment === 'ready', moment);
  }
});

void test('a feed that fails for good ends the quick start with its error, and everything is stopped', async () => {
  const world = new World();
  const clock = fastClock();
  await assert.rejects(
    run(world, {
      deps: {
        clock: {
          now: () => clock.now(),
          sleep: async (ms, signal) => {
            world.failSource?.(new Error('cursor lost'));
            await clock.sleep(ms, signal);
          },
        },
      },
    }),
    /cursor lost/,
  );
  assert.deepEqual(world.log.slice(-3), ['source stopped', 'engine closed', 'kusto closed']);
});

void test('a bootstrap that is refused or breaks off is an error', async () => {
  const refused = new World();
  refused.bootstrapAnswer = () => ({ status: 503, body: 'try later' });
  await assert.rejects(run(refused), /HTTP 503: try later/);
  const broken = new World();
  broken.bootstrapAnswer = () => ({
    status: 200,
    body: '{"id":"a","labels":["S"],"properties":{}}\n{"error":"gone"}\n',
  });
  await assert.rejects(run(broken), /broke off: .*gone/);
  assert.ok(broken.log.includes('kusto closed'));
});

void test('the bootstrap asks for the label of the table, as Drasi does', async () => {
  const world = new World();
  let asked: unknown;
  world.bootstrapAnswer = (body) => {
    asked = JSON.parse(body);
    return { status: 200, body: '' };
  };
  await run(world);
  assert.deepEqual(asked, { nodeLabels: ['StormEvents'], relLabels: [] });
});
