// What latest detection publishes of a window, against the service: each rule by its timeline.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonValue } from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import type { PropertyValues } from '../src/config/properties.ts';
import { CheckpointBook } from '../src/feed/checkpoint-book.ts';
import { readCheckpoint } from '../src/feed/checkpoint.ts';
import { createFeed } from '../src/feed/feed.ts';
import { readWindow, type WindowSource } from '../src/feed/read-window.ts';
import type { SlicedWindow } from '../src/feed/sliced-window.ts';
import { ScanScene } from '../src/scan/testing/scan-scene.ts';
import { CountingRelay } from './counting-relay.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const columns = '(k: string, a: long, v: long, gone: bool)';
const never = new AbortController().signal;

/** The windows of an entity, read one after the other by one process or several. */
class LatestScene {
  readonly scene: ScanScene;
  cursor = '';
  checkpoint: JsonValue = null;
  /** Of every delete, by id, in nanoseconds. */
  readonly deletedAt = new Map<string, bigint>();

  private constructor(scene: ScanScene) {
    this.scene = scene;
  }

  static async begin(
    query = '',
    properties: PropertyValues = {},
    service: KustoLocal = kusto,
  ): Promise<LatestScene> {
    const all = { CHANGE_DETECTION: 'latest', ...properties };
    const scene = await ScanScene.begin(service, {
      columns,
      detection: 'latest',
      query: (table) => `${table} ${query}`,
      properties: all,
    });
    const latest = new LatestScene(scene);
    await latest.skip();
    return latest;
  }

  async now(): Promise<string> {
    return await this.scene.reader.cursor(never);
  }

  /** What came so far is no news. */
  async skip(): Promise<void> {
    this.cursor = await this.now();
  }

  #source(): WindowSource {
    const { config, reader, index } = this.scene;
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const mode = { detection: 'latest', index: { ...index, quiet: () => true } } as const;
    const feed = createFeed(
      { config, reader, clock, logger: quiet, alive() {} },
      mode,
      new CheckpointBook(),
      new Set(),
    );
    return { ...feed, signal: never };
  }

  /** What a window up to now, or up to `upTo`, publishes: `u` and `d` with the key, sorted. */
  async window(upTo?: string, begun?: SlicedWindow, batches = Number.POSITIVE_INFINITY): Promise<string> {
    const range = { after: this.cursor, upTo: upTo ?? (await this.now()) };
    const reading = readWindow(this.#source(), range, { begun, countFirst: false });
    const noteDeletes = async function* (this: LatestScene) {
      for (let left = batches; left > 0; left -= 1) {
        const next = await reading.next();
        if (next.done === true) return next.value;
        for (const change of next.value.changes)
          if (change.op === 'd' && 'table' in change)
            this.deletedAt.set(
              (JSON.parse(Buffer.from(change.element).toString()) as { id: string }).id,
              change.timestampNs,
            );
        yield next.value;
        this.checkpoint = next.value.checkpoint ?? this.checkpoint;
      }
      return undefined;
    };
    const end = await this.scene.follow(noteDeletes.call(this));
    if (end !== undefined) this.cursor = range.upTo;
    return this.scene
      .news()
      .map((change) => change.replace(' N:', ' '))
      .join(', ');
  }

  /** What a window publishes and leaves, and that this is what a bootstrap has. */
  async settled(): Promise<string> {
    const news = await this.window();
    assert.deepEqual(this.scene.held(), await this.scene.wanted());
    return news;
  }

  /** The window that the last checkpoint leaves to be read. */
  get begun(): SlicedWindow | undefined {
    return readCheckpoint(this.checkpoint, 'N').get('N')?.window;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scene[Symbol.asyncDispose]();
  }
}

