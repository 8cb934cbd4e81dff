import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as check, bigInt, property } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { decimalText, divide, multiply, remainder, unscaled } from './decimals.ts';

describe('decimal arithmetic', () => {
  it('round-trips every decimal', () => {
    check(
      property(bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), (number) => {
        assert.equal(unscaled(decimalText(number)), number);
      }),
    );
  });

  it('multiplies, divides and takes remainders exactly', () => {
    assert.equal(multiply('1.1', '-2'), '-2.200000000000000000');
    assert.equal(multiply('0.000000001', '0.000000001'), '0.000000000000000001');
    assert.equal(divide('10', '4'), '2.500000000000000000');
    assert.equal(divide('-1', '8'), '-0.125000000000000000');
    assert.equal(divide('1', '0.000'), null);
    assert.equal(remainder('7.5', '2'), '1.500000000000000000');
    assert.equal(remainder('-7.5', '2'), '0.500000000000000000');
    assert.equal(remainder('7.5', '-2'), '1.500000000000000000');
    assert.equal(remainder('7.5', '0'), null);
  });

  it('refuses what does not fit', () => {
    assert.throws(() => divide('1', '3'), /todouble/);
    assert.throws(() => multiply('0.0000000001', '0.0000000001'), /todouble/);
    assert.throws(() => multiply('99999999999999999999', '10'), /20 digits/);
  });
});
