import { setTimeout as wait } from 'node:timers/promises';
import { between, type Random } from '../../packages/kusto-source/src/quickstart/random.ts';
import type { World } from './world.ts';

/**
 * What may happen. The engine is not killed: its platform source never asks again for what it had read and not worked
 * through. No bootstrap is cut off here: what follows publishes everything again, and would hide a lost row.
 */
export const misfortunes = [
  'reactivator',
  // In the middle of a window that takes several messages: the first is out, and the checkpoint must not be.
  'reactivator between two publishes',
  // Its sidecar stands still first, so that the kill comes in the middle of a publish or of a write of its state. The
  // sidecar then does what it was asked to by a process that is gone.
  'reactivator while it waits for its sidecar',
  'proxy',
  'sidecar of the reactivator',
  'sidecar of the proxy',
  'redis',
  // It has what it acknowledged, on the same port; an answer under way ends in the middle.
  'kusto',
] as const;
export type Misfortune = (typeof misfortunes)[number];

/** One SIGKILL, and when. */
export interface Kill {
  readonly of: Misfortune;
  /** Milliseconds of peace before it. */
  readonly afterMs: number;
  /** Milliseconds that a sidecar stands still before its reactivator is killed. */
  readonly stillMs: number;
  /** Milliseconds until what was killed is started again. */
  readonly downMs: number;
}

/** So many kills, the same for the same seed; each misfortune comes once before one comes again. */
export function planKills(random: Random, count: number): Kill[] {
  const kills: Kill[] = [];
  let left: Misfortune[] = [];
  while (kills.length < count) {
    if (left.length === 0) left = [...misfortunes];
    const [of] = left.splice(between(random, 0, left.length - 1), 1);
    if (of === undefined) continue;
    const [afterMs, stillMs] = [between(random, 50, 1_200), between(random, 50, 500)];
    kills.push({ of, afterMs, stillMs, downMs: between(random, 0, 1_500) });
  }
  return kills;
}

/** Ingests so much at once that its window takes several messages. */
export type Burst = () => Promise<void>;

/** SIGKILL, a while of absence, and the start. @returns one line of what was done */
export async function carryOut(world: World, kill: Kill, burst: Burst): Promise<string> {
  const { of, afterMs, stillMs, downMs } = kill;
  const { services, sidecars, redis } = world;
  await wait(afterMs);
  const program = {
    reactivator: services.reactivator,
    'reactivator between two publishes': services.reactivator,
    'reactivator while it waits for its sidecar': services.reactivator,
    proxy: services.proxy,
    'sidecar of the reactivator': sidecars.reactivator,
    'sidecar of the proxy': sidecars.proxy,
    redis: redis.program,
    kusto: world.kustoProgram,
  }[of];
  if (of === 'reactivator between two publishes') await untilLargeMessage(world, burst);
  if (of === 'reactivator while it waits for its sidecar') {
    sidecars.reactivator.signal('SIGSTOP');
    await wait(stillMs);
  }
  await program.kill('SIGKILL');
  if (of === 'reactivator while it waits for its sidecar') sidecars.reactivator.signal('SIGCONT');
  await wait(downMs);
  if (of !== 'redis') await program.start();
  const given = of === 'redis' ? `, ${await world.restartRedis()} entries given again` : '';
  return `${of}, down for ${downMs} ms${given}`;
}

/** Resolves with the first message of the burst: no other is as large. */
async function untilLargeMessage(world: World, burst: Burst): Promise<void> {
  const large = 400_000;
  const last = (await world.redis.command('XINFO', 'STREAM', world.topic)) as Readonly<
    Record<string, unknown>
  >;
  let from = String(last['last-generated-id']);
  const ingested = burst();
  for (;;) {
    const answer = await world.redis.command(
      'XREAD',
      'BLOCK',
      '60000',
      'COUNT',
      '1',
      'STREAMS',
      world.topic,
      from,
    );
    const entries = answer as Readonly<Record<string, [string, unknown][]>> | null;
    const [entry] = Object.values(entries ?? {}).flat();
    if (entry === undefined) throw new Error('nothing was published for 60 s, and the burst not yet');
    if (JSON.stringify(entry[1]).length > large) break;
    [from] = entry;
  }
  await ingested;
}