describe('latest detection', () => {
  it('publishes a row that enters the filter, and the delete of one that leaves it, dated by the row that made it leave', async () => {
    await using latest = await LatestScene.begin('| where a > 1');
    await latest.scene.ingest('x,2,,\ny,1,,\n');
    assert.equal(await latest.settled(), 'u x');
    await latest.scene.ingest('x,0,,\ny,5,,\n');
    assert.equal(await latest.settled(), 'd x, u y');
    const time = String(
      (
        await kusto.execute(
          'NetDefaultDB',
          `${latest.scene.table} | where k == 'x' and a == 0 | project tostring(ingestion_time())`,
        )
      ).rows[0]?.[0],
    );
    const ns = BigInt(Date.parse(time)) * 1_000_000n;
    assert.ok(
      (latest.deletedAt.get('N:x') ?? 0n) - ns < 1_000_000n && (latest.deletedAt.get('N:x') ?? 0n) >= ns,
    );
    await latest.scene.ingest('x,0,,\ny,6,,\n');
    assert.equal(await latest.settled(), 'u y', 'what left has left');
    await latest.scene.ingest('x,3,,\n');
    assert.equal(await latest.settled(), 'u x');
  });

  it('takes DELETED_WHEN over the columns of the table; null does not meet it', async () => {
    await using latest = await LatestScene.begin('| project k, a', { DELETED_WHEN: 'gone // soft' });
    await latest.scene.ingest('x,1,,false\ny,1,,\nz,1,,true\n');
    assert.equal(await latest.settled(), 'u x, u y');
    await latest.scene.ingest('x,1,,true\n');
    assert.equal(await latest.settled(), 'd x');
  });

  it('publishes one final change a key of v1, deleted, v3 in one window (R10)', async () => {
    await using latest = await LatestScene.begin('', { DELETED_WHEN: 'gone' });
    await latest.scene.ingest('x,1,,false\n');
    await latest.scene.ingest('x,2,,true\n');
    await latest.scene.ingest('x,3,,false\n');
    assert.equal(await latest.settled(), 'u x');
    await latest.scene.ingest('x,4,,false\n');
    await latest.scene.ingest('x,5,,true\n');
    assert.equal(await latest.settled(), 'd x');
  });

  it('publishes nothing of what came between after a crash, and nothing that readers are known to hold (R10)', async () => {
    await using latest = await LatestScene.begin('| where a > 1');
    await latest.scene.ingest('x,2,,\n');
    await latest.scene.ingest('x,1,,\ny,4,,\n');
    await latest.scene.ingest('y,5,,\n');
    const from = latest.cursor;
    const first = await latest.window();
    latest.cursor = from;
    await latest.scene.open();
    assert.equal(first, 'd x, u y');
    assert.equal(await latest.settled(), 'd x');
  });

  it('deletes what a bootstrap inside the window has sent (R11 live inside the window)', async () => {
    await using latest = await LatestScene.begin('| where a > 1');
    await latest.scene.ingest('x,2,,\ny,1,,\n');
    // The bootstrap hands x over; the feed has not folded that in.
    latest.scene.range = { upTo: await latest.now() };
    await latest.scene.bootstrap();
    latest.scene.range = undefined;
    assert.deepEqual([...latest.scene.elements.keys()], ['N:x']);
    await latest.scene.ingest('x,1,,\ny,0,,\n');
    assert.equal(await latest.settled(), 'd x');
    assert.equal(latest.scene.elements.size, 0, 'no ghost');
  });

  it('publishes no delete of a key that was never live (I5)', async () => {
    await using latest = await LatestScene.begin('| where a > 1');
    await latest.scene.ingest('x,1,,\ny,0,,\n,1,,\n');
    assert.equal(await latest.settled(), '');
    await latest.scene.ingest('x,0,,\n');
    assert.equal(await latest.settled(), '');
  });

  it('deletes nothing when the answer that names the keys is cut short (I9)', async () => {
    await using latest = await LatestScene.begin('| where a > 1');
    await latest.scene.ingest('x,2,,\ny,2,,\n');
    await latest.window();
    await latest.scene.ingest('x,1,,\ny,1,,\n');
    kusto.setFaults([{ name: 'cut', text: '__drasi_was', action: { cutAfterRows: 1 } }]);
    const from = latest.cursor;
    await assert.rejects(latest.window());
    kusto.setFaults([]);
    assert.deepEqual(latest.scene.news(), []);
    assert.equal(latest.cursor, from);
    assert.equal(await latest.settled(), 'd x, d y');
  });

  it('follows keys of several columns, nulls and empty texts among them', async () => {
    await using latest = await LatestScene.begin('| where a > 1', { PRIMARY_KEY: 'k,v' });
    await latest.scene.ingest(',2,,\nx,2,,\nx,2,7,\n');
    assert.equal(await latest.settled(), 'u ,%00, u x,%00, u x,7');
    await latest.scene.ingest(',1,,\nx,1,,\n');
    assert.equal(await latest.settled(), 'd ,%00, d x,%00');
    assert.deepEqual([...latest.scene.elements.keys()], ['N:x,7']);
  });

  it('publishes windows in slices, keys that leave and enter each, and goes on with those that are left (R13)', async () => {
    await using latest = await LatestScene.begin('| where a > 1', { SLICE_ROWS: '100' });
    const rows = (a: (at: number) => number): string =>
      Array.from({ length: 400 }, (_, at) => `k${at},${a(at)},,\n`).join('');
    await latest.scene.ingest(rows((at) => at % 2));
    await latest.scene.ingest(rows((at) => 2 * (at % 2)));
    assert.equal((await latest.settled()).split(', ').length, 200);
    await latest.scene.ingest(rows((at) => 2 * ((at + 1) % 2)));
    const upTo = await latest.now();
    // Refused as too large at first, as no one counts before; then in slices, of which the third is under way when the process ends.
    kusto.setFaults([{ name: 'large', text: '__drasi_was', nth: 1, action: { status: 504 } }]);
    const source = { after: latest.cursor, upTo };
    const first = await latest.window(upTo, undefined, 5);
    kusto.setFaults([]);
    const { begun } = latest;
    assert.ok(begun !== undefined && begun.next > 0, 'some slices are done');
    await latest.scene.open();
    latest.cursor = source.after;
    const rest = await latest.window(upTo, begun);
    assert.deepEqual(latest.scene.held(), await latest.scene.wanted());
    assert.equal(new Set([...first.split(', '), ...rest.split(', ')]).size, 400);
    assert.ok(rest.split(', ').length < 400, 'done slices are not read again');
  });
});

