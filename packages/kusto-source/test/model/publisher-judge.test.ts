import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PublisherJudge } from './publisher-judge.ts';

describe('I7', () => {
  it('who publishes without the lease is seen', () => {
    const judge = new PublisherJudge();
    judge.stored('A', { owner: 'one' });
    judge.published('A');
    assert.equal(judge.broken, undefined);
    judge.stored('B', { owner: 'two' });
    assert.deepEqual([judge.holder, judge.takings, judge.losers], ['B', 1, ['A']]);
    judge.published('A');
    assert.match(String(judge.broken), /I7: A published, and the lease is B's/);
  });

  it('who has released it no longer publishes', () => {
    const judge = new PublisherJudge();
    judge.stored('A', { owner: 'one', lease: { released: true } });
    judge.published('A');
    assert.match(String(judge.broken), /I7: A published, and the lease is nobody's/);
  });

  it('only who lost it ends, and only for that', () => {
    const lost = new PublisherJudge();
    lost.stored('A', { owner: 'one' });
    lost.stored('B', { owner: 'two' });
    lost.ended('A', 'ANOTHER_REACTIVATOR', '');
    assert.deepEqual([lost.broken, lost.losers], [undefined, []]);
    lost.ended('B', 'ANOTHER_REACTIVATOR', '');
    assert.match(String(lost.broken), /R21: B, whose lease nobody took, ended with ANOTHER_REACTIVATOR/);
  });
});
