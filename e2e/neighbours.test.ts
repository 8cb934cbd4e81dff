// A Source on its real platform: Dapr's sidecars, Redis and the Drasi engine, as processes. Each test says a continuous
// query in Cypher and the KQL that has to have the same rows.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { Agreement } from './neighbours/agreement.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import { byState, createStorms, ingestStorms, newest, stormProperties, totals } from './neighbours/storms.ts';
import { until } from './neighbours/until.ts';
import { inWorld } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();

const texas: Agreement = {
  id: 'texas',
  cypher:
    "MATCH (i:StormEvents) WHERE i.State = 'TEXAS' RETURN i.EventId AS id, i.Damage AS damage, i.StartTime AS start",
  kql: `${newest} | where State == 'TEXAS' | project id = EventId, damage = Damage, start = StartTime`,
};

describe('a Source with the real neighbours', { timeout: 240_000 }, () => {
  it('bootstraps, and follows inserts and new versions of a key (I1, I4, I11)', async () => {
    const queries = [totals, byState, texas];
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
});
