import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonical, difference } from './agreement.ts';

describe('results of the engine and of Kusto', () => {
  it('agree in any order of rows and columns, and whether a long came as number or bigint', () => {
    const drasi = [
      { state: 'TEXAS', n: 2 },
      { n: 1, state: 'OHIO' },
    ];
    const kusto = [
      { n: 1n, state: 'OHIO' },
      { n: 2n, state: 'TEXAS' },
    ];
    assert.equal(difference(drasi, kusto), undefined);
  });

  it('differ by one digit beyond 2^53, by a type, and by how often a row is there', () => {
    assert.notEqual(difference([{ n: 9_007_199_254_740_993n }], [{ n: 9_007_199_254_740_992n }]), undefined);
    assert.notEqual(difference([{ n: '1' }], [{ n: 1n }]), undefined);
    assert.match(difference([{ n: 1 }, { n: 1 }], [{ n: 1n }]) ?? '', /only the engine has: 2/);
    assert.match(difference([], [{ n: 1n }]) ?? '', /only Kusto has: 1\n {2}n=1/);
  });

  it('are written one way', () => {
    assert.deepEqual(canonical([{ b: null, a: 0.5 }]), ['a=0.5 b=null']);
  });
});
