import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, boolean, integer, nat, property } from 'fast-check';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import {
  currentSlice,
  slicesLeft,
  withCurrentHalved,
  withoutCurrent,
  wholeWindow,
  type SlicedWindow,
} from './sliced-window.ts';

describe('a window in slices', () => {
  it('has every hash in exactly one slice, however slices are halved and wherever it goes on from its checkpoint (R13)', () => {
    const steps = array(boolean(), { maxLength: 40 });
    check(
      property(integer({ min: 1, max: 20 }), steps, array(nat(1 << 30)), (modulus, halve, hashes) => {
        let window: SlicedWindow = { ...wholeWindow('c1'), hash: 'h', modulus };
        const read = new Map(hashes.map((hash) => [hash, 0]));
        for (let step = 0; ; step += 1) {
          const stored = writeCheckpoint(new Map([['T', { cursor: 'c0', window }]]));
          const back = readCheckpoint(JSON.parse(JSON.stringify(stored)), 'T').get('T');
          assert.deepEqual(back, { cursor: 'c0', window });
          const slice = currentSlice(window);
          assert.deepEqual(slicesLeft(window)[0], slice);
          if (slice === undefined) break;
          if (halve[step] === true) {
            window = withCurrentHalved(window);
            continue;
          }
          for (const hash of read.keys())
            if (hash % slice.modulus === slice.index) read.set(hash, (read.get(hash) ?? 0) + 1);
          window = withoutCurrent(window);
        }
        assert.ok([...read.values()].every((times) => times === 1));
      }),
    );
  });
});
