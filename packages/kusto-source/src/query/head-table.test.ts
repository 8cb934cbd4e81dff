import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headTable } from './head-table.ts';

describe('the table a query begins with', () => {
  it('is a name before the first pipe', () => {
    assert.equal(headTable('T'), 'T');
    assert.equal(headTable(" ['a b'] | where x"), 'a b');
    assert.equal(headTable('let a = 1; let b = 2;\n// none\nT // behind\n| take 1;'), 'T');
    assert.equal(headTable('let f = (x: long) { x; }; T | where f(a)'), 'T');
  });

  it('is none where something else stands', () => {
    for (const text of ['', 'union A, B', 'print 1', 'F()', "table('T')", 'database("d").T', '(T | take 1)'])
      assert.equal(headTable(text), undefined, text);
  });
});
