import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { supportedAggregates, supportedFunctions, supportedOperators } from './support.ts';

describe('the support matrix', () => {
  it('names what the compiler executes, sorted and without repeats', () => {
    for (const names of [supportedOperators, supportedFunctions, supportedAggregates]) {
      assert.deepEqual(names, [...new Set(names)].sort());
    }
    for (const name of ['where', 'summarize', 'join', 'project-away', 'evaluate', 'evaluate pivot'])
      assert.ok(supportedOperators.includes(name), name);
    for (const name of ['cursor_after', 'strcat', 'bin']) assert.ok(supportedFunctions.includes(name), name);
    for (const name of ['arg_max', 'count']) assert.ok(supportedAggregates.includes(name), name);
    assert.ok(!supportedOperators.includes('scan'));
  });
});
