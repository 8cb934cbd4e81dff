import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killsOfTurn, seedsOfTurn, shareOfTurn, sumsOf, turnsOf } from './soak-turns.mjs';

describe('the turns of a soak', () => {
  it('have 200 kills in 30 minutes', () => {
    assert.ok(turnsOf(30) * killsOfTurn(30) * 3 >= 200);
  });

  it('are at least one, with at least one kill', () => {
    for (const minutes of [0.1, 1, 5]) {
      assert.equal(turnsOf(minutes), 1);
      assert.ok(killsOfTurn(minutes) >= 1);
    }
  });

  it('have all of what a turn has, and less when they are short', () => {
    assert.equal(shareOfTurn(30, 26), 26);
    assert.equal(shareOfTurn(3, 26), 13);
    assert.equal(shareOfTurn(0.1, 8), 1);
  });

  it('begin with the seed that was told, each with another one', () => {
    assert.equal(seedsOfTurn(7, 0), 7);
    assert.notEqual(seedsOfTurn(7, 1), 7);
  });
});

describe('the figures of a soak', () => {
  it('are added up by name, and a line cut by a kill is left out', () => {
    assert.deepEqual(sumsOf('{"kills":1}\n{"kills":2,"lost":0}\n{"kil'), { kills: 3, lost: 0 });
    assert.deepEqual(sumsOf(''), {});
  });
});
