/** What a check is, and running them one after the other. */
import { messageOf } from '../errors.ts';
import type { SourceUnderTest } from './source-under-test.ts';

/**
 * `must`: the platform breaks, or rows are lost, without it. `should`: some host of Drasi, or an operator, is better off with it; a
 * failure is reported and does not fail the run.
 */
export type Level = 'must' | 'should';
export type Outcome = 'passed' | 'failed' | 'skipped';

export interface Check {
  /** Stable, for `--only` and `--skip`. */
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  /** What goes wrong at the reader's end otherwise. */
  readonly why: string;
  /** It starts, kills or starves services, so that nothing may be left of another check, nor of it. */
  readonly isolated?: true;
  /** Returns what was seen, in a few words. Throws `Skipped` or, with what is wrong, anything else. */
  run(source: SourceUnderTest): Promise<string>;
}

export interface CheckResult extends Pick<Check, 'id' | 'title' | 'level' | 'why'> {
  readonly outcome: Outcome;
  /** What was seen, what is wrong, or what the check would need. */
  readonly detail: string;
  readonly durationMs: number;
}

/** A check that cannot be made with what it was given. */
export class Skipped extends Error {}

/** Fails a check. */
export function expect(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}

/** Runs every check, whatever the others do. A check that hangs fails after `timeoutMs`. */
export async function runChecks(
  checks: readonly Check[],
  source: SourceUnderTest,
  options: { readonly timeoutMs: number; readonly onResult?: (result: CheckResult) => void },
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    if (check.isolated === true) await source.reset();
    const result = await runOne(check, source, options.timeoutMs);
    options.onResult?.(result);
    results.push(result);
    if (check.isolated === true || result.outcome === 'failed') await source.reset();
  }
  return results;
}

async function runOne(check: Check, source: SourceUnderTest, timeoutMs: number): Promise<CheckResult> {
  const { id, title, level, why } = check;
  const began = performance.now();
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => limit.reject(new Error(`the check did not end within ${timeoutMs / 1_000} s`)),
    timeoutMs,
  );
  let outcome: Outcome = 'passed';
  let detail: string;
  try {
    const run = check.run(source);
    run.catch(() => undefined);
    detail = await Promise.race([run, limit.promise]);
  } catch (error) {
    outcome = error instanceof Skipped ? 'skipped' : 'failed';
    detail = messageOf(error);
  } finally {
    clearTimeout(timer);
  }
  return { id, title, level, why, outcome, detail, durationMs: Math.round(performance.now() - began) };
}
