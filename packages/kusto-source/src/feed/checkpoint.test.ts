import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '@drasi-kusto/source-sdk';
import { CheckpointBook } from './checkpoint-book.ts';
import { readCheckpoint, writeCheckpoint, type EntityCheckpoint } from './checkpoint.ts';
import { wholeWindow } from './sliced-window.ts';

const read = (value: JsonValue): Record<string, EntityCheckpoint> =>
  Object.fromEntries(readCheckpoint(JSON.parse(JSON.stringify(value)) as JsonValue, 'T'));
const write = (parts: Record<string, EntityCheckpoint>): JsonValue =>
  writeCheckpoint(new Map(Object.entries(parts)));

describe('checkpoint', () => {
  it('comes back as it went, its cursor as text', () => {
    const cursor = '638700000000000001';
    assert.deepEqual(read(write({ T: { cursor } })), { T: { cursor } });
  });

  it('comes back with all that is remembered of each entity', () => {
    const parts = {
      T: {
        cursor: 'x',
        origin: { databaseId: 'd', tableId: 't', policyOff: true },
        schema: { columns: [{ name: 'k', type: 'long' }], gone: ['__proto__'], republish: true },
        detection: 'latest',
        meaning: 'abc',
        index: { bucketCount: 8 },
        scannedAt: 1_700_000_000_000,
      },
      'rel:On': { cursor: 'y', origin: {}, schema: { columns: [], gone: [], republish: false } },
    } as const;
    assert.deepEqual(read(write(parts)), parts);
  });

  it('comes back with the window that is under way', () => {
    const window = {
      ...wholeWindow('9'),
      hash: 'long 1',
      modulus: 8,
      next: 3,
      parts: [{ modulus: 16, index: 2 }],
    };
    const stored = write({ T: { cursor: '5', window } });
    assert.deepEqual(stored, {
      format: 3,
      entities: {
        T: { cursor: '5', window: { upTo: '9', hash: 'long 1', modulus: 8, next: 3, parts: [[16, 2]] } },
      },
    });
    assert.deepEqual(read(stored), { T: { cursor: '5', window } });
  });

  it('of an earlier format belongs to the one entity there was', () => {
    const window = { upTo: '9', hash: 'h', modulus: 8, next: 3, parts: [] };
    for (const format of [1, 2])
      assert.deepEqual(read({ format, cursor: '5', window }), { T: { cursor: '5', window } });
  });

  it('of a newer version, or of something else, is refused', () => {
    assert.throws(() => read({ format: 4, entities: {} }), { code: 'CHECKPOINT', message: /format 4/ });
    const window = { upTo: '9', hash: 'h', modulus: 8, next: 3, parts: [] };
    const damaged: JsonValue[] = [
      ...[
        null,
        { ...window, upTo: 9 },
        { ...window, next: -1 },
        { ...window, modulus: 1.5 },
        { ...window, parts: {} },
        { ...window, parts: [[16, 16]] },
        { ...window, parts: [5] },
      ].map((broken) => ({ cursor: 'x', window: broken })),
      ...[null, [], {}, { columns: [['k']] }, { columns: [], gone: [1] }, { columns: ['k'] }].map(
        (schema) => ({
          cursor: 'x',
          schema,
        }),
      ),
      { cursor: 5 },
      { cursor: 'x', origin: 't1' },
      { cursor: 'x', detection: 'none' },
      { cursor: 'x', index: { bucketCount: 0 } },
      null,
      [],
    ];
    for (const part of damaged)
      assert.throws(() => read({ format: 3, entities: { T: part } }), { code: 'CHECKPOINT' });
    for (const value of [
      null,
      1,
      'x',
      {},
      { format: 1 },
      { format: 1, cursor: 5 },
      [],
      { cursor: 'x' },
      { format: 3 },
    ])
      assert.throws(() => read(value), { code: 'CHECKPOINT' });
  });

  it('of a source is kept as a whole while its entities take turns', () => {
    const book = new CheckpointBook(new Map([['A', { cursor: '1' }]]));
    const written = book.write({ kind: 'relation', label: 'B' }, { cursor: '2' });
    assert.deepEqual(read(written), { A: { cursor: '1' }, 'rel:B': { cursor: '2' } });
    assert.deepEqual(book.of({ kind: 'node', label: 'A' }), { cursor: '1' });
    assert.equal(book.of({ kind: 'node', label: 'B' }), undefined);
    assert.deepEqual(read(book.drop('A')), { 'rel:B': { cursor: '2' } });
  });
});
