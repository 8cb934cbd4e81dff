import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profiles } from './profiles.ts';
import { randomPlan } from './random-plan.ts';

describe('a random plan', () => {
  for (const profile of profiles)
    it(`of ${profile.name} is the seed's, survives JSON, and has every kind of step that the profile allows`, () => {
      const seen = new Set<string>();
      for (let seed = 1; seed <= 150; seed += 1) {
        const plan = randomPlan(profile, seed, 40);
        const text = JSON.stringify(plan);
        assert.equal(JSON.stringify(randomPlan(profile, seed, 40)), text);
        assert.ok(plan.steps.length >= 40 && plan.steps.length <= 52, `${plan.steps.length} steps`);
        // A source that runs from the start, and somebody who listens.
        assert.ok(plan.steps.slice(0, 4).some((step) => step.do === 'bootstrap'));
        for (const step of plan.steps) seen.add(step.do);
      }
      const feed = [
        'redeliver',
        'store',
        'bootstrap',
        'calm',
        'catchUp',
        'crash',
        'flaky',
        'kill',
        'restart',
        'scan',
        'ticks',
        'trouble',
      ];
      const wanted = [...Object.keys(profile.weights), ...feed];
      assert.deepEqual([...seen].toSorted(), [...new Set(wanted)].toSorted());
    });
});
