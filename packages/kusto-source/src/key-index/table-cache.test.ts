import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, double, integer, property } from 'fast-check';
import { BucketTable } from './bucket-table.ts';
import { TableCache } from './table-cache.ts';
import { key } from './testing/keys.ts';

const tables = [1, 2, 3].map((keys) =>
  BucketTable.empty.with(Array.from({ length: keys }, (_, at) => key(`k${at}`, 1, 1))),
);

describe('TableCache', () => {
  it('has what was set last or nothing, and never more than its bytes (I8)', () => {
    const sets = array(integer({ min: 0, max: 59 }), { maxLength: 60 });
    const draws = array(double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 });
    check(
      property(sets, draws, (places, numbers) => {
        let drawn = 0;
        const limit = (tables[2]?.byteSize ?? 0) * 4;
        const cache = new TableCache(limit, () => numbers[drawn++ % numbers.length] ?? 0);
        const last = new Map<number, BucketTable>();
        for (const place of places) {
          const [bucket, table] = [place % 20, tables[place % 3] ?? BucketTable.empty];
          const was = cache.get(bucket);
          cache.set(bucket, table);
          last.set(bucket, table);
          assert.ok(was === undefined || cache.get(bucket) !== was || was === table, 'none is out of date');
          let bytes = 0;
          for (const [each, newest] of last) {
            const cached = cache.get(each);
            assert.ok(cached === undefined || cached === newest);
            bytes += cached?.byteSize ?? 0;
          }
          assert.equal(cache.bytes, bytes);
          assert.ok(bytes <= limit);
        }
      }),
    );
  });

  it('keeps a part of what is gone through in turn, again and again', () => {
    const [table = BucketTable.empty] = tables;
    let seed = 1;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const cache = new TableCache(table.byteSize * 50, random);
    let hits = 0;
    for (let round = 0; round < 20; round++)
      for (let bucket = 0; bucket < 100; bucket++) {
        if (cache.get(bucket) === undefined) cache.set(bucket, table);
        else hits += 1;
      }
    assert.ok(hits > 800, `${hits} of 2000`);
    cache.clear();
    assert.equal(cache.bytes, 0);
    assert.equal(cache.get(99), undefined);
  });
});
