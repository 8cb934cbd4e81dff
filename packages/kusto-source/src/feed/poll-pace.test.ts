import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, constantFrom, integer, property } from 'fast-check';
import { pauseAfter, type PollResult } from './poll-pace.ts';

const pausesOf = (results: readonly PollResult[], interval: number): readonly number[] => {
  let pause = interval;
  return results.map((result) => (pause = pauseAfter(result, pause, interval)));
};

describe('the pace of polling', () => {
  it('is at once after a full window, fast after a change, and doubles while nothing comes', () => {
    const results: PollResult[] = ['idle', 'full', 'full', 'idle', 'changed', 'idle', 'idle', 'idle', 'idle'];
    assert.deepEqual(pausesOf(results, 1000), [1000, 0, 0, 100, 100, 200, 400, 800, 1000]);
    assert.deepEqual(pausesOf(['changed', 'idle'], 150), [100, 150]);
    assert.deepEqual(pausesOf(['changed', 'idle'], 100), [100, 100]);
  });

  it('is never longer than the interval, at once only after a full window, and is the interval again soon', () => {
    const result = constantFrom<PollResult>('full', 'changed', 'idle');
    check(
      property(array(result), integer({ min: 100, max: 86_400_000 }), (results, interval) => {
        const pauses = pausesOf(results, interval);
        let before = interval;
        for (const [index, pause] of pauses.entries()) {
          assert.ok(pause <= interval);
          assert.equal(pause === 0, results[index] === 'full');
          if (results[index] !== 'full') assert.ok(pause >= Math.min(interval, 100));
          if (results[index] === 'idle') assert.ok(pause >= before, 'nothing found never makes it faster');
          before = pause;
        }
        const quiet = pausesOf(
          [...results, ...Array.from({ length: 5 }, (): PollResult => 'idle')],
          interval,
        );
        assert.equal(quiet.at(-1), interval);
      }),
    );
  });
});
