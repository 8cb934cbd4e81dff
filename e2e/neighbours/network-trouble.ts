import { setTimeout as wait } from 'node:timers/promises';
import { between, type Random } from '../../packages/kusto-source/src/quickstart/random.ts';
import { until } from './until.ts';
import type { Lines, World } from './world.ts';

const linesOf = ['kusto', 'redis', 'sidecar of the reactivator'] as const satisfies (keyof Lines)[];
const onLines = ['reset', 'stall', 'drip', 'cut request', 'cut answer', 'refuse'] as const;
const programs = [
  'proxy',
  'reactivator',
  'sidecar of the reactivator',
  'sidecar of the proxy',
  'redis',
] as const;

type On = { readonly of: (typeof linesOf)[number]; readonly what: (typeof onLines)[number] };
type Still = { readonly of: (typeof programs)[number]; readonly what: 'SIGSTOP' };
type Throttled = { readonly of: 'kusto'; readonly what: 'throttle' };

/**
 * What may happen. kusto-local lives in the process of the test, so that its standstill is a stall of its line. The line to the
 * proxy's sidecar is not troubled: it is used while a bootstrap begins and ends only.
 */
export const troubles: readonly (On | Still | Throttled)[] = [
  ...linesOf.flatMap((of) => onLines.map((what) => ({ of, what }))),
  ...programs.map((of) => ({ of, what: 'SIGSTOP' }) as const),
  { of: 'kusto', what: 'throttle' },
];

/** One trouble, and when. */
export interface PlannedTrouble {
  readonly trouble: On | Still | Throttled;
  /** Milliseconds of peace before it. */
  readonly afterMs: number;
  /** How long it lasts, milliseconds. */
  readonly forMs: number;
  /** Of a cut: how many bytes pass before. Of a drip: how many at a time. */
  readonly bytes: number;
}

/** So many troubles, the same for the same seed; each comes once before one comes again. */
export function planTroubles(random: Random, count: number): PlannedTrouble[] {
  const plan: PlannedTrouble[] = [];
  let left: (On | Still | Throttled)[] = [];
  while (plan.length < count) {
    if (left.length === 0) left = [...troubles];
    const [trouble] = left.splice(between(random, 0, left.length - 1), 1);
    if (trouble === undefined) continue;
    const afterMs = between(random, 0, 500);
    const forMs = between(random, 200, 2_500);
    const bytes = trouble.what === 'drip' ? between(random, 1, 64) : between(random, 1, 20_000);
    plan.push({ trouble, afterMs, forMs, bytes });
  }
  return plan;
}

/** Begins a trouble, lets it last, and ends it. @returns one line of what was done */
export async function carryOutTrouble(world: World, planned: PlannedTrouble): Promise<string> {
  const { trouble, afterMs, forMs } = planned;
  await wait(afterMs);
  let done = `${trouble.of}: ${trouble.what}`;
  if (trouble.what === 'throttle') {
    world.kusto.setFaults(throttling);
    await wait(forMs);
    world.kusto.setFaults([]);
    done += ` for ${forMs} ms`;
  } else if (trouble.what === 'SIGSTOP') {
    const program = {
      proxy: world.services.proxy,
      reactivator: world.services.reactivator,
      'sidecar of the reactivator': world.sidecars.reactivator,
      'sidecar of the proxy': world.sidecars.proxy,
      redis: world.redis.program,
    }[trouble.of];
    program.signal('SIGSTOP');
    await wait(forMs);
    program.signal('SIGCONT');
    done += ` for ${forMs} ms`;
  } else done += await onLine(world, trouble, planned);
  return done;
}

/** Every query and command of the Source is refused as a busy service does. Rows still come. */
export const throttling = (['query', 'command'] as const).map((kind) => ({
  kind,
  action: { status: 429, retryAfterSeconds: 1 },
}));

async function onLine(world: World, { of, what }: On, { forMs, bytes }: PlannedTrouble): Promise<string> {
  const line = world.lines[of];
  switch (what) {
    case 'reset': {
      let resets = 0;
      for (const end = Date.now() + forMs; Date.now() < end; await wait(100)) resets += line.reset();
      return ` for ${forMs} ms, ${resets} connections`;
    }
    case 'stall':
      line.stall();
      break;
    case 'drip':
      line.drip({ bytes, everyMs: 5 });
      break;
    case 'refuse':
      await line.refuse();
      break;
    case 'cut request':
    case 'cut answer':
    default: {
      line.cut(what === 'cut request' ? 'request' : 'answer', bytes);
      await until(() => !line.waitsForCut, `the cut of the line to ${of}`, { everyMs: 20 });
      return ` after ${bytes} bytes`;
    }
  }
  await wait(forMs);
  await line.heal();
  return ` for ${forMs} ms`;
}
