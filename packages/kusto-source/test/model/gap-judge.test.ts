import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GapJudge, type OnGap } from './gap-judge.ts';

const of = (tableId: string, scannedAt: number, policyOff?: true) => ({
  cursor: 'c',
  scannedAt,
  origin: { tableId, ...(policyOff === undefined ? {} : { policyOff }) },
});

/** What is wrong when the second follows on the first. */
function verdict(
  first: ReturnType<typeof of>,
  second: ReturnType<typeof of>,
  { onGap = 'resnapshot', ended = false }: { onGap?: OnGap; ended?: boolean } = {},
): string {
  const judge = new GapJudge();
  judge.stored(first, 'stop');
  if (ended) judge.ended();
  judge.stored(second, onGap);
  return judge.broken?.message ?? 'right';
}

describe('I10', () => {
  it('a feed goes on in another table only behind a whole comparison that was asked for', () => {
    assert.equal(verdict(of('a', 1), of('a', 1)), 'right');
    assert.equal(verdict(of('a', 1), of('b', 2)), 'right');
    assert.match(verdict(of('a', 1), of('b', 1)), /^I10: .* nothing was published again/);
    assert.match(verdict(of('a', 1), of('b', 2), { onGap: 'stop' }), /^I10: .* ON_GAP is stop/);
  });

  it('a policy that was off is not forgotten before a person was told and everything compared', () => {
    const off = of('a', 1, true);
    assert.equal(verdict(off, off), 'right');
    assert.equal(verdict(off, of('a', 2), { ended: true }), 'right');
    assert.match(verdict(off, of('a', 2)), /the feed never ended/);
    assert.match(verdict(off, of('a', 1), { ended: true }), /nothing was published again/);
  });

  it('is closed when the feed belongs to the table that is there, and was told of the policy', () => {
    const judge = new GapJudge();
    judge.stored(of('a', 1), 'stop');
    assert.deepEqual([judge.isClosed('a'), judge.isClosed('b')], [true, false]);
    judge.policyOff();
    assert.equal(judge.isClosed('a'), false);
    judge.ended();
    assert.equal(judge.isClosed('a'), true);
  });
});
