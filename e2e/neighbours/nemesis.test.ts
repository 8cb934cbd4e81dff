import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../packages/kusto-source/src/quickstart/random.ts';
import { planKills, victims } from './nemesis.ts';

describe('planned kills', () => {
  it('are the same for a seed, and others for another', () => {
    assert.deepEqual(planKills(seededRandom(7), 12), planKills(seededRandom(7), 12));
    assert.notDeepEqual(planKills(seededRandom(7), 12), planKills(seededRandom(8), 12));
  });

  it('take every victim before one is taken again', () => {
    const kills = planKills(seededRandom(1), 12).map(({ victim }) => victim);
    assert.equal(kills.length, 12);
    assert.deepEqual(new Set(kills.slice(0, victims.length)), new Set(victims));
    assert.deepEqual(new Set(kills.slice(victims.length, 2 * victims.length)), new Set(victims));
  });
});
