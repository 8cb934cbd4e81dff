import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { KUSTO_ERROR_CODES, KustoError } from './errors.ts';
import type { KustoErrorCode } from './errors.ts';
import { pauseFor, withRetry } from './retry.ts';
import { FakeClock } from './testing/fake-clock.ts';

describe('pauseFor', () => {
  test('doubles, stays within its bounds and never undercuts the service', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
        (attempt, random, retryAfterMs) => {
          const pause = pauseFor(
            new KustoError('KUSTO_THROTTLED', '', { retryAfterMs }),
            attempt,
            () => random,
          );
          const full = Math.min(60_000, 2000 * 2 ** Math.min(attempt - 1, 40));
          assert.ok(pause !== undefined && pause >= full / 2 && pause >= (retryAfterMs ?? 0));
          assert.ok(pause <= Math.max(full, retryAfterMs ?? 0));
        },
      ),
    );
  });

  test('only classes that repeating can help have one', () => {
    for (const [code, retryClass] of Object.entries(KUSTO_ERROR_CODES)) {
      const error = new KustoError(code as KustoErrorCode, '');
      assert.equal(pauseFor(error, 1, () => 0) === undefined, error.permanent, `${code} ${retryClass}`);
    }
  });
});

test('withRetry: what is no KustoError is a mistake in the program, not repeated', async () => {
  let calls = 0;
  const context = { policy: {}, clock: new FakeClock(), random: () => 0 };
  await assert.rejects(
    withRetry(context, () => {
      calls++;
      throw new TypeError('bug');
    }),
    TypeError,
  );
  assert.equal(calls, 1);
});
