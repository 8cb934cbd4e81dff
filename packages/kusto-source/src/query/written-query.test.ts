import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { relationQuery } from './relation-query.ts';
import { isWholeTable, writtenQuery } from './written-query.ts';

const ends = { start: { label: 'A', key: ['s'] }, end: { label: 'B', key: ['e', 's'] } };

describe('the query as it was written', () => {
  it('has no filter for the ends of relations', () => {
    for (const text of ['T', 'T | where x > 1', "T\n| where isnotempty(['s'])"]) {
      assert.equal(writtenQuery({ query: relationQuery({ text }, ends), ends }), text);
      assert.equal(writtenQuery({ query: { text } }), text, 'of nodes');
    }
  });

  it('may be the whole table', () => {
    const whole = (text: string): readonly boolean[] => [
      isWholeTable({ query: { text }, table: 'T' }),
      isWholeTable({ query: relationQuery({ text }, ends), ends, table: 'T' }),
    ];
    assert.deepEqual(["['T']", 'T', 'T | where x', 'U'].map(whole), [
      [true, true],
      [true, true],
      [false, false],
      [false, false],
    ]);
  });
});
