import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FatalSourceError } from '@drasi-kusto/source-sdk';
import { mayEndBy } from './store-trouble.ts';

it('a feed ends by an error of its own for each trouble of a store, and by no other', () => {
  const taken = new FatalSourceError('ANOTHER_REACTIVATOR', 'another one writes');
  const corrupt = new FatalSourceError('STATE_CORRUPT', 'half of it');
  assert.equal(mayEndBy(new Set(['stale']), taken), true);
  assert.equal(mayEndBy(new Set(['conflict']), taken), true);
  assert.equal(mayEndBy(new Set(['partial']), corrupt), true);
  assert.equal(mayEndBy(new Set(['stale']), corrupt), false);
  assert.equal(mayEndBy(new Set(['refused']), taken), false);
  assert.equal(mayEndBy(new Set(), taken), false);
  assert.equal(mayEndBy(new Set(['partial']), new Error('STATE_CORRUPT')), false);
});
