// Queries that begin while the proxy, its sidecar, the lines to them, Kusto or the reactivator are in trouble: the engine sees a
// bootstrap fail and asks again, or it is whole in the end. BOOTSTRAP_TROUBLES says how many of the troubles, BOOTSTRAP_SEED which.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { between, seededRandom } from '../packages/kusto-source/src/quickstart/random.ts';
import { kustoRows } from './neighbours/agreement.ts';
import { BusyStorms } from './neighbours/busy-storms.ts';
import { beginLate, type LateQuery } from './neighbours/late-query.ts';
import { bootstrapTroubles, carryOutTrouble, planTroubles } from './neighbours/network-trouble.ts';
import { noLoss } from './neighbours/no-loss.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import { byState, createStorms, newest, stormProperties, totals } from './neighbours/storms.ts';
import { tally } from './neighbours/tally.ts';
import { inWorld } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();
const count = Number(process.env['BOOTSTRAP_TROUBLES'] ?? 8);
/** Of this seed, the first 8 kill proxy, Kusto and reactivator, and cut an answer: the engine sees a bootstrap fail. */
const seed = Number(process.env['BOOTSTRAP_SEED'] ?? 26);
const known = 4_000;

describe(`bootstraps in ${count} troubles of seed ${seed}`, { timeout: 300_000 + count * 60_000 }, () => {
  it('fail so that the engine sees it, or are whole in the end (I1, R2)', async (test) => {
    const random = seededRandom(seed);
    const plan = planTroubles(random, count, bootstrapTroubles);
    const options = {
      neighbours,
      seed: (kusto: Parameters<typeof createStorms>[0]) => createStorms(kusto, known),
      properties: stormProperties,
      queries: [totals, byState],
      durable: true,
      lines: true,
      kustoProcess: true,
    };
    await inWorld(options, async (world) => {
      await world.agree();
      const before = await kustoRows(world.kusto, newest);
      const storms = new BusyStorms(world.kusto, { random, known, most: 60, pauseMs: [100, 300] });
      const late: LateQuery[] = [];
      try {
        for (const [index, planned] of plan.entries()) {
          // Rows come slowly, so that a bootstrap takes long enough to be met in its middle.
          world.lines.kusto.drip({ bytes: 100, everyMs: 5 });
          const trouble = carryOutTrouble(world, planned);
          await wait(between(random, 0, planned.afterMs + 300));
          const began = performance.now();
          const query = beginLate(world, { ...totals, id: `late-${index}` }, trouble);
          query.catch(() => {});
          const told = await trouble;
          await world.lines.kusto.heal();
          const { refusals, ...rest } = await query;
          late.push({ refusals, ...rest });
          tally({ troubles: 1, bootstraps: 1, 'bootstraps refused': refusals.length });
          const took = Math.round(performance.now() - began);
          test.diagnostic(`${told}; whole after ${took} ms, refused ${refusals.length} times`);
        }
      } finally {
        await storms.stop();
      }
      test.diagnostic(await noLoss(world, { rows: newest, before, late: { ...totals, id: 'late' } }));
      await world.agree(
        90_000,
        late.map(({ query }) => query),
      );
      assert.equal(late.length, count);
    });
  });
});
