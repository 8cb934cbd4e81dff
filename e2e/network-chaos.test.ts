// A network that resets, stalls, drips, cuts and refuses, and processes that stand still, while rows come, change and go: at the
// end each row is the engine's. NETWORK_TROUBLES says how many (all kinds once), NETWORK_SEED which.
import { describe, it, type TestContext } from 'node:test';
import { seededRandom } from '../packages/kusto-source/src/quickstart/random.ts';
import { kustoRows } from './neighbours/agreement.ts';
import { BusyStorms } from './neighbours/busy-storms.ts';
import { carryOutTrouble, planTroubles, troubles } from './neighbours/network-trouble.ts';
import { noLoss } from './neighbours/no-loss.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import type { Properties } from './neighbours/services.ts';
import { createStorms, newest, stormProperties, stormQueries } from './neighbours/storms.ts';
import { tally } from './neighbours/tally.ts';
import { inWorld, type World } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();
const count = Number(process.env['NETWORK_TROUBLES'] ?? troubles.length);
const seed = Number(process.env['NETWORK_SEED'] ?? 1);
const plan = planTroubles(seededRandom(seed), count);
/** Each way of detection gets a third of the plan. */
const part = (of: number) => plan.filter((_, index) => index % 3 === of);

interface Survival {
  readonly properties?: Properties;
  /** KQL: the rows whose elements there should be. */
  readonly rows?: string;
  /** Storms are deleted, too. */
  readonly deletes?: boolean;
}

async function survive(
  test: TestContext,
  survival: Survival,
  happen: (world: World, tell: (line: string) => void) => Promise<void>,
): Promise<void> {
  const { properties = {}, rows = newest, deletes = false } = survival;
  const { totals, byState, rowsOfTexas } = stormQueries(rows);
  const options = {
    neighbours,
    seed: createStorms,
    properties: { ...stormProperties, ...properties },
    queries: [totals, byState, rowsOfTexas],
    durable: true,
    lines: true,
    kustoProcess: true,
  };
  await inWorld(options, async (world) => {
    await world.agree();
    const before = await kustoRows(world.kusto, rows);
    const storms = new BusyStorms(world.kusto, { random: seededRandom(seed), deletes });
    try {
      await happen(world, (line) => test.diagnostic(line));
    } finally {
      await storms.stop();
    }
    test.diagnostic(await noLoss(world, { rows, before, late: { ...totals, id: 'late' } }));
  });
}

const bear =
  (of: number) =>
  async (world: World, tell: (line: string) => void): Promise<void> => {
    for (const planned of part(of)) {
      tell(await carryOutTrouble(world, planned));
      tally({ troubles: 1 });
    }
  };

describe(`${count} troubles of seed ${seed}`, { timeout: 300_000 + count * 20_000 }, () => {
  it('lose no row, and bring none out of order (I1, I2)', (test) => survive(test, {}, bear(0)));

  it('leave no ghost behind, with scans that compare everything (I13)', (test) =>
    survive(
      test,
      { properties: { CHANGE_DETECTION: 'reconcile', RECONCILE_INTERVAL: 1 }, deletes: true },
      bear(1),
    ));

  it('leave no ghost behind, with newest rows that delete (I13)', (test) =>
    survive(
      test,
      {
        properties: { CHANGE_DETECTION: 'latest', DELETED_WHEN: "State == 'OHIO'" },
        rows: `${newest} | where State != 'OHIO'`,
      },
      bear(2),
    ));
});
