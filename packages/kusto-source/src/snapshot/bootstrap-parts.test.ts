import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { BootstrapProgress } from '@drasi-kusto/source-sdk';
import { BootstrapParts } from './bootstrap-parts.ts';

it('the progress of a bootstrap is that of all its entities so far', () => {
  const told: BootstrapProgress[] = [];
  const parts = new BootstrapParts((progress) => told.push(progress));
  const progress = { rows: 0, startedAt: 0, now: 0 };
  const first = parts.next();
  first({ ...progress, expectedRows: 100, slices: 4, slicesDone: 1 });
  first({ ...progress, expectedRows: 100, slices: 5, slicesDone: 5 });
  parts.next()({ ...progress, expectedRows: 10, slices: 1, slicesDone: 0 });
  assert.deepEqual(told, [
    { expectedElements: 100, parts: 4, partsDone: 1 },
    { expectedElements: 100, parts: 5, partsDone: 5 },
    { expectedElements: 110, parts: 6, partsDone: 5 },
  ]);
});
