import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, asyncProperty, boolean, integer, nat, oneof, tuple } from 'fast-check';
import type { JsonValue } from '@drasi-kusto/source-sdk';
import { parseEntity } from '../config/config.ts';
import { SourceReader } from '../query/source-reader.ts';
import { SlicedService, type Fault, type SlicedServiceOptions } from '../snapshot/testing/sliced-service.ts';
import { partOf, stored as storedPart } from './testing/scripted-feed.ts';
import { createMonitor } from './monitor.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A checkpoint with all that the service tells, so that a start has nothing to add. */
const stored = (cursor: string): JsonValue =>
  storedPart({
    cursor,
    origin: {},
    schema: { columns: [{ name: 'k', type: 'long' }], gone: [], republish: false },
  });

/** A feed whose process can end at any batch, and what it published and stored so far. */
class Feed {
  readonly service: SlicedService;
  readonly published: string[] = [];
  readonly stored: JsonValue[] = [stored('5')];
  readonly #sliceRows: number;

  constructor(service: SlicedService, sliceRows: number) {
    this.service = service;
    this.#sliceRows = sliceRows;
  }

  get checkpoint(): JsonValue {
    return this.stored.at(-1) ?? null;
  }

  get ids(): string {
    return [...new Set(this.published)].sort().join();
  }

