import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import type { Harness } from '../../testing/harness.ts';
import { createHarness, stormEvents } from '../../testing/harness.ts';

describe('scalar functions', () => {
  let harness: Harness;
  before(async () => {
    harness = await createHarness([stormEvents]);
  });
  after(() => {
    harness.close();
  });

  it('strings', async () => {
    await checkValues(harness, {
      "strcat('a', 1, 1.5, true, 2d, datetime(2020-01-01), int(null))":
        "'a11.5true2.00:00:002020-01-01T00:00:00.0000000Z'",
      "strcat_delim('-', 'a', 1, 'b')": "'a-1-b'",
      "strlen('häß😀')": '4',
      "strlen('')": '0',
      "substring('123456', 1)": "'23456'",
      "substring('123456', 2, 2)": "'34'",
      "substring('ABCD', 0, 2)": "'AB'",
      "substring('123456', -2, 2)": "'56'",
      "substring('abc', 5)": "''",
      "substring('abc', 0, 99)": "'abc'",
      "tolower('ABCÄ')": "'abcä'",
      "toupper('abc')": "'ABC'",
      "trim('--', '--https://bing.com--')": "'https://bing.com'",
      "trim(@'[^\\w]+', '-  Te st1// $')": "'Te st1'",
      "trim_start('https://', 'https://bing.com')": "'bing.com'",
      "trim_end(@'\\.com', 'bing.com')": "'bing'",
      "replace_string('a.b.c', '.', '')": "'abc'",
      "replace_regex('Number is 1', @'is (\\d+)', @'was: \\1')": "'Number was: 1'",
      "split('aa_bb', '_')": '["aa","bb"]',
      "split('aaa_bbb_ccc', '_', 1)": '["bbb"]',
      "split('', '_')": '[""]',
      "split('a__b', '_')": '["a","","b"]',
      "split('aabbcc', 'bb')": '["aa","cc"]',
      "indexof('abcdefg', 'cde')": '2',
      "indexof('abc', 'x')": '-1',
      "indexof('abcabc', 'abc', 1)": '3',
      "extract('x=([0-9.]+)', 1, 'hello x=45.6|wo')": "'45.6'",
      "extract('x=([0-9.]+)', 1, 'hello x=45.6|wo', typeof(real))": '45.6',
      "extract('(z)', 1, 'abc')": "''",
      "extract('(z)', 1, 'abc', typeof(long))": 'null',
      "extract_all(@'(\\d+)', 'a1b22')": '["1","22"]',
      "countof('aaa', 'aa')": '2',
      "countof('abcabc', 'a.c', 'regex')": '2',
      "reverse('abc')": "'cba'",
      "strrep('ABC', 2)": "'ABCABC'",
      "strrep(123, 3, '.')": "'123.123.123'",
      "isempty('')": 'true',
      "isempty('a')": 'false',
      'isempty(long(null))': 'true',
      'isempty(5)': 'false',
      "isnotempty('a')": 'true',
      "base64_encode_tostring('Kusto')": "'S3VzdG8='",
      "base64_decode_tostring('S3VzdG8=')": "'Kusto'",
      "base64_decode_tostring('$$')": "''",
      "url_decode('a%20b%2Fc')": "'a b/c'",
      "url_encode_component('a b/c')": "'a%20b%2fc'",
      "strcmp('a', 'b')": '-1',
    });
  });

  it('conversions', async () => {
    await checkValues(harness, {
      'tostring(long(null))': "''",
      'tostring(1.0)': "'1'",
      'tostring(0.1)': "'0.1'",
      'tostring(1e20)': "'1E+20'",
      'tostring(1.5e15)': "'1.5E+15'",
      'tostring(0.00001)': "'1E-05'",
      'tostring(real(nan))': "'NaN'",
      'tostring(decimal(1.50))': "'1.5'",
      'tostring(decimal(100))': "'100'",
      'tostring(datetime(2020-01-01 01:02:03.4567891))': "'2020-01-01T01:02:03.4567891Z'",
      'tostring(datetime(0001-01-01))': "'0001-01-01T00:00:00.0000000Z'",
      'tostring(1.5h)': "'01:30:00'",
      'tostring(-1d)': "'-1.00:00:00'",
      'tostring(time(1.02:03:04.0000005))': "'1.02:03:04.0000005'",
      "tostring(dynamic({'a': [1, 'x']}))": '\'{"a":[1,"x"]}\'',
      "tostring(dynamic('x'))": "'x'",
      'tostring(dynamic(null))': "''",
      "tolong('123')": '123',
      "tolong('-9223372036854775808')": '-9223372036854775808',
      "tolong('9223372036854775808')": 'null',
      "tolong('not a number')": 'null',
      "tolong('1.5')": 'null',
      "tolong('0x1F')": '31',
      'tolong(1.9)': '1',
      'tolong(-1.9)': '-1',
      'tolong(real(nan))': 'null',
      'tolong(true)': '1',
      "tolong(dynamic({'a': 5}).a)": '5',
      "tolong(dynamic({'a': '5'}).a)": '5',
      "tolong(dynamic({'a': 'x'}).a)": 'null',
      "toint('123')": '123',
      'toint(3000000000)': 'null',
      "todouble('1.5e3')": '1500',
      "todouble('abc')": 'null',
      "toreal('nan')": 'NaN',
      "todecimal('1.5')": '1.500000000000000000',
      "tobool('true')": 'true',
      "tobool('FALSE')": 'false',
      'tobool(123)': 'true',
      "tobool('x')": 'null',
      "todatetime('2014-05-25T08:20:03.123456Z')": '2014-05-25T08:20:03.1234560Z',
      "todatetime('2014-11-08 15:55:55')": '2014-11-08T15:55:55.0000000Z',
      "todatetime('2014-11-08')": '2014-11-08T00:00:00.0000000Z',
      "todatetime('2014-11-08T00:00:00-02:30')": '2014-11-08T02:30:00.0000000Z',
      "todatetime('2014-02-30')": 'null',
      "todatetime('x')": 'null',
      "todatetime('')": 'null',
      "totimespan('0.00:01:00')": '00:01:00',
      "totimespan('-1.02:03:04.5')": '-1.02:03:04.5000000',
      "totimespan('1.5h')": '01:30:00',
      "totimespan('x')": 'null',
      "toguid('74BE27DE1E4E49D9B579FE0B331D3642')": '74be27de-1e4e-49d9-b579-fe0b331d3642',
      "toguid('x')": 'null',
      'parse_json(\'{"a":[1,2]}\').a[1]': '2',
      "parse_json('not json')": '"not json"',
      "parse_json('null')": 'null',
      "isnull(parse_json(''))": 'true',
      "todynamic('[1]')": '[1]',
      "isnull('')": 'false',
      'isnull(long(null))': 'true',
      'isnotnull(5)': 'true',
      'isnull(dynamic(null))': 'true',
      "isnull(dynamic({'a': null}).a)": 'true',
      'isnan(real(nan))': 'true',
      'isinf(1.0/0)': 'true',
      'isfinite(1.0)': 'true',
      'gettype(5)': "'long'",
    });
  });

  it('choices', async () => {
    await checkValues(harness, {
      'iff(1 == 1, 1, 2)': '1',
      'iff(bool(null), 1, 2)': '2',
      "iif(false, 'a', 'b')": "'b'",
      'iff(true, 1, 2.5)': '1',
      "case(1 == 2, 'a', 2 == 2, 'b', 'c')": "'b'",
      'coalesce(tolong("not a number"), tolong("42"), 33)': '42',
      "coalesce('', 'b')": "'b'",
      "coalesce('', '')": "''",
      'min_of(10, 1, -3, 17)': '-3',
      'max_of(10, 1, -3, 17)': '17',
      'max_of(long(null), 2)': '2',
      'max_of(datetime(2020-01-01), datetime(2021-01-01))': '2021-01-01T00:00:00.0000000Z',
    });
  });

  it('numbers', async () => {
    await checkValues(harness, {
      'bin(4.5, 1)': '4',
      'bin(-4.5, 1)': '-5',
      'bin(-7, 5)': '-10',
      'bin(7, -5)': 'null',
      'bin(long(null), 5)': 'null',
      'bin(time(16d), 7d)': '14.00:00:00',
      'bin(datetime(1970-05-11 13:45:07), 1d)': '1970-05-11T00:00:00.0000000Z',
      'floor(7, 5)': '5',
      'ceiling(1.1)': '2',
      'ceiling(-1.1)': '-1',
      'round(2.15, 1)': '2.2',
      'round(1234.5, -2)': '1200',
      'abs(-5)': '5',
      'abs(-1.5)': '1.5',
      'abs(-1h)': '01:00:00',
      'sign(-42)': '-1',
      'sqrt(16)': '4',
      'sqrt(-1)': 'NaN',
      'pow(2, 10)': '1024',
      'exp(0)': '1',
      'log(1)': '0',
      'log(0)': '-Infinity',
      'log10(1000)': '3',
      'log2(8)': '3',
      'binary_and(12, 10)': '8',
      'binary_or(12, 10)': '14',
      'binary_xor(12, 10)': '6',
      'binary_not(5)': '-6',
      'binary_shift_left(1, 4)': '16',
      'binary_shift_left(1, 63)': '-9223372036854775808',
      'binary_shift_left(3, 62)': '-4611686018427387904',
      'binary_shift_right(256, 4)': '16',
    });
  });

  it('datetimes', async () => {
    await checkValues(harness, {
      'now()': '2024-05-06T07:08:09.1234567Z',
      'now(-1d)': '2024-05-05T07:08:09.1234567Z',
      'ago(1h)': '2024-05-06T06:08:09.1234567Z',
      'startofday(datetime(2017-01-01 10:10:17))': '2017-01-01T00:00:00.0000000Z',
      'startofday(datetime(2017-01-01 10:10:17), -1)': '2016-12-31T00:00:00.0000000Z',
      'endofday(datetime(2017-01-01 10:10:17))': '2017-01-01T23:59:59.9999999Z',
      'startofweek(datetime(2017-01-01 10:10:17))': '2017-01-01T00:00:00.0000000Z',
      'startofweek(datetime(2025-06-14))': '2025-06-08T00:00:00.0000000Z',
      'endofweek(datetime(2017-01-01 10:10:17))': '2017-01-07T23:59:59.9999999Z',
      'startofmonth(datetime(2020-02-29 10:10), 1)': '2020-03-01T00:00:00.0000000Z',
      'endofmonth(datetime(2024-02-10))': '2024-02-29T23:59:59.9999999Z',
      'startofyear(datetime(2017-05-01))': '2017-01-01T00:00:00.0000000Z',
      'endofyear(datetime(2017-05-01), -1)': '2016-12-31T23:59:59.9999999Z',
      'endofyear(datetime(9999-05-01))': '9999-12-31T23:59:59.9999999Z',
      'dayofweek(datetime(1947-11-30 10:00:05))': '00:00:00',
      'dayofweek(datetime(1970-05-11))': '1.00:00:00',
      'dayofmonth(datetime(2015-12-14))': '14',
      'dayofyear(datetime(2015-12-14))': '348',
      'hourofday(datetime(2015-12-14 18:54))': '18',
      'getmonth(datetime(2015-10-12))': '10',
      'monthofyear(datetime(2015-10-12))': '10',
      'getyear(datetime(2015-10-12))': '2015',
      'week_of_year(datetime(2020-12-31))': '53',
      "datetime_part('year', datetime(2017-10-30 01:02:03.7654321))": '2017',
      "datetime_part('quarter', datetime(2017-10-30 01:02:03.7654321))": '4',
      "datetime_part('Second', datetime(2017-10-30 01:02:03.7654321))": '3',
      "datetime_part('millisecond', datetime(2017-10-30 01:02:03.7654321))": '765',
      "datetime_part('nanosecond', datetime(2017-10-30 01:02:03.7654321))": '765432100',
      "datetime_add('year', 1, datetime(2020-02-29))": '2021-02-28T00:00:00.0000000Z',
      "datetime_add('month', -1, datetime(2020-03-31 05:00))": '2020-02-29T05:00:00.0000000Z',
      "datetime_add('week', 1, datetime(2017-01-01))": '2017-01-08T00:00:00.0000000Z',
      "datetime_add('microsecond', 1, datetime(2017-01-01))": '2017-01-01T00:00:00.0000010Z',
      "datetime_diff('year', datetime(2017-01-01), datetime(2000-12-31))": '17',
      "datetime_diff('quarter', datetime(2017-07-01), datetime(2017-03-30))": '2',
      "datetime_diff('month', datetime(2017-01-01), datetime(2015-12-30))": '13',
      "datetime_diff('week', datetime(2017-10-29 00:00), datetime(2017-09-30 23:59))": '5',
      "datetime_diff('day', datetime(2017-10-29 00:00), datetime(2017-09-30 23:59))": '29',
      "datetime_diff('hour', datetime(2017-10-31 01:00), datetime(2017-10-30 23:59))": '2',
      "datetime_diff('minute', datetime(2017-10-30 23:05:01), datetime(2017-10-30 23:00:59))": '5',
      "datetime_diff('second', datetime(2017-10-30 23:00:10.100), datetime(2017-10-30 23:00:00.900))": '10',
      "datetime_diff('millisecond', datetime(2017-10-30 23:00:00.200100), datetime(2017-10-30 23:00:00.100900))":
        '100',
      "datetime_diff('nanosecond', datetime(2017-10-30 23:00:00.0000000), datetime(2017-10-30 23:00:00.0000007))":
        '-700',
      "format_datetime(datetime(2017-12-14 02:03:04.12345), 'yyyy-MM-dd h:m:s tt')": "'2017-12-14 2:3:4 AM'",
      "format_datetime(datetime(2017-12-14 14:03:04.12345), 'yy-M-d [HH:mm:ss.fffffff]')":
        "'17-12-14 [14:03:04.1234500]'",
      "format_datetime(datetime(2017-12-14 14:03:04.12), 'hh:ss.FFFF')": "'02:04.12'",
      "format_timespan(time(29.09:00:05.12345), 'dd.hh:mm:ss [FF]')": "'29.09:00:05 [12]'",
      "format_timespan(time(15.13:45:30), 'ddd')": "'015'",
      'make_datetime(2017, 10, 01, 12, 11, 0.1234567)': '2017-10-01T12:11:00.1234567Z',
      'make_datetime(2017, 10, 01)': '2017-10-01T00:00:00.0000000Z',
      'make_datetime(2017, 13, 01)': 'null',
      'make_datetime(2017, 2, 30)': 'null',
      'make_timespan(1, 12, 30, 55)': '1.12:30:55',
      'make_timespan(12, 30)': '12:30:00',
      'unixtime_seconds_todatetime(1546300800)': '2019-01-01T00:00:00.0000000Z',
      'unixtime_milliseconds_todatetime(1546300800000)': '2019-01-01T00:00:00.0000000Z',
      'unixtime_microseconds_todatetime(1546300800000000)': '2019-01-01T00:00:00.0000000Z',
      'unixtime_nanoseconds_todatetime(1546300800000000100)': '2019-01-01T00:00:00.0000001Z',
      'dayofyear(datetime(null))': 'null',
    });
  });

  it('arrays and bags', async () => {
    await checkValues(harness, {
      'array_length(dynamic([1, 2, 3]))': '3',
      "array_length(parse_json('{}'))": 'null',
      'array_length(dynamic(null))': 'null',
      "pack_array(1, 'a', long(null), datetime(2020-01-01))": '[1,"a",null,"2020-01-01T00:00:00.0000000Z"]',
      "bag_pack('a', 1, 'b', 'x')": '{"a":1,"b":"x"}',
      "pack('a', dynamic([1]))": '{"a":[1]}',
      'array_concat(dynamic([1, 2]), dynamic([3]))': '[1,2,3]',
      "bag_keys(dynamic({'a': 1, 'b': 2}))": '["a","b"]',
      "bag_keys(parse_json('[1]'))": 'null',
      "bag_has_key(dynamic({'a': 1}), 'a')": 'true',
      "set_has_element(dynamic(['this', 'that']), 'that')": 'true',
      'set_has_element(dynamic([1, 2]), 3)': 'false',
      'array_slice(dynamic([1, 2, 3]), 1, 2)': '[2,3]',
      'array_slice(dynamic([1, 2, 3, 4, 5]), -3, -2)': '[3,4]',
      'array_reverse(dynamic([1, 2, 3]))': '[3,2,1]',
    });
  });

  it('a random value is drawn once a row', async () => {
    const answer = await harness.run(
      'StormEvents | extend r = rand(), g = new_guid() | summarize countif(r == r and r < 1), dcount(r), dcount(g)',
    );
    assert.deepEqual(answer.rows, ['6 | 6 | 6']);
    const bins = await harness.run(
      'range x from 1 to 200 step 1 | project b = bin(rand(), 0.5) | distinct b | count',
    );
    assert.deepEqual(bins.rows, ['2']);
  });

  it('refuses arguments whose meaning it does not know', () => {
    checkRefusals(harness, {
      "print split('a', '')": ['SEM0001', /empty delimiter/],
      "print datetime_part('century', now())": ['SEM0100', /year, quarter/],
      "print format_datetime(now(), 'dddd')": ['SEM0001', /dddd/],
    });
  });
});
