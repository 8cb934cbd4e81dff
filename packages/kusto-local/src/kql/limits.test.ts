import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../testing/fixed-seed.ts';
import { checkLimits, tooDeep } from './limits.ts';

describe('limits on a text', () => {
  it('counts brackets, not those in strings and comments', () => {
    assert.equal(tooDeep('((()))', 3), undefined);
    assert.equal(tooDeep('((()))', 2), 2);
    assert.equal(tooDeep("'((((' (((", 3), undefined);
    assert.equal(tooDeep('@"\\" (((', 2), 7);
    assert.equal(tooDeep('"\\"((((" (', 1), undefined);
    assert.equal(tooDeep('// ((((\n(', 1), undefined);
    assert.equal(tooDeep('([{', 2), 2);
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("'", '"', '\\', '@', '(', ')', '/', '\n', 'a') }),
        (text) => {
          const place = tooDeep(text, 1);
          assert.ok(place === undefined || text[place] === '(');
        },
      ),
    );
  });

  it('names the limit that was met', () => {
    assert.throws(() => {
      checkLimits('x'.repeat(11), 10);
    }, /11 characters; this endpoint takes at most 10/);
  });
});
