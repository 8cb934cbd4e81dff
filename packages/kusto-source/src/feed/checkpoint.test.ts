import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { wholeWindow } from './sliced-window.ts';

describe('checkpoint', () => {
  it('comes back as it went, its cursor as text', () => {
    const cursor = '638700000000000001';
    assert.deepEqual(readCheckpoint(JSON.parse(JSON.stringify(writeCheckpoint({ cursor })))), { cursor });
  });

  it('with a window in it is still one to a version that only knows the cursor', () => {
    const window = {
      ...wholeWindow('9'),
      hash: 'long 1',
      modulus: 8,
      next: 3,
      parts: [{ modulus: 16, index: 2 }],
    };
    const stored = writeCheckpoint({ cursor: '5', window });
    assert.deepEqual(stored, {
      format: 1,
      cursor: '5',
      window: { upTo: '9', hash: 'long 1', modulus: 8, next: 3, parts: [[16, 2]] },
    });
    assert.deepEqual(readCheckpoint(stored), { cursor: '5', window });
  });

  it('of a newer version, or of something else, is refused', () => {
    assert.throws(() => readCheckpoint({ format: 2, cursor: 'x' }), {
      code: 'CHECKPOINT',
      message: /format 2/,
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
    for (const value of [null, 1, 'x', {}, { format: 1 }, { format: 1, cursor: 5 }, [], ...damaged])
      assert.throws(() => readCheckpoint(value), { code: 'CHECKPOINT' });
  });
});
