import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../packages/kusto-source/src/quickstart/random.ts';
import { bootstrapTroubles, planTroubles, troubles } from './network-trouble.ts';

describe('planned troubles', () => {
  it('are the same for a seed, and others for another', () => {
    assert.deepEqual(planTroubles(seededRandom(7), 12), planTroubles(seededRandom(7), 12));
    assert.notDeepEqual(planTroubles(seededRandom(7), 12), planTroubles(seededRandom(8), 12));
  });

  for (const [name, of] of Object.entries({ feed: troubles, bootstrap: bootstrapTroubles }))
    it(`of the ${name} bring every one before one comes again`, () => {
      const plan = planTroubles(seededRandom(1), 2 * of.length, of).map(({ trouble }) => trouble);
      assert.equal(plan.length, 2 * of.length);
      assert.deepEqual(new Set(plan.slice(0, of.length)), new Set(of));
      assert.deepEqual(new Set(plan.slice(of.length)), new Set(of));
    });
});
