import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../packages/kusto-source/src/quickstart/random.ts';
import { misfortunes, planKills } from './nemesis.ts';

describe('planned kills', () => {
  it('are the same for a seed, and others for another', () => {
    assert.deepEqual(planKills(seededRandom(7), 12), planKills(seededRandom(7), 12));
    assert.notDeepEqual(planKills(seededRandom(7), 12), planKills(seededRandom(8), 12));
  });

  it('bring every misfortune before one comes again', () => {
    const kills = planKills(seededRandom(1), 2 * misfortunes.length).map(({ of }) => of);
    assert.equal(kills.length, 2 * misfortunes.length);
    assert.deepEqual(new Set(kills.slice(0, misfortunes.length)), new Set(misfortunes));
    assert.deepEqual(new Set(kills.slice(misfortunes.length, 2 * misfortunes.length)), new Set(misfortunes));
  });
});
