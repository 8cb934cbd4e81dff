// Two reactivators of one Source on Dapr's state store (R21): one that is paused for longer than its lease and wakes, and a
// rolling update. The times are those of production.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../packages/kusto-source/src/quickstart/random.ts';
import { kustoRows } from './neighbours/agreement.ts';
import { BusyStorms } from './neighbours/busy-storms.ts';
import { noLoss } from './neighbours/no-loss.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import { byState, createStorms, newest, rowsOfTexas, stormProperties, totals } from './neighbours/storms.ts';
import { until } from './neighbours/until.ts';
import { inWorld, type World } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();

/** The lease of 15 s, and 10 s for a publish that may be under way. */
const LEASE_MS = 25_000;

const messages = async (world: World): Promise<number> =>
  Number(await world.redis.command('XLEN', world.topic));

/** Milliseconds until the topic gets its next message. */
async function nextMessage(world: World, timeoutMs: number): Promise<number> {
  const [began, count] = [performance.now(), await messages(world)];
  await until(async () => (await messages(world)) > count, 'the next message', { timeoutMs, everyMs: 100 });
  return performance.now() - began;
}

describe('two reactivators', { timeout: 300_000 }, () => {
  it('hand over: at once at a clean end, after the lease when one is paused, which then stops (R21)', async (test) => {
    const options = {
      neighbours,
      seed: createStorms,
      properties: stormProperties,
      queries: [totals, byState, rowsOfTexas],
      durable: true,
    };
    await inWorld(options, async (world) => {
      await world.agree();
      const before = await kustoRows(world.kusto, newest);
      const storms = new BusyStorms(world.kusto, { random: seededRandom(1) });
      const first = world.services.reactivator;
      try {
        await nextMessage(world, 20_000);
        const second = await world.secondReactivator();

        first.signal('SIGSTOP');
        // What its sidecar has whole goes out still.
        await wait(2_000);
        const paused = 2_000 + (await nextMessage(world, 60_000));
        test.diagnostic(`taken over ${Math.round(paused / 1000)} s after the pause began`);
        assert.ok(paused > LEASE_MS - 6_000, 'not before the lease has run out: it is renewed every 5 s');
        first.signal('SIGCONT');
        await until(() => first.ended !== undefined, 'the end of the one that was paused');
        assert.equal(first.ended, 'it ended with exit code 1');
        assert.match(first.log.join('\n'), /ANOTHER_REACTIVATOR/);

        // A rolling update: the new one waits, and the old one ends.
        await first.start();
        await nextMessage(world, 20_000);
        await second.service.kill('SIGTERM');
        const handedOver = await nextMessage(world, 20_000);
        test.diagnostic(`handed over ${Math.round(handedOver)} ms after the clean end`);
        assert.ok(handedOver < 15_000, `within the lease, not after ${handedOver} ms`);
        await second.sidecar.kill();
      } finally {
        await storms.stop();
      }
      const late = { ...totals, id: 'late' };
      test.diagnostic(await noLoss(world, { rows: newest, before, late }));
    });
  });
});
