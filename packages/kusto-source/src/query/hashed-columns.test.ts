import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashedColumns, usedColumns } from './hashed-columns.ts';

const columns = ['Id', 'A', 'B', 'From', 'To'].map((name) => ({ name }));
const names = (some: readonly { readonly name: string }[]): string => some.map(({ name }) => name).join(' ');
const ends = { start: { label: 'X', key: ['From'] }, end: { label: 'Y', key: ['To', 'Id'] } };

describe('hashed columns', () => {
  it('are all columns where all are properties', () => {
    assert.equal(hashedColumns({}, columns), columns);
    assert.equal(usedColumns({ primaryKey: ['Id'] }, columns).length, 5);
  });

  it('are those of the properties and of the ends, in the order of the query', () => {
    const properties = [
      { name: 'renamed', column: 'B' },
      { name: 'again', column: 'B' },
    ];
    assert.equal(names(hashedColumns({ properties }, columns)), 'B');
    assert.equal(names(hashedColumns({ properties, ends }, columns)), 'Id B From To');
    assert.equal(names(hashedColumns({ properties: [], ends }, columns)), 'Id From To');
  });

  it('are used beside the key, whose values are no state', () => {
    assert.equal(names(hashedColumns({ properties: [] }, columns)), '');
    assert.equal(names(usedColumns({ properties: [], primaryKey: ['Id'] }, columns)), 'Id');
  });
});
