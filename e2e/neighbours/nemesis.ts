import { setTimeout as wait } from 'node:timers/promises';
import { between, type Random } from '../../packages/kusto-source/src/quickstart/random.ts';
import type { Program } from './program.ts';
import type { World } from './world.ts';

/** What may be killed. The engine may not: its platform source never asks again for what it had read (facts in README.md). */
export const victims = [
  'reactivator',
  'proxy',
  'sidecar of the reactivator',
  'sidecar of the proxy',
  'redis',
] as const;
export type Victim = (typeof victims)[number];

export interface Kill {
  readonly victim: Victim;
  /** Milliseconds of peace before it. */
  readonly afterMs: number;
  /** Milliseconds that a bootstrap has been under way, when the kill may cut it off. */
  readonly bootstrapMs: number;
  /** Milliseconds until it is started again. */
  readonly downMs: number;
}

/** So many kills, the same for the same seed; each victim is taken once before one is taken again. */
export function planKills(random: Random, count: number): Kill[] {
  const kills: Kill[] = [];
  let left: Victim[] = [];
  while (kills.length < count) {
    if (left.length === 0) left = [...victims];
    const [victim] = left.splice(between(random, 0, left.length - 1), 1);
    if (victim === undefined) continue;
    const [afterMs, bootstrapMs] = [between(random, 50, 1_200), between(random, 0, 300)];
    kills.push({ victim, afterMs, bootstrapMs, downMs: between(random, 0, 1_500) });
  }
  return kills;
}

/** SIGKILL, a while of absence, and the start. @returns one line of what was done */
export async function carryOut(world: World, kill: Kill): Promise<string> {
  const { victim, afterMs, bootstrapMs, downMs } = kill;
  await wait(afterMs);
  const program = programOf(world, victim);
  // A bootstrap under way, which a kill of the proxy or of its sidecar then cuts off: its labels have to come again (R2).
  const bootstrap = victim.includes('proxy') ? readBootstrap(world) : undefined;
  await wait(bootstrapMs);
  await program.kill('SIGKILL');
  await wait(downMs);
  const given = victim === 'redis' ? await world.restartRedis() : await program.start();
  const cut = await bootstrap;
  return [
    `${victim}, down for ${downMs} ms`,
    ...(given === undefined ? [] : [`${given} entries given again`]),
    ...(cut === undefined ? [] : [cut]),
  ].join('; ');
}

function programOf({ services, sidecars, redis }: World, victim: Victim): Program {
  const programs: Readonly<Record<Victim, Program>> = {
    reactivator: services.reactivator,
    proxy: services.proxy,
    'sidecar of the reactivator': sidecars.reactivator,
    'sidecar of the proxy': sidecars.proxy,
    redis: redis.program,
  };
  return programs[victim];
}

/** A reader that takes what it gets, and a cut answer for a whole one, as the platform does. @returns what became of it */
async function readBootstrap(world: World): Promise<string> {
  try {
    const answer = await fetch(`${world.proxyUrl}/acquire-stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nodeLabels: ['StormEvents'], relLabels: [] }),
      signal: AbortSignal.timeout(20_000),
    });
    await answer.text();
    return `a bootstrap answered with ${answer.status}`;
  } catch {
    return 'a bootstrap cut off';
  }
}
