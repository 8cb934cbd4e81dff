// Scans beside windows: what comes is published while the service computes the digests of a scan, and what the scan finds comes then.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { MemoryPublisher, MemoryStateStore, systemClock } from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseConfig } from '../src/config/config.ts';
import { startSource, type RunningSource } from '../src/services/start-source.ts';
import { TurnedClock } from './changes/mode-feed.ts';

const database = 'NetDefaultDB';
const hourMs = 3_600_000;
/** Longer than what may be waited for by mistake. */
const heldMs = 6_000;

let kusto: KustoLocal;
let tables = 0;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
afterEach(() => kusto.setFaults([]));
after(() => kusto.close());

/** A clock that goes on only when it is turned. */
class StillClock extends TurnedClock {
  readonly #began = systemClock.now();

  override now(): number {
    return this.#began + super.now() - systemClock.now();
  }
}

interface Change {
  readonly op: string;
  readonly payload: {
    readonly before?: { readonly id: string };
    readonly after?: { readonly id: string; readonly properties: Readonly<Record<string, unknown>> };
  };
}

interface Checkpoint {
  readonly cursor: string;
  readonly scannedAt?: number;
}

/** A source of which A has scans every hour, by a clock that is turned; B is another entity. */
class Scene implements AsyncDisposable {
  readonly clock: TurnedClock;
  readonly state = new MemoryStateStore();
  /** What scans of A said of themselves when they ended. */
  readonly scans: Readonly<Record<string, unknown>>[] = [];
  readonly A: string;
  readonly B: string;
  readonly #publisher = new MemoryPublisher();
  #source: RunningSource | undefined;
  #seen = 0;

  constructor(clock = new TurnedClock()) {
    this.clock = clock;
    tables += 1;
    this.A = `A${tables}`;
    this.B = `B${tables}`;
  }

