import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { assert as check, asyncProperty, integer, nat } from 'fast-check';
import {
  HookedPublisher,
  aborted,
  hastyClock,
  parseChanges,
  transient,
  until,
  upsert,
} from '../test/helpers.ts';
import type { ChangeBatch, Monitor, MonitorContext } from './contracts.ts';
import { pushMonitor } from './push-monitor.ts';
import { Reactivator } from './reactivator/reactivator.ts';
import { MemoryStateStore } from './state/memory-state-store.ts';

const batch = (n: number): ChangeBatch => ({ changes: [upsert(`n:${n}`)], checkpoint: n });

function contextOf(signal: AbortSignal): MonitorContext {
  return {
    signal,
    checkpoint: undefined,
    abandonedSessions: () => [],
    sleep: (ms) => hastyClock.sleep(ms, signal),
    alive: () => undefined,
  };
}

const iterate = (monitor: Monitor, signal = new AbortController().signal): AsyncIterator<ChangeBatch> =>
  monitor(contextOf(signal))[Symbol.asyncIterator]();

async function checkpoints(iterator: AsyncIterator<ChangeBatch>, count: number): Promise<unknown[]> {
  const found: unknown[] = [];
  for (let n = 0; n < count; n++) found.push((await iterator.next()).value?.checkpoint);
  return found;
}

describe('pushMonitor', () => {
  it('yields every batch in order, whatever its capacity and the pace of both sides', async () => {
    await check(
      asyncProperty(nat(4), integer({ min: 1, max: 12 }), nat(3), async (capacity, count, pause) => {
        const monitor = pushMonitor(
          async (queue, { signal }) => {
            for (let n = 0; n < count; n++) {
              if (n % 4 < pause) await wait(0);
              await queue.push(batch(n));
            }
            await aborted(signal);
          },
          { capacity },
        );
        const iterator = iterate(monitor);
        assert.deepEqual(
          await checkpoints(iterator, count),
          Array.from({ length: count }, (_, n) => n),
        );
        await iterator.return?.();
      }),
      { numRuns: 40 },
    );
  });

  it('holds the sender up when the queue is full', async () => {
    let pushed = 0;
    const monitor = pushMonitor(
      async (queue) => {
        for (;;) {
          await queue.push(batch(pushed));
          pushed += 1;
        }
      },
      { capacity: 3 },
    );
    const iterator = iterate(monitor);
    await iterator.next();
    await wait(10);
    // One is being delivered, three wait, and the push of a fifth has not returned.
    assert.equal(pushed, 4);
    await iterator.next();
    await wait(10);
    assert.equal(pushed, 5);
    await iterator.return?.();
  });

  it('with no capacity a push returns when its batch is delivered; drained says it of all', async () => {
    const events: string[] = [];
    const monitor = pushMonitor(
      async (queue, { signal }) => {
        await queue.push(batch(1));
        events.push('pushed 1');
        void queue.push(batch(2));
        void queue.push(batch(3));
        await queue.drained();
        events.push('drained');
        await aborted(signal);
      },
      { capacity: 0 },
    );
    const stop = new AbortController();
    const iterator = iterate(monitor, stop.signal);
    for (let n = 1; n <= 3; n++) {
      await iterator.next();
      await wait(5);
      events.push(`delivering ${n}`);
    }
    // A reactivator ends a monitor that waits by its signal.
    const waiting = Promise.resolve(iterator.next());
    await until(() => events.includes('drained'));
    assert.deepEqual(events, ['delivering 1', 'pushed 1', 'delivering 2', 'delivering 3', 'drained']);
    stop.abort(new Error('told to end'));
    assert.equal((await waiting).done, true);
    await iterator.return?.();
  });

  it('delivers what was pushed before a failure, then fails with it', async () => {
    const iterator = iterate(
      pushMonitor(async (queue) => {
        await queue.push(batch(1));
        await queue.push(batch(2));
        throw new Error('the subscription broke');
      }),
    );
    assert.deepEqual(await checkpoints(iterator, 2), [1, 2]);
    await assert.rejects(Promise.resolve(iterator.next()), /subscription broke/);
  });

  it('ends the sender when it is to end: its signal is aborted, a push that waits is refused', async () => {
    let refused: unknown;
    let isAborted = false;
    const monitor = pushMonitor(
      async (queue, { signal }) => {
        signal.addEventListener('abort', () => (isAborted = true));
        await queue.push(batch(1));
        await queue.push(batch(2)).catch((error: unknown) => (refused = error));
        await assert.rejects(async () => queue.push(batch(3)));
        await assert.rejects(queue.drained());
      },
      { capacity: 0 },
    );
    const iterator = iterate(monitor);
    await checkpoints(iterator, 2);
    await iterator.return?.();
    assert.ok(isAborted);
    assert.match(String(refused), /to end/);
  });

  it('under a reactivator: silence is no hang, a failure repeats from the last checkpoint (I1, I2)', async () => {
    const publisher = new HookedPublisher();
    let starts = 0;
    const monitor = pushMonitor(async (queue, { checkpoint, signal }) => {
      starts += 1;
      for (let n = Number(checkpoint ?? 0) + 1; n <= 6 && !signal.aborted; n++) {
        if (n === 4 && starts === 1) throw transient();
        await queue.push(batch(n));
      }
      await aborted(signal);
    });
    const reactivator = new Reactivator({
      sourceId: 's',
      fingerprint: 'f',
      monitor,
      publisher,
      state: new MemoryStateStore(),
      stalledAfterMs: 200,
      retry: { initialMs: 1, maxMs: 2 },
    });
    const stop = new AbortController();
    const run = reactivator.run(stop.signal);
    await until(() => reactivator.checkpoint === 6);
    await wait(400);
    assert.equal(reactivator.health(), undefined);
    stop.abort();
    await run;
    const ids = parseChanges(publisher.changes).map(({ id }) => id);
    assert.deepEqual(ids, ['n:1', 'n:2', 'n:3', 'n:4', 'n:5', 'n:6']);
    assert.equal(starts, 2);
  });
});