  /**
   * One life of the process, from the last checkpoint until the feed has nothing more to do, fails, or has published so many batches. The
   * checkpoint of the last one is then stored, or lost with the process.
   */
  async live(batches = Number.POSITIVE_INFINITY, lastIsStored = true): Promise<unknown> {
    const config = parseEntity('storms', {
      KUSTO_URI: this.service.uri,
      KUSTO_DATABASE: 'db',
      KUSTO_TABLE: 'T',
      PRIMARY_KEY: 'k',
      SLICE_ROWS: String(this.#sliceRows),
    });
    await using reader = new SourceReader({ config, logger: quiet, env: {}, retry: { maxAttempts: 1 } });
    const stop = new AbortController();
    const sleep = (): Promise<void> => {
      stop.abort();
      return Promise.reject(new Error('stopped'));
    };
    const monitor = createMonitor({
      entities: [{ reader, config }],
      clock: { now: () => 0, sleep },
      logger: quiet,
      from: 'now',
    });
    const context = {
      signal: stop.signal,
      checkpoint: this.checkpoint,
      abandonedSessions: () => [],
      sleep,
      alive: () => undefined,
    };
    let left = batches;
    try {
      for await (const { changes, checkpoint } of monitor(context)) {
        for (const change of changes)
          if ('element' in change && change.element instanceof Uint8Array)
            this.published.push((JSON.parse(Buffer.from(change.element).toString()) as { id: string }).id);
        left -= 1;
        if (checkpoint !== undefined && (left > 0 || lastIsStored)) this.stored.push(checkpoint);
        if (left <= 0) break;
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const expected = (count: number): string =>
  numbers(count)
    .map((key) => `T:${key}`)
    .sort()
    .join();
const start = async (options: SlicedServiceOptions, sliceRows = 100): Promise<Feed> =>
  new Feed(await SlicedService.start(options), sliceRows);
const end = stored('9');
const slicesOf = (queries: readonly string[]): readonly string[] =>
  queries.map((text) => /, (\d+)\), 0\) == (\d+)$/m.exec(text)?.slice(1).join(':') ?? 'whole');

describe('a large window', () => {
  it('is read in slices, each stored as done, and the cursor moves with the last (R13)', async () => {
    const feed = await start({ keys: [...numbers(1000), ...numbers(50)] });
    await using service = feed.service;
    assert.equal(await feed.live(), undefined);
    assert.deepEqual(
      slicesOf(service.rowQueries),
      numbers(11).map((index) => `11:${index}`),
    );
    assert.ok(service.rowQueries.every((text) => text.includes('arg_max')));
    assert.equal(feed.ids, expected(1000));
    assert.equal(feed.published.length, 1000, 'one change a key');
    const cursors = feed.stored.map((each) => partOf(each).cursor);
    assert.deepEqual(cursors, [...Array.from({ length: 11 }, () => '5'), '9']);
  });

  it('goes on after a crash with the slices that are left, of the same window (R13)', async () => {
    const feed = await start({ keys: numbers(1000) });
    await using service = feed.service;
    await feed.live(4, false);
    assert.deepEqual(slicesOf(service.rowQueries), ['10:0', '10:1', '10:2', '10:3']);
    service.rowQueries.length = 0;
    assert.equal(await feed.live(), undefined);
    assert.deepEqual(
      slicesOf(service.rowQueries),
      [3, 4, 5, 6, 7, 8, 9].map((index) => `10:${index}`),
      'the one whose checkpoint was lost is read again, those before it are not',
    );
    assert.ok(service.rowQueries.every((text) => text.includes('cursor_after("5")')));
    assert.equal(feed.ids, expected(1000));
    assert.deepEqual(feed.checkpoint, end);
  });

  it('is read in slices when the service refuses it, although it was counted as small', async () => {
    const faults = new Map<number, Fault>([[0, { kind: 'too_large', afterRows: 40 }]]);
    const feed = await start({ keys: numbers(90), faults });
    await using service = feed.service;
    assert.equal(await feed.live(), undefined);
    assert.deepEqual(slicesOf(service.rowQueries), ['whole', '2:0', '2:1']);
    assert.equal(feed.ids, expected(90));
  });

  it('is read in slices when it takes the service too long', async () => {
    const faults = new Map<number, Fault>([
      [0, { kind: 'timeout' }],
      [2, { kind: 'timeout' }],
    ]);
    const feed = await start({ keys: numbers(90), faults });
    await using service = feed.service;
    assert.equal(await feed.live(), undefined);
    assert.deepEqual(slicesOf(service.rowQueries), ['whole', '2:0', '2:1', '4:1', '4:3']);
    assert.equal(feed.ids, expected(90));
  });

  it('has halves where a slice is over a limit, and ends with one clear error when no halving helps', async () => {
    const feed = await start({ keys: numbers(300), limit: 20 });
    await using service = feed.service;
    assert.equal(await feed.live(), undefined);
    assert.equal(feed.ids, expected(300));
    assert.ok(slicesOf(service.rowQueries).some((slice) => slice.startsWith('12:')));
    const hopeless = await start({ keys: numbers(300), limit: 0 });
    await using other = hopeless.service;
    assert.match(String(await hopeless.live()), /refuses a slice of 1\/12288/);
    assert.ok(other.rowQueries.length < 40);
  });

  it('is read from its start when the service hashes in another way than before the crash', async () => {
    const feed = await start({ keys: numbers(1000) });
    await using service = feed.service;
    await feed.live(6);
    service.hash = 5;
    service.rowQueries.length = 0;
    assert.equal(await feed.live(), undefined);
    assert.equal(service.rowQueries.length, 10);
    assert.equal(feed.ids, expected(1000));
  });

  it('publishes every row and ends at its cursor, whatever breaks and wherever the process dies (R13, I1, I2)', async () => {
    const fault = oneof(
      nat(120).map((afterRows): Fault => ({ kind: 'cut', afterRows })),
      nat(120).map((afterRows): Fault => ({ kind: 'too_large', afterRows })),
      nat(120).map((afterRows): Fault => ({ kind: 'failed', afterRows })),
      nat(0).map((): Fault => ({ kind: 'unavailable' })),
    );
    const crashes = array(tuple(integer({ min: 1, max: 5 }), boolean(), boolean()), { maxLength: 5 });
    await check(
      asyncProperty(
        integer({ min: 0, max: 900 }),
        integer({ min: 100, max: 400 }),
        array(tuple(nat(15), fault), { maxLength: 6 }),
        crashes,
        async (rows, sliceRows, faults, lives) => {
          const options = { keys: numbers(rows), faults: new Map(faults), limit: 250 };
          const feed = await start(options, sliceRows);
          await using service = feed.service;
          for (const [batches, lastIsStored, rehashed] of lives) {
            await feed.live(batches, lastIsStored);
            if (rehashed) service.hash += 2;
          }
          // Every fault ends a life at most once.
          for (let life = 0; life <= faults.length; life += 1) await feed.live();
          assert.equal(feed.ids, expected(rows));
          assert.deepEqual(feed.checkpoint, end);
        },
      ),
      { numRuns: 60 },
    );
  });
});
