import { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';
import type { OpenTarget, Target } from './target.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** It ends after this time, milliseconds, or this many inputs. */
  readonly forMs: number;
  readonly maxRuns?: number;
  /** False: inputs are changed blindly. Default true. */
  readonly guided?: boolean;
  /** Told of each input before it runs: it may never return. */
  readonly watch?: (input: Uint8Array) => void;
}

export interface Finding {
  readonly input: Uint8Array;
  readonly error: unknown;
}

export interface FuzzResult {
  readonly runs: number;
  /** Inputs that reached something new, and are changed further. */
  readonly kept: number;
  /** Functions of the target's files that were called. */
  readonly functions: number;
  readonly finding?: Finding;
}

/** How many inputs share one look at the coverage, which costs more than most of them. */
const BATCH = 64;
/** Of the inputs changed, so many out of four are those that reached something new lately. */
const LATEST = 50;

/** Runs one input. Resolves to what is wrong, if anything. */
export async function runInput(
  open: OpenTarget,
  target: Target,
  input: Uint8Array,
): Promise<Finding | undefined> {
  const timer: { id?: NodeJS.Timeout } = {};
  const late = new Promise<never>((_resolve, reject) => {
    timer.id = setTimeout(() => reject(new Error(`it took more than ${target.limitMs} ms`)), target.limitMs);
  });
  const began = performance.now();
  try {
    await Promise.race([open.run(input), late]);
    const took = performance.now() - began;
    if (took > target.limitMs) throw new Error(`it took ${Math.round(took)} ms`);
    return undefined;
  } catch (error) {
    return { input, error };
  } finally {
    clearTimeout(timer.id);
  }
}

/** Changes inputs and runs them until the time is over or one is a finding. The same seed makes the same inputs. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, forMs, maxRuns = Infinity, guided = true, watch } = options;
  const random = new Random(seed, target.name);
  const corpus = [...target.corpus];
  const end = performance.now() + forMs;
  const open = await target.open();
  await using coverage = guided ? await Coverage.start(target.files) : undefined;
  let runs = 0;
  const run = (input: Uint8Array): Promise<Finding | undefined> => {
    watch?.(input);
    return runInput(open, target, input);
  };
  /** Runs inputs again, half of them at a time, to find those that reached something new; they join the corpus. */
  const keep = async (inputs: readonly Uint8Array[]): Promise<Finding | undefined> => {
    const [only, second] = inputs;
    const middle = inputs.length >> 1;
    for (const part of second === undefined ? [inputs] : [inputs.slice(0, middle), inputs.slice(middle)]) {
      for (const input of part) {
        const finding = await run(input);
        if (finding !== undefined) return finding;
      }
      if (!(await coverage?.reachedMore(second !== undefined))) continue;
      if (second === undefined && only !== undefined) corpus.push(only);
      else {
        const finding = await keep(part);
        if (finding !== undefined) return finding;
      }
    }
    return undefined;
  };
  const result = (finding?: Finding): FuzzResult => ({
    runs,
    kept: corpus.length - target.corpus.length,
    functions: coverage?.functions ?? 0,
    ...(finding === undefined ? {} : { finding }),
  });
  try {
    for (const input of target.corpus) {
      const finding = await run(input);
      runs += 1;
      if (finding !== undefined) return result(finding);
    }
    await coverage?.reachedMore();
    while (performance.now() < end && runs < maxRuns) {
      const batch: Uint8Array[] = [];
      for (let i = 0; i < BATCH && runs < maxRuns; i++) {
        const from = random.below(4) === 0 ? corpus : corpus.slice(-LATEST);
        const input = mutate(random.pick(from), random, { corpus, tokens: target.tokens });
        batch.push(input);
        const finding = await run(input);
        runs += 1;
        if (finding !== undefined) return result(finding);
      }
      if (coverage === undefined || !(await coverage.reachedMore(true))) continue;
      const finding = await keep(batch);
      if (finding !== undefined) return result(finding);
    }
    return result();
  } finally {
    await open.close();
  }
}

/** A smaller input with the same finding, by leaving stretches out; ends in time. */
export async function shrink(
  target: Target,
  finding: Finding,
  forMs: number,
  watch?: FuzzOptions['watch'],
): Promise<Finding> {
  const open = await target.open();
  const end = performance.now() + forMs;
  let smallest = finding;
  try {
    for (let length = smallest.input.length >> 1; length > 0; length >>= 1) {
      for (let at = 0; at < smallest.input.length && performance.now() < end;) {
        const { input } = smallest;
        const shorter = Buffer.concat([input.subarray(0, at), input.subarray(at + length)]);
        watch?.(shorter);
        const found = await runInput(open, target, shorter);
        if (found !== undefined && kind(found) === kind(finding)) smallest = found;
        else at += length;
      }
    }
    return smallest;
  } finally {
    await open.close();
  }
}

/** What makes two findings the same: the words without numbers, and the place that threw. */
function kind({ error }: Finding): string {
  const { message = String(error), cause } = error as { message?: string; cause?: unknown };
  const inner = cause instanceof Error ? `${cause.name} ${cause.stack?.split('\n')[1] ?? ''}` : '';
  return `${message.replaceAll(/\d+/g, '0').slice(0, 60)} ${inner}`;
}
