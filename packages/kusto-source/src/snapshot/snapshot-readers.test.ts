// Several snapshots at once, and readers that leave or take nothing: no permit is lost, and none is kept from others.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '@drasi-kusto/source-sdk';
import { parseEntity } from '../config/config.ts';
import { SourceReader } from '../query/source-reader.ts';
import { bootstrapElements } from './bootstrap.ts';
import { SlicePermits } from './slice-permits.ts';
import { SlicedService, type SlicedServiceOptions } from './testing/sliced-service.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const never = new AbortController().signal;

/** A clock whose time passes only when told to. */
class SteppedClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { until: this.#now + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    await promise.finally(() => this.#sleepers.delete(sleeper));
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Setup {
  readonly clock: SteppedClock;
  readonly permits: SlicePermits;
  readonly service: SlicedService;
  /** One more bootstrap of the same source. */
  readonly bootstrap: (signal?: AbortSignal) => AsyncGenerator<{ readonly ndjson: Uint8Array }, void, void>;
}

async function withService(
  options: SlicedServiceOptions & { readonly parallelism: number },
  act: (setup: Setup) => Promise<void>,
): Promise<void> {
  await using service = await SlicedService.start(options);
  const config = parseEntity('storms', {
    KUSTO_URI: service.uri,
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'k',
    SLICE_ROWS: '100',
    SLICE_PARALLELISM: String(options.parallelism),
  });
  await using reader = new SourceReader({ config, logger: quiet, env: {}, retry: { maxAttempts: 1 } });
  const clock = new SteppedClock();
  const permits = new SlicePermits(options.parallelism);
  const source = { reader, config, logger: quiet, clock };
  await act({
    clock,
    permits,
    service,
    bootstrap: (signal = never) => bootstrapElements(source, permits, signal),
  });
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

async function idsOf(elements: AsyncIterable<{ readonly ndjson: Uint8Array }>): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { ndjson } of elements) ids.push(...idsIn(ndjson));
  return ids;
}

const idsIn = (ndjson: Uint8Array): readonly string[] =>
  Buffer.from(ndjson)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id);

function assertWhole(ids: readonly string[], count: number): void {
  assert.equal(new Set(ids).size, ids.length, 'an id was sent twice');
  assert.equal(ids.length, count);
}

/** As long as the snapshots' own tasks still have something to do. */
async function settled(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !done(); turn++) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('readers of snapshots', () => {
  it('may leave at every batch: every permit comes back, and every query is cancelled at the service', async () => {
    await withService({ keys: numbers(400), parallelism: 2, pace: 1 }, async ({ bootstrap, service }) => {
      for (let leaveAfter = 1; leaveAfter <= 12; leaveAfter++) {
        const before = { queries: service.rowQueries.length, cancelled: service.cancelled.length };
        let batches = 0;
        let left = false;
        for await (const elements of bootstrap()) {
          void elements;
          batches += 1;
          if (batches === leaveAfter) {
            left = service.running > 0;
            break;
          }
        }
        await settled(() => service.running === 0);
        assert.equal(service.running, 0, 'a query runs on');
        if (left && service.rowQueries.length > before.queries)
          assert.ok(
            service.cancelled.length > before.cancelled,
            `left after ${leaveAfter}, nothing cancelled`,
          );
      }
      assertWhole(await idsOf(bootstrap()), 400);
    });
  });

  it('that leave with one query running cancel that one', async () => {
    await withService({ keys: numbers(90), parallelism: 1, pace: 3 }, async ({ bootstrap, service }) => {
      for await (const elements of bootstrap()) {
        void elements;
        break;
      }
      await settled(() => service.cancelled.length > 0);
      assert.equal(service.cancelled.length, 1);
      assertWhole(await idsOf(bootstrap()), 90);
    });
  });

  it('that are aborted while they hold a batch give their permits back', async () => {
    await withService({ keys: numbers(400), parallelism: 1, pace: 1 }, async ({ bootstrap }) => {
      const stop = new AbortController();
      const elements = bootstrap(stop.signal);
      await elements.next();
      stop.abort(new Error('left'));
      await elements.return();
      assertWhole(await idsOf(bootstrap()), 400);
    });
  });

  it('that take nothing lend their permits, of which they have no use themselves', async () => {
    await withService({ keys: numbers(1000), parallelism: 1, pace: 1 }, async ({ bootstrap, clock }) => {
      const stalled = bootstrap();
      const first = await stalled.next();
      assert.ok(first.done !== true);
      const begun = [...idsIn(first.value.ndjson)];
      let through = false;
      const other = idsOf(bootstrap()).then((ids) => ((through = true), ids));
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(through, false, 'the permit is not lent yet');
      await clock.pass(10_000);
      assertWhole(await other, 1000);
      assertWhole([...begun, ...(await idsOf(stalled))], 1000);
    });
  });

  it('that are slow at every batch open no more queries than others', async () => {
    await withService(
      { keys: numbers(2000), parallelism: 2, pace: 1 },
      async ({ bootstrap, clock, service }) => {
        const ids: string[] = [];
        for await (const { ndjson } of bootstrap()) {
          ids.push(...idsIn(ndjson));
          await clock.pass(10_000);
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        assertWhole(ids, 2000);
        assert.ok(service.mostRunning <= 2, `${service.mostRunning} queries at once`);
      },
    );
  });

  it('in any number get every id once each, with the cap on queries kept', async () => {
    await withService(
      { keys: numbers(700), parallelism: 3, pace: 1, limit: 90 },
      async ({ bootstrap, service }) => {
        const all = await Promise.all(numbers(5).map(() => idsOf(bootstrap())));
        for (const ids of all) assertWhole(ids, 700);
        assert.ok(service.mostRunning <= 3, `${service.mostRunning} queries at once`);
      },
    );
  });
});
