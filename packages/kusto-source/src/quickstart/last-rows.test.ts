import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueryResult } from './drasi-engine.ts';
import { LastRows } from './last-rows.ts';

const ohio = (Storms: number) => ({ State: 'OHIO', Storms });
const update = (more: Partial<QueryResult>): QueryResult => ({
  query: 'damage-by-state',
  type: 'UPDATE',
  before: undefined,
  after: undefined,
  ...more,
});

test('an UPDATE without a row before it gets the last one of its group', () => {
  const last = new LastRows('damage-by-state', 'State');
  last.begin([ohio(1), { State: 'IOWA', Storms: 9 }]);
  assert.deepEqual(last.complete(update({ after: ohio(2) })).before, ohio(1));
  assert.deepEqual(last.complete(update({ after: ohio(3) })).before, ohio(2));
});

test('what the engine says stands; an ADD, a new group and another query have nothing before them', () => {
  const last = new LastRows('damage-by-state', 'State');
  last.begin([ohio(1)]);
  assert.deepEqual(last.complete(update({ before: ohio(7), after: ohio(8) })).before, ohio(7));
  const others = [
    update({ type: 'ADD', after: ohio(9) }),
    update({ after: { State: 'UTAH', Storms: 1 } }),
    update({ query: 'new-york', after: ohio(9) }),
    update({ type: 'DELETE', before: ohio(9) }),
  ];
  for (const result of others) assert.deepEqual(last.complete(result), result);
});
