// SIGKILL at random moments, while rows come, change and go: at the end the engine counts what Kusto counts. CHAOS_KILLS says
// how many for each way of detection (each once), CHAOS_SEED which ones.
import { describe, it, type TestContext } from 'node:test';
import { seededRandom } from '../packages/kusto-source/src/quickstart/random.ts';
import { kustoRows } from './neighbours/agreement.ts';
import { BusyStorms } from './neighbours/busy-storms.ts';
import { carryOut, misfortunes, planKills } from './neighbours/nemesis.ts';
import { noLoss } from './neighbours/no-loss.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import type { Properties } from './neighbours/services.ts';
import { createStorms, newest, stormProperties, stormQueries } from './neighbours/storms.ts';
import { tally } from './neighbours/tally.ts';
import { inWorld } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();
const kills = Number(process.env['CHAOS_KILLS'] ?? misfortunes.length);
const seed = Number(process.env['CHAOS_SEED'] ?? 1);

interface Survival {
  readonly properties: Properties;
  /** KQL: the rows whose elements there should be. */
  readonly rows?: string;
  /** Storms are deleted, too. */
  readonly deletes?: boolean;
}

async function survive(test: TestContext, survival: Survival): Promise<void> {
  const { properties, rows = newest, deletes = false } = survival;
  const { totals, byState, rowsOfTexas } = stormQueries(rows);
  const random = seededRandom(seed);
  const plan = planKills(random, kills);
  const options = {
    neighbours,
    seed: createStorms,
    properties: { ...stormProperties, ...properties },
    queries: [totals, byState, rowsOfTexas],
    durable: true,
    kustoProcess: true,
  };
  await inWorld(options, async (world) => {
    await world.agree();
    const before = await kustoRows(world.kusto, rows);
    const storms = new BusyStorms(world.kusto, { random, deletes, pauseMs: [0, 60] });
    try {
      for (const kill of plan) {
        test.diagnostic(`killed: ${await carryOut(world, kill, () => storms.burst(15_000))}`);
        tally({ kills: 1 });
      }
    } finally {
      await storms.stop();
    }
    test.diagnostic(await noLoss(world, { rows, before, late: { ...totals, id: 'late' } }));
  });
}

describe(`${kills} SIGKILLs of seed ${seed}`, { timeout: 300_000 + kills * 60_000 }, () => {
  it('lose no row and count none twice (I1, I2, I12)', (test) => survive(test, { properties: {} }));

  it('leave no ghost behind, with scans that compare everything (I13)', (test) =>
    survive(test, {
      properties: { CHANGE_DETECTION: 'reconcile', RECONCILE_INTERVAL: 1 },
      deletes: true,
    }));

  it('leave no ghost behind, with newest rows that delete (I13)', (test) =>
    survive(test, {
      properties: { CHANGE_DETECTION: 'latest', DELETED_WHEN: "State == 'OHIO'" },
      rows: `${newest} | where State != 'OHIO'`,
    }));
});
