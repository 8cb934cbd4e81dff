import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { wholeWindow } from './sliced-window.ts';

describe('checkpoint', () => {
  it('comes back as it went, its cursor as text', () => {
    const cursor = '638700000000000001';
    assert.deepEqual(readCheckpoint(JSON.parse(JSON.stringify(writeCheckpoint({ cursor })))), { cursor });
  });

  it('comes back with what it belongs to, and with the columns', () => {
    const checkpoint = {
      cursor: 'x',
      origin: { databaseId: 'd', tableId: 't', policyOff: true },
      schema: { columns: [{ name: 'k', type: 'long' }], gone: ['__proto__'], republish: true },
    };
    assert.deepEqual(readCheckpoint(JSON.parse(JSON.stringify(writeCheckpoint(checkpoint)))), checkpoint);
    const plain = { cursor: 'x', origin: {}, schema: { columns: [], gone: [], republish: false } };
    assert.deepEqual(readCheckpoint(JSON.parse(JSON.stringify(writeCheckpoint(plain)))), plain);
  });

  it('comes back with the window that is under way; format 1 had it too', () => {
    const window = {
      ...wholeWindow('9'),
      hash: 'long 1',
      modulus: 8,
      next: 3,
      parts: [{ modulus: 16, index: 2 }],
    };
    const stored = writeCheckpoint({ cursor: '5', window });
    assert.deepEqual(stored, {
      format: 2,
      cursor: '5',
      window: { upTo: '9', hash: 'long 1', modulus: 8, next: 3, parts: [[16, 2]] },
    });
    assert.deepEqual(readCheckpoint(stored), { cursor: '5', window });
    assert.deepEqual(readCheckpoint({ ...(stored as object), format: 1 }), { cursor: '5', window });
    assert.deepEqual(readCheckpoint({ format: 1, cursor: 'x' }), { cursor: 'x' });
  });

  it('of a newer version, or of something else, is refused', () => {
    assert.throws(() => readCheckpoint({ format: 3, cursor: 'x' }), {
      code: 'CHECKPOINT',
      message: /format 3/,
    });
    const window = { upTo: '9', hash: 'h', modulus: 8, next: 3, parts: [] };
    const damaged = [
      null,
      { ...window, upTo: 9 },
      { ...window, next: -1 },
      { ...window, modulus: 1.5 },
      { ...window, parts: {} },
      { ...window, parts: [[16, 16]] },
      { ...window, parts: [5] },
    ].map((broken) => ({ format: 1, cursor: 'x', window: broken }));
    for (const value of [
      null,
      1,
      'x',
      {},
      { format: 1 },
      { format: 1, cursor: 5 },
      [],
      { cursor: 'x' },
      ...damaged,
    ])
      assert.throws(() => readCheckpoint(value), { code: 'CHECKPOINT' });
    for (const schema of [null, [], {}, { columns: [['k']] }, { columns: [], gone: [1] }, { columns: ['k'] }])
      assert.throws(() => readCheckpoint({ format: 2, cursor: 'x', schema }), { code: 'CHECKPOINT' });
    assert.throws(() => readCheckpoint({ format: 2, cursor: 'x', origin: 't1' }), { code: 'CHECKPOINT' });
  });
});
