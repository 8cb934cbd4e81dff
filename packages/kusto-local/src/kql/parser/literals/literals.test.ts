import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { datetimeText } from './datetime-text.ts';
import { parseDecimal, parseLiteral, parseString, timespanText } from './literals.ts';
import { maxTicks, parseDatetime, parseTimespan } from './times.ts';

describe('literals', () => {
  it('a datetime and its text are the same value, over all of Kusto years', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: maxTicks }), (ticks) => {
        assert.equal(parseDatetime(datetimeText(ticks)), ticks);
      }),
    );
  });

  it('a timespan and its text are the same value', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), (ticks) => {
        assert.equal(parseTimespan(timespanText(ticks)), ticks);
      }),
    );
  });

  it('reads the documented spellings of a datetime', () => {
    const noon = parseDatetime('2014-05-25T12:00:00Z');
    for (const text of [
      '2014-05-25 12:00',
      '2014-05-25T12:00:00.0000000Z',
      '2014-05-25T14:00:00+02:00',
      '2014-05-25 12:00:00',
    ]) {
      assert.equal(parseDatetime(text), noon, text);
    }
    for (const text of [
      '2014-13-01',
      '2014-02-30',
      '25/05/2014',
      '0000-01-01',
      '2014-05-25T24:00',
      'x',
      '9999-12-31T23:59:59-01:00',
    ]) {
      assert.equal(parseDatetime(text), undefined, text);
    }
  });

  it('reads the spellings of a timespan', () => {
    const cases: Readonly<Record<string, bigint | undefined>> = {
      '1d': 864_000_000_000n,
      '1.5h': 54_000_000_000n,
      '10ms': 100_000n,
      '5 seconds': 50_000_000n,
      '1tick': 1n,
      '100ns': undefined,
      '100nanoseconds': 1n,
      '1.00:00:00': 864_000_000_000n,
      '00:00:00.0000001': 1n,
      '-00:01': -600_000_000n,
      '2': 1_728_000_000_000n,
      '25:00:00': undefined,
      x: undefined,
    };
    for (const [text, ticks] of Object.entries(cases)) assert.equal(parseTimespan(text), ticks, text);
  });

  it('decimals keep every digit, or are refused', () => {
    assert.equal(parseDecimal('0.123456789012345678'), '0.123456789012345678');
    assert.equal(parseDecimal('12345678901234567890.5'), '12345678901234567890.5');
    assert.equal(parseDecimal('1.5e3'), '1500');
    assert.equal(parseDecimal('15e-3'), '0.015');
    assert.equal(parseDecimal('-0.10'), '-0.1');
    assert.equal(parseDecimal('0.1234567890123456789'), undefined);
    assert.equal(parseDecimal('123456789012345678901'), undefined);
  });

  it('integers are exact and bounded', () => {
    assert.equal(parseLiteral('long', 'long(9223372036854775807)'), 9_223_372_036_854_775_807n);
    assert.equal(parseLiteral('long', '9223372036854775808'), undefined);
    assert.equal(parseLiteral('int', 'int(2147483648)'), undefined);
    assert.equal(parseLiteral('long', 'long(null)'), null);
  });

  it('a string survives its quotes and escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n');
        assert.equal(parseString(`'${escaped}'`), text);
        assert.equal(parseString(`@"${text.replaceAll('"', '""')}"`), text);
      }),
    );
    assert.equal(parseString("'\\q'"), undefined);
  });
});
