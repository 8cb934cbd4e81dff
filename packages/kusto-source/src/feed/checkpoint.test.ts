import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';

describe('checkpoint', () => {
  it('comes back as it went, its cursor as text', () => {
    const cursor = '638700000000000001';
    assert.deepEqual(readCheckpoint(JSON.parse(JSON.stringify(writeCheckpoint({ cursor })))), { cursor });
  });

  it('of a newer version, or of something else, is refused', () => {
    assert.throws(() => readCheckpoint({ format: 2, cursor: 'x' }), {
      code: 'CHECKPOINT',
      message: /format 2/,
    });
    for (const value of [null, 1, 'x', {}, { format: 1 }, { format: 1, cursor: 5 }, []])
      assert.throws(() => readCheckpoint(value), { code: 'CHECKPOINT' });
  });
});
