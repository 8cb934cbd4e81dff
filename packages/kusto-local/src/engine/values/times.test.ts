import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, bigInt, property } from 'fast-check';
import '../../testing/fixed-seed.ts';
import { formatDatetime, formatTimespan, parseDatetime, parseTimespan } from './times.ts';

const last = 3_155_378_975_999_999_999n;

test('every datetime and timespan survives its text', () => {
  check(
    property(bigInt({ min: 0n, max: last }), (ticks) => {
      assert.equal(parseDatetime(formatDatetime(ticks)), ticks);
    }),
  );
  check(
    property(bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (ticks) => {
      assert.equal(parseTimespan(formatTimespan(ticks)), ticks);
    }),
  );
});

test('datetimes at the edges and in other forms', () => {
  assert.equal(formatDatetime(0n), '0001-01-01T00:00:00.0000000Z');
  assert.equal(formatDatetime(last), '9999-12-31T23:59:59.9999999Z');
  const same = parseDatetime('2015-01-31T10:00:00Z');
  for (const text of [
    '2015-01-31 10:00',
    ' 2015-01-31T12:30:00+02:30 ',
    '2015-01-31T10:00:00.0000000',
    'Sat, 31 Jan 2015 10:00:00 GMT',
  ]) {
    assert.equal(parseDatetime(text), same, text);
  }
  assert.equal(parseDatetime('2015-01'), parseDatetime('2015-01-01T00:00:00Z'));
  assert.equal(parseDatetime('0099-03-01'), 0x0n + (parseDatetime('0099-03-01T00:00:00Z') ?? 0n));
});

test('what is no datetime is null', () => {
  for (const text of [
    '',
    'soon',
    '5',
    '2015-02-29',
    '2015-13-01',
    '2015-01-01T24:00:00',
    '0001-01-01T00:00:00+01:00',
  ])
    assert.equal(parseDatetime(text), null, text);
});

test('timespans in other forms; what is none is null', () => {
  const hour = 36_000_000_000n;
  assert.equal(parseTimespan('1h'), hour);
  assert.equal(parseTimespan('1.5h'), (hour * 3n) / 2n);
  assert.equal(parseTimespan('-2'), -48n * hour);
  assert.equal(parseTimespan('10:00'), 10n * hour);
  assert.equal(parseTimespan('1tick'), 1n);
  assert.equal(formatTimespan(-(2n ** 63n)), '-10675199.02:48:05.4775808');
  for (const text of ['', 'x', '24:00:00', '1 fortnight', '99999999.00:00:00'])
    assert.equal(parseTimespan(text), null, text);
});
