import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as check, bigInt, constantFrom, property } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { parseDatetime } from '../../../kql/parser/literals/times.ts';
import { datetimeText } from '../../../kql/parser/literals/datetime-text.ts';
import { readDatetime } from './datetimes.ts';
import { TimeZones, timeZoneNames } from './time-zones.ts';

function ticks(text: string): bigint {
  return parseDatetime(text) ?? assert.fail(text);
}

describe('time zones', () => {
  const zones = new TimeZones();

  it('a UTC time becomes local and comes back, but where clocks show a time twice', () => {
    const names = [
      'Europe/Paris',
      'US/Pacific',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'UTC',
      'Pacific/Apia',
    ];
    check(
      property(
        bigInt({ min: ticks('1975-01-01'), max: ticks('2037-01-01') }),
        constantFrom(...names),
        (utc, name) => {
          const local = zones.toLocal(utc, name);
          const back = zones.toUtc(local, name);
          assert.equal(zones.toLocal(back, name), local, `${datetimeText(utc)} ${name}`);
        },
      ),
    );
  });

  it('a skipped time is read with the new offset, a repeated one with the later', () => {
    const toUtc = (text: string) => datetimeText(zones.toUtc(ticks(text), 'Europe/Brussels')).slice(0, 16);
    assert.equal(toUtc('2022-03-27T01:59'), '2022-03-27T00:59');
    assert.equal(toUtc('2022-03-27T02:00'), '2022-03-27T00:00');
    assert.equal(toUtc('2022-03-27T02:59'), '2022-03-27T00:59');
    assert.equal(toUtc('2022-03-27T03:00'), '2022-03-27T01:00');
    assert.equal(toUtc('2022-10-30T01:59'), '2022-10-29T23:59');
    assert.equal(toUtc('2022-10-30T02:30'), '2022-10-30T01:30');
    assert.equal(toUtc('2022-10-30T03:00'), '2022-10-30T02:00');
  });

  it('refuses what is no zone, and times beyond the years 1 to 9999', () => {
    assert.throws(() => zones.offset(0n, 'Nowhere'), /no time zone/);
    assert.throws(() => zones.offset(0n, '+02:00'), /no time zone/);
    assert.throws(() => zones.toLocal(0n, 'America/New_York'), /out of range/);
    assert.ok(timeZoneNames().includes('Europe/Paris'));
  });
});

describe('texts of datetimes other than ISO 8601', () => {
  it('RFC 822 and RFC 850', () => {
    const expected = ticks('2014-11-08T15:05:02Z');
    for (const text of [
      'Sat, 8 Nov 14 15:05:02 GMT',
      'Sat, 8 Nov 14 15:05:02',
      '8 Nov 14 15:05:02 GMT',
      '8 nov 2014 15:05:02',
      'Saturday, 08-Nov-14 15:05:02 GMT',
      '08-Nov-14 15:05:02',
      'Sat, 8 Nov 14 17:05:02 +0200',
    ]) {
      assert.equal(readDatetime(text), expected, text);
    }
    assert.equal(readDatetime('Sat, 8 Nov 14 15:05'), ticks('2014-11-08T15:05'));
    assert.equal(readDatetime('8-Nov-99 15:05'), ticks('1999-11-08T15:05'));
  });

  it('a text that is no date is null, a date of another form an error', () => {
    for (const text of ['x', 'may be', '12', '']) assert.equal(readDatetime(text), null, text);
    for (const text of [
      '12-02-2022',
      '1/2/2022',
      '8 Nov 40 15:05',
      'November 8, 2014',
      '31.12.2020',
      '2014-11-08 3:05 PM',
      '2014-1-8 1:2:3',
      '2014',
      '2014-11',
    ]) {
      assert.throws(() => readDatetime(text), /ISO 8601/, text);
    }
  });
});
