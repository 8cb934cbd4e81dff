import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { datetimeToNs } from './timestamp.ts';

function parse(text: string): bigint | undefined {
  // Digits on both sides must not be taken for part of the datetime.
  const bytes = Buffer.from(`99${text}99`, 'latin1');
  return datetimeToNs(bytes, 2, bytes.length - 2);
}

describe('datetimeToNs', () => {
  test('agrees with Date on the milliseconds and keeps the ticks below them, over the years 1 to 9999', () => {
    const milliseconds = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(milliseconds, fc.integer({ min: 0, max: 9999 }), (ms, ticks) => {
        const text = new Date(ms).toISOString().replace('Z', `${String(ticks).padStart(4, '0')}Z`);
        assert.equal(parse(text), BigInt(ms) * 1_000_000n + BigInt(ticks) * 100n);
      }),
      { numRuns: 3000 },
    );
  });

  test('reads 0 to 7 fraction digits', () => {
    const expected = [0n, 1n, 12n, 123n, 1234n, 12_345n, 123_456n, 1_234_567n];
    for (const [count, digits] of expected.entries()) {
      const fraction = count === 0 ? '' : `.${'1234567'.slice(0, count)}`;
      assert.equal(
        parse(`1970-01-01T00:00:01${fraction}Z`),
        1_000_000_000n + digits * 100n * 10n ** BigInt(7 - count),
      );
    }
  });

  test('knows the ends of time, and 1970', () => {
    assert.equal(parse('0001-01-01T00:00:00Z'), -62_135_596_800_000_000_000n);
    assert.equal(parse('9999-12-31T23:59:59.9999999Z'), 253_402_300_799_999_999_900n);
    assert.equal(parse('1969-12-31T23:59:59.9999999Z'), -100n);
    assert.equal(parse('2000-02-29T00:00:00Z'), 951_782_400_000_000_000n);
  });

  test('takes nothing else', () => {
    const wrong = [
      '',
      'Z',
      '2020-01-01T00:00:00',
      '2020-01-01T00:00:00+00:00',
      '2020-01-01 00:00:00Z',
      '2020-01-01T00:00:00.Z',
      '2020-01-01T00:00:00.12345678Z',
      '2020-01-01T00:00:00,5Z',
      '2020-01-01T00:00:0aZ',
      '2020-01-01T00:00:00.12x4Z',
      '0000-01-01T00:00:00Z',
      '2020-00-01T00:00:00Z',
      '2020-13-01T00:00:00Z',
      '2020-04-31T00:00:00Z',
      '2021-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2020-01-00T00:00:00Z',
      '2020-01-01T24:00:00Z',
      '2020-01-01T00:60:00Z',
      '2020-01-01T00:00:60Z',
      '02020-01-01T00:00:00Z',
    ];
    for (const text of wrong) assert.equal(parse(text), undefined, text);
  });

  test('never reads beyond a cut text', () => {
    const whole = '2020-03-04T14:05:01.3109965Z';
    for (let length = 0; length < whole.length; length++)
      assert.equal(parse(whole.slice(0, length)), undefined);
  });
});
