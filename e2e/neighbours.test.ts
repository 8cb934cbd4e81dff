// A Source on its real platform: Dapr's sidecars, Redis and the Drasi engine, as processes. Each test says a continuous
// query in Cypher and the KQL that has to have the same rows.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kusto } from './neighbours/kusto.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import {
  byState,
  createStorms,
  ingestStorms,
  rowsOfTexas,
  stormProperties,
  totals,
} from './neighbours/storms.ts';
import { readTopic } from './neighbours/topic.ts';
import { until } from './neighbours/until.ts';
import { inWorld } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();

describe('a Source with the real neighbours', { timeout: 240_000 }, () => {
  it('bootstraps, and follows inserts and new versions of a key (I1, I4, I11)', async () => {
    const queries = [totals, byState, rowsOfTexas];
    await inWorld({ neighbours, seed: createStorms, properties: stormProperties, queries }, async (world) => {
      await world.agree();
      assert.deepEqual(world.drasi.changes, [], 'a bootstrap is no change');

      await ingestStorms(world.kusto, { from: 2_000, to: 2_300 });
      await world.agree();
      // Every third moves to another state: out of one group, into another.
      await ingestStorms(world.kusto, { from: 100, to: 400, version: 1 });
      await world.agree();
      const of = (type: string): number =>
        world.drasi.changes.filter((change) => change.query === 'texas' && change.type === type).length;
      assert.ok(of('ADD') > 0 && of('UPDATE') > 0 && of('DELETE') > 0, 'rows come, change and go');

      await world.kusto.ingest('NetDefaultDB', 'StormEvents', [
        {
          EventId: 9_007_199_254_740_993n,
          State: 'TEXAS',
          Damage: 1,
          StartTime: '2026-01-01T00:00:00.1234567Z',
        },
      ]);
      await world.agree();
    });
  });

  it('loses nothing when the reactivator is killed in the middle of an ingestion (I2, I12)', async () => {
    await inWorld(
      { neighbours, seed: createStorms, properties: stormProperties, queries: [totals, byState] },
      async (world) => {
        await world.agree();
        const entries = async (): Promise<number> => Number(await world.redis.command('XLEN', world.topic));
        const before = await entries();
        const ingestion = (async (): Promise<void> => {
          for (let batch = 0; batch < 20; batch += 1)
            await ingestStorms(world.kusto, {
              from: 1_500 + batch * 100,
              to: 1_700 + batch * 100,
              version: batch,
            });
        })();
        await until(async () => (await entries()) > before, 'the first change', { everyMs: 5 });
        await world.services.reactivator.kill('SIGKILL');
        await ingestion;
        await world.services.reactivator.start();
        await world.agree();
      },
    );
  });

  it('publishes everything again when a proxy is killed in the middle of a bootstrap (R2)', async () => {
    const count = 30_000;
    const options = {
      neighbours,
      // More than the buffers between proxy and reader hold: a bootstrap is under way until it is read.
      seed: (kusto: Kusto): Promise<void> => createStorms(kusto, count),
      properties: stormProperties,
      queries: [totals, byState],
    };
    await inWorld(options, async (world) => {
      await world.agree();
      assert.equal((await readTopic(world)).ids, 0, 'a bootstrap publishes nothing');
      const answer = await fetch(`${world.proxyUrl}/acquire-stream`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ nodeLabels: ['StormEvents'], relLabels: [] }),
      });
      const reader = answer.body?.getReader();
      await reader?.read();
      await world.services.proxy.kill('SIGKILL');
      await reader?.cancel().catch(() => {});
      // The reactivator waits for a session's lease of 30 s to run out.
      await until(async () => (await readTopic(world)).ids === count, 'every row on the topic', {
        timeoutMs: 90_000,
        everyMs: 1_000,
      });
      await world.services.proxy.start();
      await world.agree();
    });
  });
});
