import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

// Neither package may need the other for so little: the text is there twice, and its tests once.
it('the watch over npm is the one whose tests are in kusto-source', () => {
  const there = new URL('../../../kusto-source/src/cli/npm-launcher.ts', import.meta.url);
  const here = new URL('./npm-launcher.ts', import.meta.url);
  assert.equal(readFileSync(here, 'utf8'), readFileSync(there, 'utf8'));
});
