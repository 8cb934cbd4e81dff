import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeQuery } from './source-query.ts';
import { queryShape } from './query-shape.ts';

const shape = (text: string): ReturnType<typeof queryShape> => queryShape(analyzeQuery(text, 'T'));

describe('the shape of a query', () => {
  it('is its operators, and whether one of them leaves rows out', () => {
    assert.deepEqual(shape('T'), { operators: [], filters: false });
    assert.deepEqual(shape('T | extend a = 1 | project-away b'), {
      operators: ['extend', 'project-away'],
      filters: false,
    });
    for (const filter of ['where a > 1', 'filter a > 1', 'parse-where a with * "x" b'])
      assert.equal(shape(`T | extend c = 1 | ${filter}`).filters, true, filter);
  });

  it('is not misled by strings, comments and let statements', () => {
    assert.deepEqual(
      shape(`let s = '| where'; T // | where a\n| extend x = "a | where b", y = h'|'`).operators,
      ['extend'],
    );
  });

  it('has no operators of what stands in brackets', () => {
    assert.deepEqual(queryShape({ text: 'T | extend a = toscalar(U | where b | count)' }), {
      operators: ['extend'],
      filters: false,
    });
  });
});