describe('latest detection with VERSION_COLUMN', () => {
  const byVersion = { VERSION_COLUMN: 'v', DELETED_WHEN: 'gone' };

  it('takes no late arrival of a lower version for the newest (R14)', async () => {
    await using latest = await LatestScene.begin('', byVersion);
    await latest.scene.ingest('x,1,5,false\ny,1,5,true\n');
    assert.equal(await latest.settled(), 'u x');
    await latest.scene.ingest('x,9,4,true\ny,9,4,false\nz,9,4,false\n');
    const news = await latest.settled();
    // y was live inside the window, hence its delete, which is none to a reader; x is as it was.
    assert.equal(news, 'd y, u z');
    assert.deepEqual([...latest.scene.elements.keys()].sort(), ['N:x', 'N:z']);
  });

  it('takes the highest of versions that arrive in the same window, in any order (R14)', async () => {
    await using latest = await LatestScene.begin('', byVersion);
    await latest.scene.ingest('x,1,5,false\n');
    await latest.scene.ingest('x,2,4,true\n');
    await latest.scene.ingest('y,1,6,true\n');
    await latest.scene.ingest('y,2,3,false\n');
    assert.equal(await latest.settled(), 'd y, u x');
  });

  it('lets the later ingestion decide between equal versions, and any version against none (R14, R10)', async () => {
    await using latest = await LatestScene.begin('', byVersion);
    await latest.scene.ingest('x,1,5,false\ny,1,,false\n');
    assert.equal(await latest.settled(), 'u x, u y');
    await latest.scene.ingest('x,2,5,true\ny,2,1,true\n');
    assert.equal(await latest.settled(), 'd x, d y');
    await latest.scene.ingest('x,3,5,false\ny,3,,false\n');
    assert.equal(await latest.settled(), 'd y, u x');
  });

  it('compares with rows that predate the ingestion-time policy, too (R14, R4)', async () => {
    await using latest = await LatestScene.begin('', byVersion);
    await latest.scene.execute('.alter table $T policy ingestiontime false');
    await latest.scene.ingest('x,1,9,false\n');
    await latest.scene.execute('.alter table $T policy ingestiontime true');
    await latest.skip();
    await latest.scene.ingest('x,2,3,false\n');
    assert.equal(await latest.settled(), 'u x');
    assert.match(latest.scene.held().join(), /"a":1,/);
  });

  it('reads no history for a window without rows, and slices windows as others (R14, R13)', async () => {
    await using latest = await LatestScene.begin('', { ...byVersion, SLICE_ROWS: '100' });
    await latest.scene.ingest(Array.from({ length: 300 }, (_, at) => `k${at},1,5,false\n`).join(''));
    assert.equal((await latest.settled()).split(', ').length, 300);
    await latest.scene.ingest(
      Array.from({ length: 300 }, (_, at) => `k${at},2,${at % 2 === 0 ? 6 : 4},true\n`).join(''),
    );
    assert.equal((await latest.settled()).split(', ').length, 150, 'the late ones change nothing');
    assert.equal(latest.scene.elements.size, 150);
    await kusto.execute('NetDefaultDB', '.create table Other (x: long)');
    await kusto.execute('NetDefaultDB', '.append Other <| print x = 1');
    kusto.setFaults([{ name: 'history', text: 'lookup kind', action: { status: 400 } }]);
    assert.equal(await latest.window(), '');
    kusto.setFaults([]);
  });

  it('refuses a window whose history is absurdly large, and says what to do (R14)', async () => {
    await using latest = await LatestScene.begin('', byVersion);
    await latest.scene.ingest('x,1,5,false\n');
    latest.scene.reader.countTable = () => Promise.resolve(200_000_000_000);
    await assert.rejects(latest.window(), {
      code: 'HISTORY',
      message: /VERSION_COLUMN \(v\).*200000000000 rows/,
    });
    assert.deepEqual(latest.scene.news(), []);
  });

  it('counts what is left of a window anew when a slice is halved: each half reads history (R14)', async () => {
    await using latest = await LatestScene.begin('', { ...byVersion, SLICE_ROWS: '100' });
    const rows = Array.from({ length: 150 }, (_, at) => `k${at},1,1,false\n`);
    await latest.scene.ingest(rows.join(''));
    latest.scene.reader.countTable = () => Promise.resolve(40_000_000_000);
    kusto.setFaults([{ name: 'large', text: '__drasi_was', nth: 1, action: { status: 504 } }]);
    try {
      await assert.rejects(latest.window(), { code: 'HISTORY', message: /in 3 slices/ });
    } finally {
      kusto.setFaults([]);
    }
    assert.deepEqual(latest.scene.news(), []);
  });
});

