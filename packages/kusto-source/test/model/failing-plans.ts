import { readFileSync, writeFileSync } from 'node:fs';
import type { AnyPlan } from './two-process-plan.ts';

const file = new URL('failing-plans.json', import.meta.url);

/** A plan that failed once. It is run before any other, for ever. */
export interface FailingPlan {
  /** What was wrong. */
  readonly why: string;
  readonly plan: AnyPlan;
}

export function failingPlans(): readonly FailingPlan[] {
  return JSON.parse(readFileSync(file, 'utf8')) as FailingPlan[];
}

/** Adds one, unless the plan is known. */
export function keepFailingPlan(failing: FailingPlan): void {
  const known = failingPlans();
  const text = JSON.stringify(failing.plan);
  if (known.some(({ plan }) => JSON.stringify(plan) === text)) return;
  writeFileSync(file, `${JSON.stringify([...known, failing], undefined, 2)}\n`);
}
