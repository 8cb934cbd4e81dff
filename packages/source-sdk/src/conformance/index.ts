/**
 * What a Source of Drasi has to do, checked from outside: HTTP at its proxy and reactivator, a Dapr sidecar of the suite's own beside it,
 * signals to its processes. For any source in any language that speaks HTTP with its sidecar.
 */
import type { Check, CheckResult } from './check.ts';
import { runChecks } from './check.ts';
import { bootstrapChecks } from './checks/bootstrap-checks.ts';
import { changeChecks } from './checks/change-checks.ts';
import { crashChecks } from './checks/crash-checks.ts';
import { streamChecks } from './checks/stream-checks.ts';
import { SourceUnderTest } from './source-under-test.ts';
import type { ConformanceOptions } from './source-under-test.ts';

export type { Check, CheckResult, Level, Outcome } from './check.ts';
export { Skipped } from './check.ts';
export type { ConformanceOptions, SourceUnderTest } from './source-under-test.ts';
export { textReport } from './text-report.ts';

/** All checks, in the order in which they run. */
export const conformanceChecks: readonly Check[] = [
  ...bootstrapChecks,
  ...streamChecks,
  ...changeChecks,
  ...crashChecks,
];

export interface ConformanceRun {
  /** Ids of the checks to run. Default all. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** Where the suite's sidecar listens. Default a free port. */
  readonly daprPort?: number;
  /** How long one check may take, milliseconds. Default 120 000. */
  readonly timeoutMs?: number;
  readonly onResult?: (result: CheckResult) => void;
}

/** Runs the suite. What it started is ended, whatever happens. */
export async function runConformance(
  options: ConformanceOptions,
  { only, skip = [], daprPort, timeoutMs = 120_000, onResult }: ConformanceRun = {},
): Promise<readonly CheckResult[]> {
  const checks = conformanceChecks.filter(
    ({ id }) => (only === undefined || only.includes(id)) && !skip.includes(id),
  );
  const source = await SourceUnderTest.open(options, daprPort);
  try {
    return await runChecks(checks, source, { timeoutMs, ...(onResult === undefined ? {} : { onResult }) });
  } finally {
    await source.close();
  }
}

/** True when the source does all it must. */
export const conforms = (results: readonly CheckResult[]): boolean =>
  results.every(({ outcome, level }) => outcome !== 'failed' || level === 'should');