  async start(
    ofA: string,
    ofB = 'detection: append',
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const { A, B, state, clock } = this;
    for (const table of [A, B]) await this.run(`.create table ${table} (k: string, v: long, w: string)`);
    await kusto.ingest(database, A, 'a,1,x\nb,2,x\nc,3,x\n');
    const config = parseConfig('beside', {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: database,
      POLL_INTERVAL: '0.1',
      ...more,
      ENTITIES: `
nodes:
  - { label: ${A}, table: ${A}, key: k, ${ofA} }
  - { label: ${B}, table: ${B}, key: k, ${ofB} }
`,
    });
    const note = (message: string, fields?: Record<string, unknown>): void => {
      if (message === 'a scan ended' && fields?.['label'] === A) this.scans.push(fields);
    };
    const logger = { debug: note, info() {}, warn() {}, error() {} };
    this.#source = await startSource(config, {
      publisher: this.#publisher,
      state,
      logger,
      env: {},
      port: 0,
      from: 'beginning',
      clock,
    });
    await this.#source.ready;
    await this.until(() => this.changes.length >= 3, 'the rows that are there');
  }

  run(text: string): Promise<unknown> {
    return kusto.execute(database, text);
  }

  /** Holds the digests of the next scan of A, and waits until they are asked for. */
  async hold(delayMs: number): Promise<void> {
    kusto.setFaults([
      { kind: 'query', text: `${this.A}[^0-9][^]*__drasi_xor = `, times: 1, action: { delayMs } },
    ]);
    this.clock.turn(hourMs);
    await this.until(() => kusto.faults[0]?.applied === 1, 'the question of a scan');
  }

  /** `u a 1` and `d b`: everything published so far of A and B, in order. */
  get changes(): readonly string[] {
    return this.#publisher.changes.map((text) => {
      const { op, payload } = JSON.parse(text) as Change;
      const { id, properties } = payload.after ?? { id: payload.before?.id ?? '', properties: undefined };
      return `${op} ${id}${properties === undefined ? '' : ` ${String(properties['v'])}`}`;
    });
  }

  /** What was published since the last call. */
  news(): readonly string[] {
    const news = this.changes.slice(this.#seen);
    this.#seen += news.length;
    return news;
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await condition())) {
      assert.ok(Date.now() < deadline, `${what} did not come: ${this.changes.join(', ')}`);
      await systemClock.sleep(15);
    }
  }

  /** Of the scan that ended first. */
  scanned(...names: readonly string[]): readonly unknown[] {
    return names.map((name) => this.scans[0]?.[name]);
  }

  async checkpoint(): Promise<Checkpoint> {
    const record = (await this.state.get('drasi-source'))?.value as unknown as {
      readonly checkpoint: { readonly entities: Readonly<Record<string, Checkpoint>> };
    };
    const part = record.checkpoint.entities[this.A];
    assert.ok(part !== undefined);
    return part;
  }

  /** All that is in the state store. */
  async stored(): Promise<string> {
    return JSON.stringify(await Promise.all(this.state.keys().map((key) => this.state.get(key))));
  }

  async stop(): Promise<void> {
    await this.#source?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

const latest = 'detection: latest, deletedWhen: v < 0, reconcileInterval: 3600';
const reconcile = 'detection: reconcile, reconcileInterval: 3600';

describe('while the digests of a scan are computed', { timeout: 240_000 }, () => {
  it('windows of its entity and of others are published, and then what it found, nothing older (I3, I7)', async () => {
    await using scene = new Scene();
    const { A, B } = scene;
    await scene.start(latest);
    scene.news();
    await scene.run(`.delete table ${A} records <| ${A} | where k == 'b'`);
    await scene.hold(4_000);
    await kusto.ingest(database, A, 'a,10,x\nd,4,x\nc,-1,x\n');
    await scene.until(() => scene.changes.length >= 6, 'a window of the same entity');
    await kusto.ingest(database, B, 'z,26,x\n');
    await scene.until(() => scene.changes.length >= 7, 'a window of another entity');
    assert.deepEqual(scene.scans, [], 'the scan is still under way');
    assert.deepEqual([...scene.news()].toSorted(), [`d ${A}:c`, `u ${A}:a 10`, `u ${A}:d 4`, `u ${B}:z 26`]);
    await scene.until(() => scene.scans.length > 0, 'the end of the scan');
    assert.deepEqual(scene.news(), [`d ${A}:b`]);
    assert.deepEqual(scene.scanned('buckets', 'published', 'deleted'), [1, 0, 1]);
  });

  it('what windows publish is no difference (R17)', async () => {
    await using scene = new Scene();
    await scene.start(latest);
    await scene.hold(1_500);
    await kusto.ingest(database, scene.A, 'a,10,x\nd,4,x\n');
    await scene.until(() => scene.changes.length >= 5, 'a window');
    assert.deepEqual(scene.scans, []);
    await scene.until(() => scene.scans.length > 0, 'the end of the scan');
    assert.deepEqual(scene.scanned('buckets', 'rows'), [0, 3]);
    const { cursor, scannedAt } = await scene.checkpoint();
    assert.ok((scannedAt ?? 0) > systemClock.now() + hourMs / 2);
    assert.equal(cursor, String((await kusto.execute(database, 'print cursor_current()')).rows[0]?.[0]));
  });

  it('the loop is woken by the answer, and sleeps no longer', async () => {
    await using scene = new Scene(new StillClock());
    await scene.start(reconcile, reconcile);
    scene.news();
    await scene.hold(300);
    await scene.run(`.delete table ${scene.A} records <| ${scene.A} | where k == 'b'`);
    await scene.until(() => scene.scans.length > 0, 'the end of the scan');
    assert.deepEqual(scene.news(), [`d ${scene.A}:b`]);
  });

  it('one that finds nothing says up to where, also with a range in time', async () => {
    await using scene = new Scene();
    await scene.start(reconcile, undefined, { BOOTSTRAP_WINDOW: '86400' });
    await kusto.ingest(database, scene.B, 'z,26,x\n');
    const before = await scene.checkpoint();
    await scene.hold(100);
    await scene.until(() => scene.scans.length > 0, 'the end of the scan');
    await scene.until(async () => (await scene.checkpoint()).cursor !== before.cursor, 'its checkpoint');
    assert.deepEqual(scene.scanned('buckets'), [0]);
  });

  it('an end of the source is not waited for by them, and nothing is written later (R24)', async () => {
    await using scene = new Scene();
    await scene.start(latest);
    scene.news();
    await scene.run(`.delete table ${scene.A} records <| ${scene.A} | where k == 'b'`);
    await scene.hold(heldMs);
    const began = Date.now();
    await scene.stop();
    assert.ok(Date.now() - began < heldMs / 2);
    const kept = await scene.stored();
    kusto.setFaults([]);
    await systemClock.sleep(300);
    assert.deepEqual([scene.news(), await scene.stored()], [[], kept]);
  });

  it('an answer that is partial ends nothing, and the next one is right (I9)', async () => {
    await using scene = new Scene();
    await scene.start(latest);
    scene.news();
    await scene.run(`.delete table ${scene.A} records <| ${scene.A} | where k == 'b'`);
    const { scannedAt } = await scene.checkpoint();
    kusto.setFaults([{ kind: 'query', text: '__drasi_xor = ', times: 1, action: { errorAfterRows: 1 } }]);
    scene.clock.turn(hourMs);
    await scene.until(() => kusto.faults[0]?.applied === 1, 'the question of a scan');
    assert.equal((await scene.checkpoint()).scannedAt, scannedAt);
    await scene.until(() => scene.scans.length > 0, 'the end of a scan');
    assert.deepEqual(scene.news(), [`d ${scene.A}:b`]);
  });

  it('a column that is dropped has everything compared anew (R20)', async () => {
    await using scene = new Scene();
    await scene.start(latest);
    scene.news();
    await scene.hold(500);
    await scene.run(`.drop column ${scene.A}.w`);
    await scene.until(() => scene.changes.length >= 6, 'all rows');
    await scene.until(() => scene.scans.length > 0, 'the end of a scan');
    assert.deepEqual(
      new Set(scene.news()),
      new Set(['a 1', 'b 2', 'c 3'].map((row) => `u ${scene.A}:${row}`)),
    );
  });
});
