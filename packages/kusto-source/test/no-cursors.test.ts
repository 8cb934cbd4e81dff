// A service without database cursors (rule R16): windows by ingestion time, which reach back, and the key index in their way.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MemoryPublisher, MemoryStateStore, systemClock } from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseConfig } from '../src/config/config.ts';
import { startSource, type RunningSource } from '../src/services/start-source.ts';

const database = 'NetDefaultDB';
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0, cursors: false });
});
after(() => kusto.close());

const execute = (text: string): Promise<unknown> => kusto.execute(database, text);

interface Change {
  readonly op: string;
  readonly payload: {
    readonly before?: { readonly id: string };
    readonly after?: { readonly id: string; readonly properties: Readonly<Record<string, unknown>> };
  };
}

/** A feed, and what it published so far. */
class Scene implements AsyncDisposable {
  readonly state = new MemoryStateStore();
  readonly #publisher = new MemoryPublisher();
  readonly #table: string;
  readonly #more: Readonly<Record<string, string>>;
  #source: RunningSource | undefined;

  constructor(table: string, more: Readonly<Record<string, string>> = {}) {
    this.#table = table;
    this.#more = more;
  }

  get changes(): readonly string[] {
    return this.#publisher.changes.map((bytes) => {
      const { op, payload } = JSON.parse(Buffer.from(bytes).toString('latin1')) as Change;
      const { id, properties } = payload.after ?? { id: payload.before?.id, properties: undefined };
      return `${op} ${id}${properties === undefined ? '' : ` ${String(properties['v'])}`}`;
    });
  }

  async start(): Promise<void> {
    const config = parseConfig('storms', {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: database,
      KUSTO_TABLE: this.#table,
      PRIMARY_KEY: 'k',
      POLL_INTERVAL: '0.1',
      ...this.#more,
    });
    const { state } = this;
    this.#source = await startSource(config, {
      publisher: this.#publisher,
      state,
      logger: quiet,
      env: {},
      port: 0,
    });
    await this.#source.ready;
  }

  async bootstrap(): Promise<string> {
    const response = await fetch(`${this.#source?.proxyUrl}/acquire-stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nodeLabels: [this.#table], relLabels: [] }),
    });
    return await response.text();
  }

  async publishes(...changes: readonly string[]): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (this.changes.length < changes.length && Date.now() < deadline) await systemClock.sleep(50);
    // What would be published twice has the time to be.
    await systemClock.sleep(400);
    assert.deepEqual(this.changes, changes);
  }

  async stop(): Promise<void> {
    await this.#source?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

describe('a service without database cursors (R16)', { timeout: 120_000 }, () => {
  it('has windows by ingestion time, and what they repeat is published once', async () => {
    await execute('.create table A (k: long, v: string)');
    await execute(".append A <| print k = 1, v = 'a'");
    await using scene = new Scene('A');
    await scene.start();
    assert.match(await scene.bootstrap(), /"id":"A:1".*"v":"a"/);
    await scene.publishes();
    await execute(".append A <| print k = 2, v = 'b'");
    await scene.publishes('u A:2 b');
    await execute(".append A <| print k = 1, v = 'a2'");
    await scene.publishes('u A:2 b', 'u A:1 a2');
    await scene.stop();
    await execute(".append A <| print k = 3, v = 'c'");
    await scene.start();
    await scene.publishes('u A:2 b', 'u A:1 a2', 'u A:3 c');
  });

  it('publishes a key that leaves the filter as deleted, once', async () => {
    await execute('.create table B (k: long, v: string)');
    await execute(".append B <| datatable(k: long, v: string) [1, 'a', 2, 'gone']");
    await using scene = new Scene('B', { KUSTO_QUERY: "B | where v != 'gone'", CHANGE_DETECTION: 'latest' });
    await scene.start();
    await execute(".append B <| print k = 1, v = 'gone'");
    await scene.publishes('d B:1');
    await execute(".append B <| print k = 3, v = 'c'");
    await scene.publishes('d B:1', 'u B:3 c');
    await execute(".append B <| print k = 3, v = 'gone'");
    await execute(".append B <| print k = 4, v = 'd'");
    await scene.publishes('d B:1', 'u B:3 c', 'd B:3', 'u B:4 d');
  });

  it('is scanned for what came late, and for what vanished', async () => {
    await execute('.create table C (k: long, v: string)');
    await execute(".append C <| datatable(k: long, v: string) [1, 'a', 2, 'b']");
    await execute('.create table Old (k: long, v: string)');
    await execute(".append Old <| print k = 9, v = 'late'");
    await systemClock.sleep(20);
    await execute(".append C <| print k = 3, v = 'c'");
    await using scene = new Scene('C', { RECONCILE_INTERVAL: '0.5' });
    await scene.start();
    await execute('.move extents all from table Old to table C');
    await scene.publishes('u C:9 late');
    await execute('.delete table C records <| C | where k == 2');
    await scene.publishes('u C:9 late', 'd C:2');
  });
});
