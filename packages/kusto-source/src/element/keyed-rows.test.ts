import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, property, string, tuple } from 'fast-check';
import type { KustoColumn } from '@drasi-kusto/kusto-client';
import { ElementEncoder } from './element-encoder.ts';
import { elementId, keyOfId } from './element-id.ts';
import { KeyedRows } from './keyed-rows.ts';
import { rowBatch } from './testing/row-batch.ts';

const columns: readonly KustoColumn[] = [
  { name: 'a', type: 'string' },
  { name: 'b', type: 'long' },
  { name: '__drasi_bucket', type: 'long' },
  { name: '__drasi_first', type: 'long' },
  { name: '__drasi_second', type: 'long' },
];
const helpers = ['__drasi_bucket', '__drasi_first', '__drasi_second'];
const keyed = (): KeyedRows => {
  const options = { label: 'L:x', key: ['a'], columns, omit: helpers, now: () => 1n };
  return new KeyedRows(columns, new ElementEncoder(options));
};
const texts = array(string({ unit: 'binary', maxLength: 12 }), { minLength: 1, maxLength: 20 });

describe('keyed rows', () => {
  it('have the ids of their elements, their buckets, and hashes as unsigned numbers', () => {
    check(
      property(texts, (keys) => {
        const batch = rowBatch(
          columns,
          keys.map((key, row) => [JSON.stringify(key), '5', String(row % 4), '-1', String(row)]),
        );
        const { entries } = keyed().changes(batch);
        assert.deepEqual(
          entries.map(({ id, bucket, row }) => ({ id, bucket, row })),
          keys.map((key, row) => ({
            id: elementId('L:x', [key]),
            bucket: row % 4,
            row: { first: 2n ** 64n - 1n, second: BigInt(row) },
          })),
        );
        const lines = keyed().elements(batch).entries;
        assert.deepEqual(lines, entries, 'a bootstrap and the feed know a row by the same entry');
      }),
    );
  });

  it('have a local hash that follows the element alone', () => {
    const local = (value: string, first: string): bigint | undefined =>
      keyed().changes(rowBatch(columns, [['"k"', value, '0', first, '0']])).entries[0]?.local;
    assert.equal(local('5', '1'), local('5', '2'));
    assert.notEqual(local('5', '1'), local('6', '1'));
  });

  it('leave out what the filter does not admit', () => {
    const rows = Array.from({ length: 20 }, (_, row) => [`"k${row}"`, '5', '0', '1', String(row)]);
    let at = 0;
    const { elements, entries } = keyed().elements(rowBatch(columns, rows), { admit: () => at++ % 2 === 0 });
    assert.equal(elements.count, 10);
    assert.deepEqual(
      entries.map(({ row }) => Number(row?.second)),
      [0, 2, 4, 6, 8, 10, 12, 14, 16, 18],
    );
  });

  it('can be found again by the keys that their ids hold', () => {
    check(
      property(tuple(string({ unit: 'binary' }), string({ unit: 'binary' })), (key) => {
        assert.deepEqual(keyOfId('L:x', elementId('L:x', key)), key);
      }),
    );
    assert.deepEqual(keyOfId('L', elementId('L', [null, 'x'])), [null, 'x']);
    assert.equal(keyOfId('M', elementId('L', ['x'])), undefined);
  });
});
