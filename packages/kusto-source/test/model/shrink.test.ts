import assert from 'node:assert/strict';
import { it } from 'node:test';
import { shrink } from './shrink.ts';
import type { Plan, Step } from './step.ts';

const steps: readonly Step[] = Array.from({ length: 40 }, (_, count) => ({ do: 'ticks', count }));
const plan: Plan = { profile: 'p', seed: 1, length: 40, from: 'now', steps };
const counts = (of: Plan): readonly number[] =>
  of.steps.map((step) => (step.do === 'ticks' ? step.count : -1));

it('leaves the steps that a failure needs, and says what fails then', async () => {
  const failure = async (of: Plan): Promise<string | undefined> => {
    const has = counts(of);
    return has.includes(7) && has.includes(31) ? `${has.length} steps` : undefined;
  };
  const shrunk = await shrink(plan, 'all', failure, Date.now() + 10_000);
  assert.deepEqual(counts(shrunk.plan), [7, 31]);
  assert.equal(shrunk.message, '2 steps');
});

it('tries a plan again that does not fail each time, and ends in time', async () => {
  let run = 0;
  const flaky = async (of: Plan): Promise<string | undefined> => {
    run += 1;
    return counts(of).includes(3) && run % 2 === 0 ? 'sometimes' : undefined;
  };
  const shrunk = await shrink(plan, 'all', flaky, Date.now() + 10_000);
  assert.ok(shrunk.plan.steps.length < 3 && counts(shrunk.plan).includes(3), JSON.stringify(shrunk.plan));
  const late = await shrink(plan, 'all', flaky, Date.now() - 1);
  assert.deepEqual([late.plan, late.message, late.runs], [plan, 'all', 0]);
});
