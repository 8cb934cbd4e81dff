// Gaps and changed columns against a Kusto-compatible endpoint: what an operator does to the table, and what the feed makes of it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type JsonValue,
  MemoryStateStore,
  type ChangePublisher,
  type Clock,
  systemClock,
} from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseConfig } from '../src/config/config.ts';
import { readCheckpoint, writeCheckpoint } from '../src/feed/checkpoint.ts';
import type { SourceConfig } from '../src/config/entity-config.ts';
import type { PropertyValues } from '../src/config/properties.ts';
import { startSource, type RunningSource } from '../src/services/start-source.ts';

const db = 'NetDefaultDB';

let kusto: KustoLocal;
let tables = 0;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const execute = (command: string): Promise<unknown> => kusto.execute(db, command);

type Properties = Readonly<Record<string, unknown>>;

/** A source over a table of its own, that can be stopped and started again with its state. */
class Scene implements AsyncDisposable {
  readonly table: string;
  readonly state = new MemoryStateStore();
  /** Every upsert so far, and what Drasi makes of them: `u` merges. */
  readonly upserts: Properties[] = [];
  readonly elements = new Map<unknown, Properties>();
  readonly warnings: string[] = [];
  readonly #properties: PropertyValues;
  /** Set forward, it makes the feed look for gaps. */
  #aheadMs = 0;
  #running: RunningSource | undefined;

  constructor(properties: PropertyValues) {
    tables += 1;
    this.table = `G${tables}`;
    this.#properties = properties;
  }

  static async begin(properties: PropertyValues = {}): Promise<Scene> {
    const scene = new Scene(properties);
    await execute(`.create table ${scene.table} (k: long, a: string, b: string)`);
    await scene.ingest('1,a1,b1');
    await scene.start();
    await scene.#running?.ready;
    assert.equal(scene.elements.size, 1);
    return scene;
  }

  ingest(rows: string): Promise<unknown> {
    return kusto.ingest(db, this.table, rows);
  }

  async start(more: PropertyValues = {}): Promise<void> {
    const config: SourceConfig = parseConfig('storms', {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: db,
      KUSTO_TABLE: this.table,
      PRIMARY_KEY: 'k',
      POLL_INTERVAL: '0.1',
      ...this.#properties,
      ...more,
    });
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + this.#aheadMs };
    const publisher: ChangePublisher = {
      maxBatchBytes: 1_000_000,
      publish: (changes) => {
        for (const change of changes) this.#apply(change);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
    this.#running = await startSource(config, {
      publisher,
      state: this.state,
      logger: { debug() {}, info() {}, warn: (message) => this.warnings.push(message), error() {} },
      env: {},
      from: 'beginning',
      port: 0,
      clock: { now: () => clock.now(), sleep: (ms, signal) => systemClock.sleep(ms, signal) },
    });
    this.#running.done.catch(() => {});
  }

