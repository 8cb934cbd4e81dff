// SIGKILL at random moments, while rows come, change and go: at the end the engine counts what Kusto counts. CHAOS_KILLS says
// how many for each way of detection (7), CHAOS_SEED which ones.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { between, seededRandom } from '../packages/kusto-source/src/quickstart/random.ts';
import { carryOut, planKills } from './neighbours/nemesis.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import type { Properties } from './neighbours/services.ts';
import {
  createStorms,
  deleteStorms,
  ingestStorms,
  newest,
  stormProperties,
  stormQueries,
} from './neighbours/storms.ts';
import { readTopic } from './neighbours/topic.ts';
import { inWorld } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();
const kills = Number(process.env['CHAOS_KILLS'] ?? 7);
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
  };
  await inWorld(options, async (world) => {
    await world.agree();
    const end = new AbortController();
    let [known, turns] = [2_000, 0];
    const burst = (): Promise<void> =>
      ingestStorms(world.kusto, { from: known, to: (known += 15_000), version: turns });
    const changing = (async (): Promise<void> => {
      while (!end.signal.aborted) {
        turns += 1;
        const from = between(random, 0, known);
        await ingestStorms(world.kusto, { from, to: from + between(random, 1, 400), version: turns });
        await ingestStorms(world.kusto, { from: known, to: (known += between(random, 0, 40)) });
        const gone = between(random, 0, known);
        if (deletes) await deleteStorms(world.kusto, { from: gone, to: gone + between(random, 1, 60) });
        await wait(between(random, 0, 60));
      }
    })();
    try {
      for (const kill of plan) test.diagnostic(`killed: ${await carryOut(world, kill, burst)}`);
    } finally {
      end.abort();
      await changing;
    }
    await world.agree(90_000);
    const late = { ...totals, id: 'late' };
    await world.drasi.add(late);
    await world.agree(60_000, [late]);
    const { messages, changes, repeated, ids } = await readTopic(world);
    assert.ok(changes > 0);
    test.diagnostic(
      `${turns} turns; ${messages} messages with ${changes} changes of ${ids} elements, ${repeated} of them repetitions; rows lost 0`,
    );
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