describe('a filter that takes one row in a hundred of a busy table', () => {
  it('publishes no delete of the others, and reads of them key and bucket alone (I5)', async () => {
    const table = 'Busy';
    await kusto.execute('NetDefaultDB', `.create table ${table} (k: long, a: long, text: string)`);
    await using relay = await CountingRelay.start(Number(new URL(kusto.url).port));
    await using scene = await ScanScene.begin(kusto, {
      detection: 'latest',
      query: () => `${table} | where a == 0`,
      properties: {
        CHANGE_DETECTION: 'latest',
        KUSTO_TABLE: table,
        KUSTO_URI: `http://127.0.0.1:${relay.port}`,
      },
    });
    const { config, reader, index } = scene;
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const feed = createFeed(
      { config, reader, clock, logger: quiet, alive() {} },
      { detection: 'latest', index },
      new CheckpointBook(),
      new Set(),
    );
    const after = await reader.cursor(never);
    const rows = 20_000;
    await kusto.execute(
      'NetDefaultDB',
      `.append ${table} <| range k from 1 to ${rows} step 1 | extend a = k % 100, text = strcat_array(repeat('a long text that no one may read', 20), ' ')`,
    );
    const upTo = await reader.cursor(never);
    await reader.columns(never);
    relay.take();
    await scene.follow(readWindow({ ...feed, signal: never }, { after, upTo }, { countFirst: false }));
    const { received, queries } = relay.take();
    assert.equal(queries, 2);
    const news = scene.news();
    assert.equal(news.length, rows / 100);
    assert.ok(news.every((change) => change.startsWith('u ')));
    const upserts = (rows / 100) * 700;
    const perLeaver = (received - upserts) / rows;
    assert.ok(perLeaver < 60, `${perLeaver.toFixed(1)} bytes of each row that was left out`);
  });
});
