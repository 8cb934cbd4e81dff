import assert from 'node:assert/strict';
import { it } from 'node:test';
import { twoProcessPlan } from './two-process-plan.ts';

it("a plan of two processes is the seed's, survives JSON, and has every kind of step of a process", () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 60; seed += 1) {
    const plan = twoProcessPlan(seed, 30);
    assert.equal(JSON.stringify(twoProcessPlan(seed, 30)), JSON.stringify(plan));
    assert.deepEqual(plan.steps[0], { do: 'start', machine: 'A' });
    for (const step of plan.steps) seen.add(step.do);
  }
  for (const kind of ['start', 'kill', 'end', 'goOn', 'standStill', 'pass', 'bootstrap', 'ingest', 'lag'])
    assert.ok(seen.has(kind), kind);
});
