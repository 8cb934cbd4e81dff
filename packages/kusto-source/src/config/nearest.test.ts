import assert from 'node:assert/strict';
import { it } from 'node:test';
import { didYouMean, nearest } from './nearest.ts';

it('the nearest name is the one that a slip makes of it', () => {
  assert.equal(nearest('PRIMARY_KEYS', ['KUSTO_TABLE', 'PRIMARY_KEY']), 'PRIMARY_KEY');
  assert.equal(nearest('id', ['Other', 'Id']), 'Id', 'names are case-sensitive, people are not');
  assert.equal(nearest('tabel', ['label', 'table']), 'table', 'letters that changed places');
  assert.equal(nearest('State', ['Temperature']), undefined);
});

it('a message ends with it, or with nothing', () => {
  assert.equal(didYouMean('Stat', ['State']), '; did you mean State?');
  assert.equal(didYouMean('Stat', []), '');
});
