import assert from 'node:assert/strict';
import { it } from 'node:test';
import { requestId } from './request-id.ts';

it('the id of a request names the service, and no two are the same', () => {
  const ids = new Set(Array.from({ length: 1_000 }, () => requestId('feed')));
  assert.equal(ids.size, 1_000);
  for (const id of ids) assert.match(id, /^drasi-kusto\.feed;[\w-]{12}$/);
  assert.match(requestId('bootstrap'), /^drasi-kusto\.bootstrap;/);
});
