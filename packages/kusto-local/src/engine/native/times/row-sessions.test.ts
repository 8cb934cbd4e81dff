import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SessionRow } from './row-sessions.ts';
import { rowSessions, sessionNatives } from './row-sessions.ts';

function starts(
  values: readonly (number | undefined)[],
  restarts: readonly number[] = [],
): (number | undefined)[] {
  const rows = values.map((value, index): SessionRow => ({
    value: value === undefined ? undefined : BigInt(value),
    restart: restarts.includes(index),
  }));
  return rowSessions(rows, 10n, 5n).map((start) => (start === undefined ? undefined : Number(start)));
}

it('a session ends by its length, by a gap, by a restart, by a null', () => {
  assert.deepEqual(starts([]), []);
  assert.deepEqual(starts([0, 4, 8, 9]), [0, 0, 0, 0]);
  assert.deepEqual(starts([0, 4, 8, 10, 14]), [0, 0, 0, 10, 10]);
  assert.deepEqual(starts([0, 5, 9]), [0, 5, 5]);
  assert.deepEqual(starts([0, 1, 2], [1]), [0, 1, 1]);
  assert.deepEqual(starts([0, undefined, 1, 2]), [0, undefined, 1, 1]);
  assert.deepEqual(starts([undefined, undefined], [1]), [undefined, undefined]);
  // A step back is neither too far from the first nor from the one before.
  assert.deepEqual(starts([20, 3, 4, 9]), [20, 20, 20, 9]);
});

it('as DuckDB calls it', () => {
  const [native] = sessionNatives;
  assert.equal(native?.evaluate('0,4r,n,nr,7', 10n, 5n), '[0,4,null,null,7]');
  assert.equal(native?.evaluate('', 10n, 5n), '[]');
});
