import { crashPoints, type CrashPoint } from './crash-points.ts';
import type { Profile } from './profile.ts';
import { Random } from './random.ts';
import { storeTroubles } from './store-trouble.ts';
import {
  modelKeys,
  type DataStep,
  type FeedStep,
  type ModelRow,
  type Plan,
  type Step,
  type Trouble,
} from './step.ts';

const feedWeights: Readonly<Record<FeedStep['do'], number>> = {
  ticks: 12,
  catchUp: 3,
  scan: 0.5,
  bootstrap: 5,
  crash: 3,
  kill: 1,
  restart: 1,
  flaky: 2,
  trouble: 2,
  store: 1.5,
  redeliver: 1,
  calm: 3,
};

const ofScans: ReadonlySet<CrashPoint> = new Set([
  'mid digest',
  'mid hashes',
  'mid scan rows',
  'mid re-check',
]);

const troubles: readonly Trouble[] = [
  'throttled',
  'unavailable',
  'cut',
  'error at the end',
  'error between',
  'no completion',
];

/** The plan of a seed: always the same one. */
export function randomPlan(profile: Profile, seed: number, length: number): Plan {
  const random = new Random(seed);
  const draw = new Draw(profile, random);
  const steps: Step[] = [];
  // What is there before the source starts, and a first reader.
  for (let count = random.below(4); count > 0; count -= 1) steps.push(draw.dataStep());
  const from = random.chance(0.3) ? 'beginning' : 'now';
  steps.push({ do: 'bootstrap', by: random.chance(0.5) ? 'engine' : 'reader', delayMs: 0 });
  while (steps.length < length) {
    if (random.chance(0.05)) steps.push(...draw.crash());
    else steps.push(random.chance(0.55) ? draw.dataStep() : draw.feedStep());
  }
  // What a crash loses, a later version of the key would hide.
  if (random.chance(0.6)) steps.push(...draw.crash());
  return { profile: profile.name, seed, length, from, steps };
}

/** A plan in which a process is as good as sure to die at a point. */
export function crashPlan(profile: Profile, point: CrashPoint, seed: number): Plan {
  const draw = new Draw(profile, new Random(seed));
  const steps: readonly Step[] = [
    { do: 'bulk', count: 130, from: 0 },
    { do: 'bootstrap', by: 'reader', delayMs: 0 },
    { do: 'catchUp' },
    ...draw.crash(point),
  ];
  return { profile: profile.name, seed, length: steps.length, from: 'now', steps };
}

/** Draws steps one after the other: rows of later steps are often those of earlier ones again. */
class Draw {
  readonly #profile: Profile;
  readonly #random: Random;
  readonly #rows: ModelRow[] = [];
  /** Few keys in half of the plans, so that they meet; many in the others, so that one version is not hidden by the next. */
  readonly #keys: number;
  #version = 0;
  #bulk = 0;

  constructor(profile: Profile, random: Random) {
    this.#profile = profile;
    this.#random = random;
    this.#keys = random.chance(0.5) ? 2 + random.below(4) : modelKeys.length + random.below(20);
  }

