import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StatusBook } from './status-book.ts';

describe('StatusBook', () => {
  it('is retrying until everything that failed has succeeded', () => {
    const book = new StatusBook();
    book.begin();
    book.trouble('publish', true);
    book.trouble('state', true);
    book.trouble('state', false);
    assert.equal(book.now, 'retrying');
    book.trouble('publish', false);
    assert.equal(book.now, 'running');
  });

  it('stays starting, waiting or draining whatever fails, and knows of it when it begins', () => {
    const book = new StatusBook();
    book.trouble('state', true);
    assert.equal(book.now, 'starting');
    book.begin();
    assert.equal(book.now, 'retrying');
    book.mark('draining', ['running', 'retrying']);
    book.trouble('state', false);
    assert.equal(book.now, 'draining');
  });
});
