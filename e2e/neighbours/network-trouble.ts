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
  'kusto',
] as const;

type On = { readonly of: keyof Lines; readonly what: (typeof onLines)[number] };
type Still = { readonly of: (typeof programs)[number]; readonly what: 'SIGSTOP' };
type Killed = { readonly of: Exclude<(typeof programs)[number], 'redis'>; readonly what: 'SIGKILL' };
type Throttled = { readonly of: 'kusto'; readonly what: 'throttle' };
export type Trouble = On | Still | Killed | Throttled;

/** What may happen to the feed: other kills are those of nemesis.ts. */
export const troubles: readonly Trouble[] = [
  ...linesOf.flatMap((of) => onLines.map((what) => ({ of, what }))),
  ...programs.map((of) => ({ of, what: 'SIGSTOP' }) as const),
  { of: 'kusto', what: 'SIGKILL' },
  { of: 'kusto', what: 'throttle' },
];

/** What may happen to a bootstrap: to the session that it has by the proxy's sidecar, to its rows, to who keeps the session. */
export const bootstrapTroubles: readonly Trouble[] = [
  ...onLines.map((what) => ({ of: 'sidecar of the proxy', what }) as const),
  ...onLines.map((what) => ({ of: 'kusto', what }) as const),
  ...(['stall', 'refuse'] as const).map((what) => ({ of: 'sidecar of the reactivator', what }) as const),
  ...programs.filter((of) => of !== 'redis').map((of) => ({ of, what: 'SIGSTOP' }) as const),
  ...programs.filter((of) => of !== 'redis').map((of) => ({ of, what: 'SIGKILL' }) as const),
  { of: 'kusto', what: 'throttle' },
];

/** One trouble, and when. */
export interface PlannedTrouble {
  readonly trouble: Trouble;
  /** Milliseconds of peace before it. */
  readonly afterMs: number;
  /** How long it lasts, milliseconds. */
  readonly forMs: number;
  /** Of a cut: how many bytes pass before. Of a drip: how many at a time. */
  readonly bytes: number;
}

/** So many troubles, the same for the same seed; each comes once before one comes again. */
export function planTroubles(random: Random, count: number, of = troubles): PlannedTrouble[] {
  const plan: PlannedTrouble[] = [];
  let left: Trouble[] = [];
  while (plan.length < count) {
    if (left.length === 0) left = [...of];
    const [trouble] = left.splice(between(random, 0, left.length - 1), 1);
    if (trouble === undefined) continue;
    const afterMs = between(random, 0, 500);
    const forMs = between(random, 200, 2_500);
    // Little passes between the proxy and its sidecar.
    const mostBytes = trouble.of === 'sidecar of the proxy' ? 600 : 20_000;
    const bytes = between(random, 1, trouble.what === 'drip' ? 64 : mostBytes);
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
    await world.kusto.setFaults(throttling);
    await wait(forMs);
    await world.kusto.setFaults([]);
    done += ` for ${forMs} ms`;
  } else if (trouble.what === 'SIGSTOP' || trouble.what === 'SIGKILL') {
    const program = {
      proxy: world.services.proxy,
      reactivator: world.services.reactivator,
      'sidecar of the reactivator': world.sidecars.reactivator,
      'sidecar of the proxy': world.sidecars.proxy,
      redis: world.redis.program,
      kusto: world.kustoProgram,
    }[trouble.of];
    if (trouble.what === 'SIGKILL') await program.kill();
    else program.signal('SIGSTOP');
    await wait(forMs);
    if (trouble.what === 'SIGKILL') await program.start();
    else program.signal('SIGCONT');
    done += ` for ${forMs} ms`;
  } else done += await onLine(world, trouble, planned);
  return done;
}

/** Every query and command of the Source is refused as a busy service does. Rows still come and go. */
export const throttling = (['query', 'command'] as const).map((kind) => ({
  kind,
  text: '^(?!\\.delete )',
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
      if (of !== 'sidecar of the proxy') {
        await until(() => !line.waitsForCut, `the cut of the line to ${of}`, { everyMs: 20 });
        return ` after ${bytes} bytes`;
      }
      // A bootstrap may have said all that it had to.
      await until(() => !line.waitsForCut, 'the cut', { everyMs: 20, timeoutMs: forMs }).catch(() => {});
      const came = line.waitsForCut ? 'would be' : 'was';
      await line.heal();
      return ` ${came} after ${bytes} bytes`;
    }
  }
  await wait(forMs);
  await line.heal();
  return ` for ${forMs} ms`;
}
