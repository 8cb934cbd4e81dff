// The end of a Source on Dapr's state store (R24): the platform asks any of its pods, here the one that waits for the lease.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../packages/kusto-source/src/quickstart/random.ts';
import { BusyStorms } from './neighbours/busy-storms.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import { byState, createStorms, stormProperties, totals } from './neighbours/storms.ts';
import { until } from './neighbours/until.ts';
import { inWorld } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();

describe('the end of a Source', { timeout: 240_000 }, () => {
  it('asked of the pod that waits: its holder ends first, nothing is left in Redis, and nothing comes back (R24)', async (test) => {
    const options = {
      neighbours,
      seed: createStorms,
      // With a key index, whose blobs are to go as well.
      properties: { ...stormProperties, CHANGE_DETECTION: 'reconcile', RECONCILE_INTERVAL: 1 },
      queries: [totals, byState],
    };
    await inWorld(options, async (world) => {
      await world.agree();
      const messages = async (): Promise<number> => Number(await world.redis.command('XLEN', world.topic));
      const stored = async (): Promise<readonly string[]> =>
        (await world.redis.command('KEYS', `${world.sourceId}-reactivator||*`)) as readonly string[];
      const storms = new BusyStorms(world.kusto, { random: seededRandom(1) });
      const first = world.services.reactivator;
      try {
        await until(async () => (await messages()) > 0, 'a change on the topic');
        assert.ok((await stored()).length > 1, 'the record, and blobs of the key index');
        const second = await world.secondReactivator();
        const began = performance.now();
        const answer = await fetch(`http://127.0.0.1:${second.appPort}/deprovision`, { method: 'POST' });
        test.diagnostic(`ended after ${Math.round(performance.now() - began)} ms`);
        assert.equal(answer.status, 204, await answer.text());
        assert.deepEqual(await stored(), []);
        const published = await messages();
        // Longer than a lease is renewed after, and than a scan is due.
        await wait(7_000);
        assert.deepEqual([await messages(), await stored()], [published, []]);
        assert.deepEqual([first.ended, second.service.ended], [undefined, undefined]);
        await Promise.all([first.kill('SIGTERM'), second.service.kill('SIGTERM')]);
        assert.deepEqual(await stored(), []);
      } finally {
        await storms.stop();
      }
    });
  });
});
