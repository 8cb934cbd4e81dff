/** Where a process can die, by name. Each is a moment between two things that somebody outside can see. */
export const crashPoints = [
  /** A query for the rows of a window is to be sent. */
  'before query',
  /** A part of the rows of a window has come. */
  'mid rows',
  /** The answer with them is whole, and nothing was done with it. */
  'after rows',
  'before publish',
  /** The topic has the first half of a publish. */
  'mid publish',
  /** The topic has it, and the acknowledgement is lost. */
  'after publish',
  /** The last publish before a checkpoint was acknowledged; the checkpoint is to be stored. */
  'after all publishes',
  /** As before, also where there was nothing to publish. */
  'before checkpoint',
  'after checkpoint',
  /** At another write of the state or of a key index, or a read. */
  'before store',
  'after store',
  /** In answers to the queries of a scan: digests of buckets, hashes of rows, rows, and keys that are to be deleted (rule R18). */
  'mid digest',
  'mid hashes',
  'mid scan rows',
  'mid re-check',
  /** In the rows of a bootstrap. */
  'mid snapshot',
] as const;

export type CrashPoint = (typeof crashPoints)[number];

/** How often a process died at each point. */
export class CrashTally {
  readonly #deaths = new Map<CrashPoint, number>();

  add(point: CrashPoint): void {
    this.#deaths.set(point, this.of(point) + 1);
  }

  of(point: CrashPoint): number {
    return this.#deaths.get(point) ?? 0;
  }

  /** Those at which no process died. */
  get missed(): readonly CrashPoint[] {
    return crashPoints.filter((point) => this.of(point) === 0);
  }

  toString(): string {
    return crashPoints.map((point) => `${point} ${this.of(point)}`).join(', ');
  }
}

/** The death that is meant for a process: one point, and how often it gets past it. */
export class PlannedDeath {
  readonly #tally: CrashTally;
  #point: CrashPoint | undefined;
  #left = 0;

  constructor(tally: CrashTally) {
    this.#tally = tally;
  }

  /** @param nth the time it comes there, counted from 1 and from now */
  plan(point: CrashPoint, nth: number): void {
    this.#point = point;
    this.#left = nth;
  }

  /** The process is at this point. Whether it is to die there. */
  reached(point: CrashPoint): boolean {
    if (point !== this.#point) return false;
    this.#left -= 1;
    if (this.#left > 0) return false;
    this.#point = undefined;
    this.#tally.add(point);
    return true;
  }
}
