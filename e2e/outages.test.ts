// Redis, the reactivator's sidecar and Kusto are away in turn, OUTAGE_SECONDS each, while rows come and go: the Source waits in
// the memory that it had, goes on by itself, and nothing is lost.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../packages/kusto-source/src/quickstart/random.ts';
import { kustoRows } from './neighbours/agreement.ts';
import { BusyStorms } from './neighbours/busy-storms.ts';
import { MemoryWatch } from './neighbours/memory.ts';
import { throttling } from './neighbours/network-trouble.ts';
import { noLoss } from './neighbours/no-loss.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import { byState, createStorms, newest, rowsOfTexas, stormProperties, totals } from './neighbours/storms.ts';
import { tally } from './neighbours/tally.ts';
import { inWorld, type World } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();
const outageMs = Number(process.env['OUTAGE_SECONDS'] ?? 3) * 1_000;

const megabyte = 1024 * 1024;
/** What a heap may take until it is collected. What comes in a minute of these tests would be several times as much. */
const mostGrowth = 32 * megabyte;

/** drasi-lib's platform source ends when it does not reach Redis five times in about half a minute; Drasi's query host goes on. */
const engineGivesUpMs = 20_000;

interface Outage {
  readonly name: string;
  readonly begin: (world: World) => Promise<void>;
  readonly end: (world: World) => Promise<unknown>;
}

const outages: readonly Outage[] = [
  {
    name: 'Redis was away',
    begin: (world) => world.redis.program.kill(),
    end: async (world) => {
      await world.restartRedis();
      if (outageMs >= engineGivesUpMs) await world.drasi.restart();
    },
  },
  {
    name: 'the sidecar of the reactivator was away',
    begin: (world) => world.sidecars.reactivator.kill(),
    end: (world) => world.sidecars.reactivator.start(),
  },
  {
    name: 'Kusto was throttling',
    begin: async (world) => world.kusto.setFaults(throttling),
    end: async (world) => world.kusto.setFaults([]),
  },
];

describe(
  `neighbours that are away for ${outageMs / 1000} s at a time`,
  { timeout: 300_000 + outageMs * 9 },
  () => {
    it('the Source waits with flat memory, and goes on by itself (I1, I8)', async (test) => {
      const options = {
        neighbours,
        seed: createStorms,
        properties: stormProperties,
        queries: [totals, byState, rowsOfTexas],
        durable: true,
        kustoProcess: true,
      };
      await inWorld(options, async (world) => {
        await world.agree();
        const before = await kustoRows(world.kusto, newest);
        const storms = new BusyStorms(world.kusto, { random: seededRandom(1) });
        const { proxy, reactivator } = world.services;
        using memory = new MemoryWatch([proxy, reactivator]);
        try {
          // Code is compiled, and the heap has its size of a usual minute.
          await wait(outageMs);
          const usual = memory.takePeaks();
          for (const { name, begin, end } of outages) {
            await begin(world);
            memory.takePeaks();
            await wait(outageMs);
            const during = memory.takePeaks();
            await end(world);
            await wait(500);
            const told = [...during].map(([program, bytes]) => {
              const at = usual.get(program) ?? 0;
              assert.ok(
                bytes <= at + mostGrowth,
                `${program} while ${name}: ${inMB(at)}, then ${inMB(bytes)}`,
              );
              return `${program} ${inMB(at)}, then ${inMB(bytes)}`;
            });
            test.diagnostic(`${name}; ${told.join('; ')}`);
            tally({ outages: 1 });
          }
        } finally {
          await storms.stop();
        }
        const after = memory.takePeaks();
        const late = { ...totals, id: 'late' };
        test.diagnostic(
          await noLoss(world, { rows: newest, before, late, timeoutMs: 90_000 + outageMs * 2 }),
        );
        for (const [program, bytes] of after) test.diagnostic(`${program} at its end ${inMB(bytes)}`);
      });
    });
  },
);

function inMB(bytes: number): string {
  return `${Math.round(bytes / megabyte)} MB`;
}