  dataStep(): DataStep {
    const random = this.#random;
    const kind = random.weighted(this.#profile.weights);
    switch (kind) {
      case 'ingest':
      case 'stream':
      case 'ingestOld':
      case 'move':
      case 'stage':
      case 'policyOff':
        return { do: kind, rows: this.#someRows() };
      case 'recreate':
        return { do: kind, by: random.chance(0.5) ? 'drop' : 'rename', rows: this.#someRows() };
      case 'bulk': {
        // Sometimes the same rows again.
        if (random.chance(0.7)) this.#bulk += 1;
        return { do: kind, count: 120 + random.below(200), from: this.#bulk * 100 };
      }
      case 'rewrite':
      case 'update':
        return { do: kind, key: this.#key(), v: random.below(100) };
      case 'softDelete':
      case 'purge':
        return { do: kind, key: this.#key() };
      case 'deleteSome':
      case 'replace':
        return { do: kind, rest: random.below(3) };
      case 'dropExtent':
      case 'dropColumn':
      case 'retype':
        return { do: kind, which: random.below(8) };
      case 'retain':
      case 'clear':
      case 'addColumn':
        return { do: kind };
      case 'later':
        return { do: kind, minutes: 1 + random.below(12) };
      case 'lag':
      default:
        return { do: 'lag', on: random.chance(0.6) };
    }
  }

  feedStep(): FeedStep {
    const random = this.#random;
    const kind = random.weighted(feedWeights);
    switch (kind) {
      case 'ticks':
        return { do: kind, count: random.below(random.chance(0.3) ? 60 : 8) };
      case 'crash':
        return { do: kind, at: this.#point(), nth: 1 + random.below(6) };
      case 'flaky':
        return { do: kind, operations: 1 + random.below(4), seed: random.below(1_000) };
      case 'trouble':
        return { do: kind, kind: random.pick(troubles), seed: random.below(1_000) };
      case 'store':
        return { do: kind, trouble: random.pick(storeTroubles), seed: random.below(1_000) };
      case 'redeliver':
        return { do: kind, publishes: 1 + random.below(4) };
      case 'bootstrap':
        return {
          do: kind,
          by: random.chance(0.2) ? 'engine' : 'reader',
          delayMs: random.chance(0.4) ? 5 + random.below(40) : 0,
          ...(random.chance(0.15) ? { leaveAfter: 1 + random.below(20) } : {}),
        };
      case 'kill':
      case 'restart':
      case 'calm':
      case 'catchUp':
      case 'scan':
      default:
        return { do: kind };
    }
  }

  /** A death while a change is delivered: what a careless order of publish and checkpoint loses. */
  crash(point = this.#point()): readonly Step[] {
    const random = this.#random;
    const { scans, weights } = this.#profile;
    const vanish: Step = { do: 'deleteSome', rest: random.below(3) };
    return [
      { do: 'lag', on: false },
      ...(random.chance(0.7) ? [{ do: 'catchUp' } as const] : []),
      { do: 'crash', at: point, nth: random.chance(0.8) ? 1 : 2 },
      ...(weights.deleteSome !== undefined && (ofScans.has(point) || random.chance(0.3)) ? [vanish] : []),
      // What no window has is for scans to read.
      {
        do: point === 'mid scan rows' && weights.move !== undefined ? 'move' : 'ingest',
        rows: this.#someRows(),
      },
      ...(point === 'mid snapshot' ? [{ do: 'bootstrap', by: 'reader', delayMs: 0 } as const] : []),
      scans && ofScans.has(point) ? { do: 'scan' } : { do: 'ticks', count: 60 },
    ];
  }

  #point(): CrashPoint {
    return this.#random.pick(
      this.#profile.scans ? crashPoints : crashPoints.filter((at) => !ofScans.has(at)),
    );
  }

  #someRows(): readonly ModelRow[] {
    const count = 1 + this.#random.below(this.#random.chance(0.3) ? 12 : 3);
    const rows = Array.from({ length: count }, () => this.#row());
    // Which of two rows of one age is the newest is said by all of their values: it is another one with another column.
    return this.#profile.followed === undefined
      ? rows
      : [...new Map(rows.map((row) => [row.key, row])).values()];
  }

  #row(): ModelRow {
    const random = this.#random;
    const again = random.chance(0.12) ? this.#rows.at(-1 - random.below(10)) : undefined;
    if (again !== undefined) return again;
    this.#version += 1;
    const row: ModelRow = {
      key: this.#key(),
      v: random.below(100),
      // Now and then a version that comes late.
      n: Math.max(0, this.#version - (random.chance(0.2) ? random.below(10) : 0)),
      state: random.pick(this.#profile.states),
    };
    this.#rows.push(row);
    return row;
  }

  #key(): number {
    return this.#random.below(this.#keys);
  }
}
