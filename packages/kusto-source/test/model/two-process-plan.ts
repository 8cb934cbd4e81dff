import type { StandstillAt } from './machine.ts';
import { profileNamed } from './profiles.ts';
import type { MachineName } from './publisher-judge.ts';
import { randomPlan } from './random-plan.ts';
import { Random } from './random.ts';
import { isFeedStep, type DataStep, type Plan } from './step.ts';

/** What happens to one of two processes of a source. What cannot happen to it then, does not. */
export type MachineStep =
  | { readonly do: 'start' | 'kill' | 'end' | 'goOn'; readonly machine: MachineName }
  /** At its n-th operation of this kind; with 0 now. */
  | {
      readonly do: 'standStill';
      /** Absent: the one that holds the lease. */
      readonly machine?: MachineName;
      readonly at: StandstillAt;
      readonly operations: number;
    }
  /** Of both clocks; `untilStill`: or until one of the processes stands still. */
  | { readonly do: 'pass'; readonly seconds: number; readonly untilStill?: true }
  /** Until the feed has everything, if there is a process that can. */
  | { readonly do: 'catchUp' }
  | { readonly do: 'bootstrap' };

export type AnyPlan = Plan | TwoProcessPlan;

export interface TwoProcessPlan {
  /** Tells it from a plan of one process. */
  readonly processes: 2;
  readonly profile: string;
  readonly seed: number;
  readonly length: number;
  readonly steps: readonly (DataStep | MachineStep)[];
}

/** Those that a plan of two processes can be of: without an index, with windows and scans, and with scans alone. */
const sharedProfiles = ['append', 'latest-scan', 'reconcile'] as const;

/** The plan of a seed: always the same one. Seeds take turns with the profiles. */
export function twoProcessPlan(seed: number, length: number): TwoProcessPlan {
  const profile = sharedProfiles[seed % sharedProfiles.length] ?? 'append';
  const random = new Random(seed);
  const data = randomPlan(profileNamed(profile), seed, length).steps.filter(
    (step): step is DataStep => !isFeedStep(step),
  );
  const steps: (DataStep | MachineStep)[] = [{ do: 'start', machine: 'A' }, { do: 'bootstrap' }];
  while (steps.length < length) {
    const isZombie = random.chance(0.12);
    const change = !isZombie && random.chance(0.4) ? data.shift() : undefined;
    if (isZombie) steps.push(...zombie(random, data));
    else if (change !== undefined) steps.push(change);
    else steps.push(drawn(random));
  }
  return { processes: 2, profile, seed, length, steps };
}

/** The holder stands still before a publish, another one takes the lease and publishes, and then the first one goes on. */
function zombie(random: Random, data: DataStep[]): readonly (DataStep | MachineStep)[] {
  const change = (): readonly DataStep[] => data.splice(0, 1);
  return [
    { do: 'goOn', machine: 'A' },
    { do: 'goOn', machine: 'B' },
    { do: 'start', machine: 'A' },
    { do: 'start', machine: 'B' },
    { do: 'catchUp' },
    { do: 'standStill', at: random.pick(['publish', 'publish', 'store']), operations: 1 },
    ...change(),
    { do: 'pass', seconds: 8, untilStill: true },
    { do: 'pass', seconds: 22 + random.below(15) },
    ...change(),
    ...(random.chance(0.6) ? [{ do: 'catchUp' } as const] : []),
    { do: 'pass', seconds: random.below(12) },
    { do: 'goOn', machine: 'A' },
    { do: 'goOn', machine: 'B' },
    ...(random.chance(0.5) ? [{ do: 'bootstrap' } as const] : []),
  ];
}

function drawn(random: Random): MachineStep {
  const machine = random.pick(['A', 'B'] as const);
  const kind = random.weighted({
    start: 4,
    kill: 1,
    end: 1,
    goOn: 2,
    standStill: 2,
    pass: 6,
    catchUp: 1,
    bootstrap: 2,
  });
  switch (kind) {
    case 'standStill':
      return { do: kind, machine, at: random.pick(['publish', 'store']), operations: random.below(4) };
    case 'pass':
      return { do: kind, seconds: random.chance(0.3) ? 15 + random.below(30) : 1 + random.below(4) };
    case 'bootstrap':
    case 'catchUp':
      return { do: kind };
    case 'start':
    case 'kill':
    case 'end':
    case 'goOn':
    default:
      return { do: kind, machine };
  }
}
