import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkTopic, type TopicVerdict } from './topic-check.ts';
import type { Change } from './topic.ts';

const row = (Id: number, V: number) => ({ Id, V });
const up = (lsn: number, id: number, v: number): Change => ({
  op: 'u',
  payload: { source: { lsn }, after: { id: `T:${id}`, properties: row(id, v) } },
});
const gone = (lsn: number, id: number): Change => ({
  op: 'd',
  payload: { source: { lsn }, before: { id: `T:${id}` } },
});
const check = (changes: readonly Change[], now = [row(1, 5), row(2, 0)]): TopicVerdict =>
  checkTopic({ label: 'T', key: 'Id', columns: ['Id', 'V'], before: [row(1, 0), row(2, 0)], now, changes });
const fine = { lost: [], unexpected: [], outOfOrder: [], duplicates: 0 };

describe('the check of a topic', () => {
  it('folds what a reader has', () => {
    assert.deepEqual(check([up(1, 1, 3), up(2, 3, 3), up(3, 1, 5), gone(4, 3)]), fine);
  });

  it('names a row that is lost, also one whose newest version is', () => {
    assert.deepEqual(check([up(1, 1, 3)]).lost, ['T:1: Id=1 V=3, not Id=1 V=5']);
    assert.deepEqual(check([up(1, 1, 5)], [row(1, 5), row(2, 0), row(3, 1)]).lost, [
      'T:3: missing, not Id=3 V=1',
    ]);
  });

  it('names an element that should not be there', () => {
    assert.deepEqual(check([up(1, 1, 5), up(2, 9, 1)]).unexpected, ['T:9']);
    assert.deepEqual(check([up(1, 1, 5)], [row(1, 5)]).unexpected, ['T:2']);
  });

  it('counts deliveries again, and takes them for no fault of the order', () => {
    const again = check([up(1, 1, 3), up(2, 1, 5), up(1, 1, 3), up(2, 1, 5), up(3, 1, 5)]);
    assert.deepEqual(again, { ...fine, duplicates: 3 });
  });

  it('names a change that is late', () => {
    assert.deepEqual(check([up(2, 1, 3), up(1, 1, 5)]).outOfOrder, ['T:1: lsn 1 after 2']);
  });
});
