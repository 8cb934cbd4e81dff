import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('datetimes of other forms and places', () => {
  const harness = testHarness([stormEvents]);

  it('are read', async () => {
    await checkValues(harness, {
      "todatetime('Sat, 8 Nov 14 15:05:02 GMT')": '2014-11-08T15:05:02.0000000Z',
      "todatetime('08-Nov-14 15:05')": '2014-11-08T15:05:00.0000000Z',
      "todatetime('2014-11-08 15:05:25 GMT')": '2014-11-08T15:05:25.0000000Z',
      "todatetime('2014-25-01 10:00')": 'null',
      'datetime(Sat, 8 Nov 14 15:05:02 GMT)': '2014-11-08T15:05:02.0000000Z',
      'datetime(2014-11-08T15:05 GMT)': '2014-11-08T15:05:00.0000000Z',
      'unixtime_seconds_todatetime(99999999999999999)': 'null',
      'unixtime_seconds_todatetime(1e300)': 'null',
      'unixtime_seconds_todatetime(-1.5)': '1969-12-31T23:59:58.5000000Z',
      'unixtime_milliseconds_todatetime(long(null))': 'null',
      "datetime_add('nanosecond', 1500, datetime(2020-01-01))": '2020-01-01T00:00:00.0000015Z',
      "datepart('year', datetime(2020-05-06))": '2020',
      "totime('1.5h')": '01:30:00',
      "datetime_add('quarter', 12, datetime(2017-01-01))": '2020-01-01T00:00:00.0000000Z',
      "format_datetime(datetime(2009-06-15), 'y yy yyyy')": "'9 09 2009'",
      "format_datetime(datetime(0900-01-01), 'y yy yyyy')": "'0 00 0900'",
    });
  });

  it('are local', async () => {
    await checkValues(harness, {
      "datetime_local_to_utc(datetime(2020-02-02 20:02:20), 'US/Pacific')": '2020-02-03T04:02:20.0000000Z',
      "datetime_local_to_utc(datetime(2020-02-02 20:02:20), 'America/Chicago')":
        '2020-02-03T02:02:20.0000000Z',
      "datetime_local_to_utc(datetime(2020-02-02 20:02:20), 'Europe/Paris')": '2020-02-02T19:02:20.0000000Z',
      "datetime_utc_to_local(datetime(2022-07-11 22:18:48.4678620), 'US/Pacific')":
        '2022-07-11T15:18:48.4678620Z',
      "datetime_utc_to_local(datetime(2022-07-11 22:18:48.4678620), 'Australia/Canberra')":
        '2022-07-12T08:18:48.4678620Z',
      "datetime_utc_to_local(datetime(null), 'UTC')": 'null',
      "set_has_element(datetime_list_timezones(), 'Europe/Paris')": 'true',
    });
  });

  it('are refused where the rule is not known', () => {
    checkRefusals(harness, {
      'print weekofyear(now())': ['SEM0001', /weekofyear/],
      "print datetime_part('weekofyear', now())": ['SEM0100', /week_of_year/],
      'print datetime(12-02-2022)': ['SEM0001', /datetime literal/],
    });
  });
});