  /** The properties of what a continuous query would begin with, by key. */
  async bootstrap(): Promise<Properties[]> {
    const response = await fetch(`${this.#running?.proxyUrl}/acquire-stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nodeLabels: [this.table], relLabels: [] }),
    });
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    return lines
      .map((line) => (JSON.parse(line) as { properties: Properties }).properties)
      .toSorted((one, other) => Number(one['k']) - Number(other['k']));
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  /** The feed's look at the table, which is due about once a minute, is due now. */
  lookAgain(): void {
    this.#aheadMs += 61_000;
  }

  /** The error that ended the feed. */
  async failure(): Promise<{ code?: unknown; message?: string }> {
    const running = this.#running;
    assert.ok(running !== undefined);
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('the feed did not end')), 10_000).unref();
    });
    return await Promise.race([
      late,
      running.done.then(
        () => assert.fail('the feed ended without an error'),
        (error: unknown) => error as { code?: unknown; message?: string },
      ),
    ]);
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const end = Date.now() + 10_000;
    while (!condition()) {
      assert.ok(Date.now() < end, `${what} did not come: ${JSON.stringify([...this.elements.values()])}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Waits until Drasi holds exactly these properties of the rows with the keys given. */
  holds(...expected: readonly Properties[]): Promise<void> {
    return this.until(
      () =>
        expected.every((properties) => {
          const actual = Object.entries(this.elements.get(properties['k']) ?? {}).toSorted();
          return JSON.stringify(actual) === JSON.stringify(Object.entries(properties).toSorted());
        }),
      JSON.stringify(expected),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #apply(bytes: Uint8Array): void {
    const { op, payload } = JSON.parse(Buffer.from(bytes).toString('latin1')) as {
      op: string;
      payload: { after: { properties: Properties } };
    };
    assert.equal(op, 'u');
    const { properties } = payload.after;
    this.upserts.push(properties);
    const { k } = properties;
    this.elements.set(k, { ...this.elements.get(k), ...properties });
  }
}

/** The same table for whoever asks by name, and another one. */
async function makeAgain(table: string): Promise<void> {
  await execute(`.drop table ${table}`);
  await execute(`.create table ${table} (k: long, a: string, b: string)`);
}

describe('gaps (I10)', { timeout: 120_000 }, () => {
  it('a table that was made again ends the running feed', async () => {
    await using scene = await Scene.begin();
    await makeAgain(scene.table);
    scene.lookAgain();
    const { code, message } = await scene.failure();
    assert.equal(code, 'GAP');
    assert.match(message ?? '', /was dropped and made again/);
  });

  it('a table that was made again while the feed was away ends it at its start, as often as it is tried', async () => {
    await using scene = await Scene.begin();
    await scene.stop();
    await makeAgain(scene.table);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await scene.start();
      assert.equal((await scene.failure()).code, 'GAP');
    }
    await scene.ingest('1,a2,b2\n5,a5,b5');
    await scene.start({ ON_GAP: 'resnapshot' });
    await scene.holds({ k: 1, a: 'a2', b: 'b2' }, { k: 5, a: 'a5', b: 'b5' });
    // A window comes after the resnapshot's checkpoint is stored.
    await scene.ingest('7,a7,b7');
    await scene.holds({ k: 7, a: 'a7', b: 'b7' });
    await scene.stop();
    const count = scene.upserts.length;
    await scene.start();
    await scene.ingest('6,a6,b6');
    await scene.holds({ k: 6, a: 'a6', b: 'b6' });
    // The last window may come again: its checkpoint could be lost with the stop.
    assert.ok(scene.upserts.length <= count + 2, 'it goes on as ever');
  });

  it('a table that is gone ends the feed, which says so and nothing else', async () => {
    await using scene = await Scene.begin();
    await execute(`.drop table ${scene.table}`);
    scene.lookAgain();
    const { code, message } = await scene.failure();
    assert.equal(code, 'SCHEMA');
    assert.match(
      message ?? '',
      /^KUSTO_TABLE: the table G\d+ is gone from the database NetDefaultDB: it was dropped/,
    );
    assert.deepEqual(scene.warnings, []);
  });

  it('a table that took the name of another one is one', async () => {
    await using scene = await Scene.begin();
    const other = `${scene.table}Other`;
    await execute(`.create table ${other} (k: long, a: string, b: string)`);
    await execute(`.rename tables ${scene.table} = ${other}, ${other} = ${scene.table}`);
    scene.lookAgain();
    assert.equal((await scene.failure()).code, 'GAP');
  });

  it('rows that came without an ingestion time are not missed for ever', async () => {
    await using scene = await Scene.begin({ ON_GAP: 'resnapshot' });
    await execute(`.alter table ${scene.table} policy ingestiontime false`);
    await scene.ingest('2,hidden,b2');
    scene.lookAgain();
    const { code, message } = await scene.failure();
    assert.equal(code, 'GAP');
    assert.match(message ?? '', /ingestion-time policy/);
    await execute(`.alter table ${scene.table} policy ingestiontime true`);
    await scene.start({ ON_GAP: 'stop' });
    assert.match((await scene.failure()).message ?? '', /switched off for a time/);
    await scene.start();
    await scene.holds({ k: 2, a: 'hidden', b: 'b2' });
    await scene.ingest('3,a3,b3');
    await scene.holds({ k: 3, a: 'a3', b: 'b3' });
  });

  it('a cursor that the service does not take is one', async () => {
    await using scene = await Scene.begin();
    await scene.stop();
    const [key = ''] = scene.state.keys();
    const stored = await scene.state.get(key);
    assert.ok(stored !== undefined);
    const record = stored.value as { checkpoint: JsonValue };
    const [[name, part] = ['', undefined]] = readCheckpoint(record.checkpoint, '');
    assert.ok(part !== undefined);
    const checkpoint = writeCheckpoint(new Map([[name, { ...part, cursor: 'of another time' }]]));
    const value = { ...record, checkpoint };
    await scene.state.set(key, value, stored.etag);
    await scene.ingest('2,a2,b2');
    await scene.start();
    const { code, message } = await scene.failure();
    assert.equal(code, 'GAP');
    assert.match(message ?? '', /does not take the cursor/);
    await scene.start({ ON_GAP: 'resnapshot' });
    await scene.holds({ k: 2, a: 'a2', b: 'b2' });
  });
});

describe('changed columns (R20)', { timeout: 120_000 }, () => {
  it('follow: an added column is a property of what comes', async () => {
    await using scene = await Scene.begin();
    await execute(`.alter-merge table ${scene.table} (c: long)`);
    await scene.ingest('2,a2,b2,7');
    await scene.holds({ k: 1, a: 'a1', b: 'b1' }, { k: 2, a: 'a2', b: 'b2', c: 7 });
    assert.equal(scene.upserts.length, 2);
    assert.deepEqual(await scene.bootstrap(), [
      { k: 1, a: 'a1', b: 'b1', c: null },
      { k: 2, a: 'a2', b: 'b2', c: 7 },
    ]);
  });

  it('follow: a dropped column is null everywhere, also in a table where nothing else happens', async () => {
    await using scene = await Scene.begin();
    await execute(`.drop column ${scene.table}.b`);
    scene.lookAgain();
    await scene.holds({ k: 1, a: 'a1', b: null });
    await scene.ingest('2,a2');
    await scene.holds({ k: 2, a: 'a2', b: null });
    await scene.stop();
    await scene.start();
    await scene.ingest('3,a3');
    await scene.holds({ k: 3, a: 'a3', b: null });
  });

  it('follow: a renamed column is a new one, and the old one is null', async () => {
    await using scene = await Scene.begin();
    await execute(`.rename column ${scene.table}.b to c`);
    await scene.ingest('2,a2,c2');
    await scene.holds({ k: 1, a: 'a1', b: null, c: 'b1' }, { k: 2, a: 'a2', b: null, c: 'c2' });
  });

  it('follow: a column with another type has lost its values', async () => {
    await using scene = await Scene.begin();
    await execute(`.alter column ${scene.table}.b type=long`);
    await scene.ingest('2,a2,22');
    await scene.holds({ k: 1, a: 'a1', b: null }, { k: 2, a: 'a2', b: 22 });
  });

  it('ignore: the properties stay', async () => {
    await using scene = await Scene.begin({ SCHEMA_CHANGE: 'ignore' });
    await execute(`.alter-merge table ${scene.table} (c: long)`);
    await execute(`.drop column ${scene.table}.b`);
    await scene.ingest('2,a2,7');
    await scene.holds({ k: 1, a: 'a1', b: null }, { k: 2, a: 'a2', b: null });
    await scene.stop();
    await scene.start();
    await scene.ingest('3,a3,8');
    await scene.holds({ k: 3, a: 'a3', b: null });
    assert.deepEqual(
      await scene.bootstrap(),
      [1, 2, 3].map((k) => ({ k, a: `a${k}`, b: null })),
      'nor does a bootstrap send what no upsert would correct',
    );
  });

  it('fail: the feed ends with the names', async () => {
    await using scene = await Scene.begin({ SCHEMA_CHANGE: 'fail' });
    await execute(`.drop column ${scene.table}.b`);
    await scene.ingest('2,a2');
    const { code, message } = await scene.failure();
    assert.equal(code, 'SCHEMA');
    assert.match(message ?? '', /dropped b:string/);
    assert.equal(scene.upserts.length, 1);
  });

  it('a lost key column ends the feed under every setting', async () => {
    for (const SCHEMA_CHANGE of ['follow', 'ignore', 'fail']) {
      await using scene = await Scene.begin({ SCHEMA_CHANGE });
      await execute(`.rename column ${scene.table}.k to id`);
      await scene.ingest('2,a2,b2');
      const { code, message } = await scene.failure();
      assert.equal(code, 'SCHEMA');
      assert.match(message ?? '', /the key column "k"/);
      assert.equal(scene.upserts.length, 1);
    }
  });

  it('a key column with another type ends the feed', async () => {
    await using scene = await Scene.begin();
    await execute(`.alter column ${scene.table}.k type=string`);
    await scene.ingest('2,a2,b2');
    const { code, message } = await scene.failure();
    assert.equal(code, 'SCHEMA');
    assert.match(message ?? '', /was long and is string/);
  });
});
