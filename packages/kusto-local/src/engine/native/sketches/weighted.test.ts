import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, bigInt, double, nat, property, tuple } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { percentileOf, rankOf, totalWeight, weighed } from './weighted.ts';

describe('weighted values', () => {
  it('stand for each value as often as its weight says', () => {
    check(
      property(
        array(tuple(bigInt({ min: -50n, max: 50n }), nat(4)), { maxLength: 30 }),
        double({ min: 0, max: 100, noNaN: true }).map((percent) => Math.round(percent * 10) / 10),
        (pairs, percent) => {
          const samples = weighed(pairs.map(([value, weight]) => ({ value, weight: BigInt(weight) })));
          const all = pairs
            .flatMap(([value, weight]) => Array.from({ length: weight }, () => value))
            .sort((a, b) => (a < b ? -1 : Number(a > b)));
          assert.equal(totalWeight(samples), BigInt(all.length));
          const rank = Math.max(1, Math.ceil(Number(((all.length * percent) / 100).toPrecision(12))));
          assert.equal(percentileOf(samples, percent), all.length === 0 ? undefined : all[rank - 1]);
          assert.equal(rankOf(samples, 7n), BigInt(all.filter((value) => value <= 7n).length));
        },
      ),
    );
  });

  it('NaN is above all numbers; weights that are not above zero count for nothing', () => {
    const samples = weighed([
      { value: Number.NaN, weight: 1n },
      { value: 2, weight: 1n },
      { value: 9, weight: -5n },
      { value: Number.NaN, weight: 2n },
    ]);
    assert.deepEqual(samples, [
      { value: 2, weight: 1n },
      { value: Number.NaN, weight: 3n },
    ]);
  });
});
