import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, integer, maxSafeNat, nat, property } from 'fast-check';
import { planSlices } from './slice-plan.ts';
import { halves, slicePredicate, slicesOf, wholeTable, type Slice } from './slice.ts';

const holds = ({ modulus, index }: Slice, hash: number): boolean => hash % modulus === index;

describe('slices', () => {
  it('have every hash in exactly one of them, however they are halved', () => {
    check(
      property(
        integer({ min: 1, max: 50 }),
        array(nat(1000), { maxLength: 20 }),
        array(maxSafeNat(), { minLength: 1, maxLength: 50 }),
        (modulus, picks, hashes) => {
          const slices = [...slicesOf(modulus)];
          for (const pick of picks) {
            const at = pick % slices.length;
            const [slice] = slices.splice(at, 1);
            if (slice !== undefined) slices.push(...halves(slice));
          }
          for (const hash of hashes) assert.equal(slices.filter((slice) => holds(slice, hash)).length, 1);
        },
      ),
    );
  });

  it('are predicates over one key column or several, quoted; a key without a hash is in slice 0', () => {
    assert.equal(slicePredicate(wholeTable, ['k']), undefined);
    assert.equal(slicePredicate({ modulus: 8, index: 3 }, ["it's"]), "coalesce(hash(['it\\'s'], 8), 0) == 3");
    assert.equal(
      slicePredicate({ modulus: 8, index: 0 }, ['a', 'b']),
      "coalesce(hash(hash_many(['a'], ['b']), 8), 0) == 0",
    );
  });

  it('are as many as the rows, or their bytes, need', () => {
    const limits = { rows: 100, bytes: 1000 };
    const count = (rows: number, rowBytes?: number): number => planSlices({ rows, rowBytes }, limits).length;
    assert.equal(count(0), 1);
    assert.equal(count(100), 1);
    assert.equal(count(101), 2);
    assert.equal(count(100, 11), 2);
    assert.equal(count(1000, 1), 10);
  });
});
