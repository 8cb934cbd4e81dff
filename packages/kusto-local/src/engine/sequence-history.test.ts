import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, bigInt, integer, property } from 'fast-check';
import '../testing/fixed-seed.ts';
import { WeakHeads } from '../endpoint/weak-heads.ts';
import { SequenceHistory } from './sequence-history.ts';

test('the cursor of a moment is the last value not after it', () => {
  check(
    property(array(bigInt({ min: 1n, max: 50n })), bigInt({ min: 0n, max: 2000n }), (steps, moment) => {
      const history = new SequenceHistory(100n);
      const values = [100n];
      for (const step of steps) {
        values.push((values.at(-1) ?? 0n) + step);
        history.add(values.at(-1) ?? 0n);
      }
      assert.equal(history.at(moment), values.findLast((value) => value <= moment) ?? 100n);
    }),
  );
});

test('a long history forgets its beginning, and never gives a value that was none', () => {
  const history = new SequenceHistory(0n, 10);
  for (let value = 1n; value <= 100n; value += 1n) history.add(value);
  assert.equal(history.at(95n), 95n);
  assert.ok(history.at(1n) >= 1n && history.at(1n) <= 90n);
  history.add(5n);
  assert.equal(history.at(1000n), 100n);
});

test('heads: never ahead, never older than the period, pinned or at random', () => {
  const key = { database: 'db', text: 'T' };
  check(
    property(
      integer({ min: 1, max: 100_000 }),
      integer({ min: 1, max: 9 }),
      integer({ min: 0 }),
      integer({ min: 1_000_000, max: 2_000_000_000 }),
      (maximumLagMs, heads, seed, now) => {
        const options = { maximumLagMs, heads, seed, forced: false };
        const weak = new WeakHeads();
        for (const by of ['random', 'query', 'database', 'session'] as const) {
          const snapshot = weak.snapshot(options, { by, session: 's' }, key, now);
          assert.ok(snapshot <= now && snapshot > now - maximumLagMs, `${snapshot} at ${now}`);
          const again = weak.snapshot(options, { by, session: 's' }, key, now);
          if (by !== 'random') assert.equal(again, snapshot);
        }
      },
    ),
  );
  const options = { maximumLagMs: 1000, heads: 5, seed: 3, forced: false };
  const run = (): number[] => {
    const weak = new WeakHeads();
    return Array.from({ length: 30 }, (_, index) =>
      weak.snapshot(options, { by: 'random', session: '' }, key, 5_000_000 + index),
    );
  };
  const moments = run();
  assert.deepEqual(run(), moments);
  assert.ok(
    moments.some((moment, index) => moment < (moments[index - 1] ?? 0)),
    'a read that goes backwards',
  );
});
