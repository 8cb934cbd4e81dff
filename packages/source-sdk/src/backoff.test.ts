import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Backoff } from './backoff.ts';

describe('Backoff', () => {
  it('grows to its limit, never at once and never beyond', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 2, max: 5_000 }),
        (draw, initialMs) => {
          const backoff = new Backoff(() => draw, { initialMs, maxMs: 10_000 });
          let bound = initialMs;
          for (let i = 0; i < 20; i++) {
            const wait = backoff.next();
            assert.ok(wait >= Math.floor(bound / 2) && wait <= bound && wait > 0, `${wait} of ${bound}`);
            bound = Math.min(10_000, bound * 2);
          }
          assert.equal(bound, 10_000);
          backoff.reset();
          assert.ok(backoff.next() <= initialMs);
        },
      ),
    );
  });
});
