import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../packages/kusto-source/src/quickstart/random.ts';
import { planTroubles, troubles } from './network-trouble.ts';

describe('planned troubles', () => {
  it('are the same for a seed, and others for another', () => {
    assert.deepEqual(planTroubles(seededRandom(7), 12), planTroubles(seededRandom(7), 12));
    assert.notDeepEqual(planTroubles(seededRandom(7), 12), planTroubles(seededRandom(8), 12));
  });

  it('bring every one before one comes again', () => {
    const plan = planTroubles(seededRandom(1), 2 * troubles.length).map(({ trouble }) => trouble);
    assert.equal(plan.length, 2 * troubles.length);
    assert.deepEqual(new Set(plan.slice(0, troubles.length)), new Set(troubles));
    assert.deepEqual(new Set(plan.slice(troubles.length)), new Set(troubles));
  });
});
