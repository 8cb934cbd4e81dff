import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeError } from './describe-error.ts';

describe('describeError', () => {
  it('tells the text of a page, without its markup', () => {
    for (const page of ['<html><b>502</b> Bad Gateway</html>', '<!DOCTYPE html><p>502 <br>Bad Gateway'])
      assert.equal(describeError(new Error(`HTTP 502: ${page}`)), 'HTTP 502: 502 Bad Gateway');
  });

  it('leaves KQL and what is to be filled in as they are', () => {
    for (const text of ['refused: T | where a < 1 and b > 2', 'in place of <cluster>', 'x <> y'])
      assert.equal(describeError(new Error(text)), text);
  });
});
