// SIGKILL at random moments, while rows come in: at the end the engine counts what Kusto counts. CHAOS_KILLS says how many
// (7), CHAOS_SEED which ones.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { between, seededRandom } from '../packages/kusto-source/src/quickstart/random.ts';
import { carryOut, planKills } from './neighbours/nemesis.ts';
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
import { inWorld } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();
const kills = Number(process.env['CHAOS_KILLS'] ?? 7);
const seed = Number(process.env['CHAOS_SEED'] ?? 1);

describe('a Source under SIGKILLs', { timeout: 120_000 + kills * 30_000 }, () => {
  it(`loses no row and counts none twice in ${kills} kills of seed ${seed} (I1, I2, I12)`, async (test) => {
    const random = seededRandom(seed);
    const plan = planKills(random, kills);
    const options = {
      neighbours,
      seed: createStorms,
      properties: stormProperties,
      queries: [totals, byState, rowsOfTexas],
      durable: true,
    };
    await inWorld(options, async (world) => {
      await world.agree();
      const end = new AbortController();
      let [known, ingestions] = [2_000, 0];
      const burst = (): Promise<void> =>
        ingestStorms(world.kusto, { from: known, to: (known += 15_000), version: ingestions });
      const ingestion = (async (): Promise<void> => {
        while (!end.signal.aborted) {
          ingestions += 1;
          const from = between(random, 0, known);
          await ingestStorms(world.kusto, { from, to: from + between(random, 1, 400), version: ingestions });
          await ingestStorms(world.kusto, { from: known, to: (known += between(random, 0, 40)) });
          await wait(between(random, 0, 60));
        }
      })();
      try {
        for (const kill of plan) test.diagnostic(`killed: ${await carryOut(world, kill, burst)}`);
      } finally {
        end.abort();
        await ingestion;
      }
      await world.agree(90_000);
      const late = { ...totals, id: 'late' };
      await world.drasi.add(late);
      await world.agree(60_000, [late]);
      const { messages, changes, repeated, ids } = await readTopic(world);
      test.diagnostic(
        `${ingestions} ingestions; ${messages} messages with ${changes} changes of ${ids} elements, ${repeated} of them repetitions; rows lost 0`,
      );
      assert.ok(changes > 0);
    });
  });
});
