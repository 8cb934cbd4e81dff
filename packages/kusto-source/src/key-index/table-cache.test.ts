import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketTable } from './bucket-table.ts';
import { TableCache } from './table-cache.ts';
import { key } from './testing/keys.ts';

describe('TableCache', () => {
  it('drops the least recently used beyond its bytes (I8)', () => {
    const table = BucketTable.empty.with([key('a', 1, 1)]);
    const cache = new TableCache(table.byteSize * 2);
    for (const bucket of [1, 2, 2, 1, 3]) {
      cache.get(1);
      cache.set(bucket, table);
      assert.ok(cache.bytes <= table.byteSize * 2);
    }
    assert.deepEqual(
      [1, 2, 3].map((bucket) => cache.get(bucket) !== undefined),
      [true, false, true],
    );
    new TableCache(1).set(1, table);
    cache.clear();
    assert.equal(cache.bytes, 0);
    assert.equal(cache.get(3), undefined);
  });
});
