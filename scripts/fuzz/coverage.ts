import { Session, type Profiler } from 'node:inspector/promises';

/** Where a file was not run yet: sorted, disjoint [from, to). */
type Gaps = readonly (readonly [from: number, to: number])[];

/** The parts of a function that its call did not reach. In V8's nested ranges nothing that ran is within something that did not. */
function gapsOf({ ranges }: Profiler.FunctionCoverage): Gaps {
  const gaps = ranges.flatMap(({ startOffset, endOffset, count }) =>
    count === 0 ? [[startOffset, endOffset] as const] : [],
  );
  return gaps.toSorted((a, b) => a[0] - b[0]);
}

function common(a: Gaps, b: Gaps): Gaps {
  const result: (readonly [number, number])[] = [];
  for (const [from, to] of a)
    for (const [start, end] of b)
      if (Math.max(from, start) < Math.min(to, end)) result.push([Math.max(from, start), Math.min(to, end)]);
  return result;
}

const size = (gaps: Gaps): number => gaps.reduce((sum, [from, to]) => sum + to - from, 0);

/** Which blocks of some files ran, as V8's precise coverage has it, in this very process. */
export class Coverage implements AsyncDisposable {
  readonly #session = new Session();
  readonly #files: RegExp;
  /** By function, what no input has reached. */
  readonly #missing = new Map<string, Gaps>();

  private constructor(files: RegExp) {
    this.#files = files;
  }

  /** @param files - matches the URLs of the files that count */
  static async start(files: RegExp): Promise<Coverage> {
    const coverage = new Coverage(files);
    coverage.#session.connect();
    await coverage.#session.post('Profiler.enable');
    await coverage.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return coverage;
  }

  /** How many functions were called since the start. */
  get functions(): number {
    return this.#missing.size;
  }

  /** True when what ran since the last call reached something for the first time. It is known from now on, unless `peek`. */
  async reachedMore(peek = false): Promise<boolean> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    let more = false;
    for (const { url, scriptId, functions } of result) {
      if (!this.#files.test(url)) continue;
      for (const one of functions) {
        const [whole] = one.ranges;
        if (whole === undefined || whole.count === 0) continue;
        const key = `${scriptId}:${whole.startOffset}-${whole.endOffset}`;
        const before = this.#missing.get(key);
        const gaps = before === undefined ? gapsOf(one) : common(before, gapsOf(one));
        if (before !== undefined && size(gaps) >= size(before)) continue;
        more = true;
        if (!peek) this.#missing.set(key, gaps);
      }
    }
    return more;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}
