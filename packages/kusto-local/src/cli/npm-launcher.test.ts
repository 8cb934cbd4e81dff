import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watchNpm, type ProcessEntry } from './npm-launcher.ts';

const tree = (entries: Record<number, readonly [name: string, parent: number]>): Map<number, ProcessEntry> =>
  new Map(Object.entries(entries).map(([pid, [name, parent]]) => [Number(pid), { name, parent }]));

describe('the npm that started this process', () => {
  it('is found behind its shell, and missed when it is gone', () => {
    const processes = tree({
      9: ['node', 8],
      8: ['sh', 7],
      7: ['npm exec kusto', 5],
      5: ['bash', 1],
      1: ['init', 0],
    });
    const isGone = watchNpm(9, (pid) => processes.get(pid));
    assert.equal(isGone?.(), false);
    // A shell above npm may end: that is what nohup is for.
    processes.delete(5);
    processes.set(7, { name: 'npm exec kusto', parent: 1 });
    assert.equal(isGone?.(), false);
    processes.delete(7);
    processes.set(8, { name: 'sh', parent: 1 });
    assert.equal(isGone?.(), true);
  });

  it('is not looked for where there is none', () => {
    const processes = tree({ 9: ['node', 8], 8: ['bash', 1], 1: ['init', 0] });
    assert.equal(
      watchNpm(9, (pid) => processes.get(pid)),
      undefined,
    );
    assert.equal(
      watchNpm(9, () => undefined),
      undefined,
    );
  });
});
