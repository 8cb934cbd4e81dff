import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('functions of numbers', () => {
  const harness = testHarness([stormEvents]);

  it('decimals', async () => {
    await checkValues(harness, {
      'decimal(1.1) * decimal(2)': '2.200000000000000000',
      'decimal(0.1) + decimal(0.2) == decimal(0.3)': 'true',
      'decimal(1) / 4': '0.250000000000000000',
      'decimal(0.1) + 0.2': '0.300000000000000000',
      '0.1 * decimal(3) == decimal(0.3)': 'true',
      'bin(decimal(7.5), 0.5)': '7.500000000000000000',
      'decimal(1) / 0': 'null',
      'decimal(null) * 2': 'null',
      'decimal(-7.5) % 2': '0.500000000000000000',
      'decimal(7.5) % decimal(0)': 'null',
      'bin(decimal(7.5), 2)': '6.000000000000000000',
      'bin(decimal(-7.5), 2)': '-8.000000000000000000',
      'bin(decimal(7.5), 0)': 'null',
      'floor(decimal(-1.5), 1)': '-2.000000000000000000',
      'ceiling(decimal(-1.5))': '-1.000000000000000000',
      'round(decimal(2.345), 2)': '2.350000000000000000',
      'tostring(decimal(12.50) * 2)': "'25'",
    });
  });

  it('conversions at the edges', async () => {
    await checkValues(harness, {
      'tolong(9.223372036854775e18)': '9223372036854774784',
      'tolong(9.3e18)': 'null',
      'tolong(-9223372036854775808.0)': '-9223372036854775808',
      'todecimal(0.1)': '0.100000000000000000',
      'todecimal(1.5e-5)': '0.000015000000000000',
      'todecimal(real(nan))': 'null',
      "todecimal('1e3')": '1000.000000000000000000',
      "todecimal('abc')": 'null',
      'isnan(real(null))': 'false',
      'isinf(real(null))': 'false',
      'isfinite(real(null))': 'false',
      'sin(real(+inf))': 'NaN',
      'cos(real(-inf))': 'NaN',
      'tan(real(nan))': 'NaN',
      "convert_length(1.2, 'Meter', 'Foot')": '3.937007874015748',
      "convert_temperature(1.2, 'Kelvin', 'DegreeCelsius')": '-271.95',
      "convert_mass(1.2, 'Kilogram', 'Apple')": 'null',
      "convert_angle(real(null), 'Degree', 'Radian')": 'null',
      "convert_angle(1.2, 'Degree', 'Arcminute')": '72',
      "convert_energy(1, 'KilowattHour', 'Joule')": '3600000',
      "convert_force(1.2, 'Newton', 'Decanewton')": '0.12',
      "convert_speed(1.2, 'MeterPerSecond', 'CentimeterPerHour')": '432000',
      "convert_volume(1, 'CubicMeter', 'Liter')": '1000',
      "convert_volume(1.2, 'CubicMeter', 'AcreFoot')": '0.0009728568',
    });
    for (const outside of ['beta_inv(0.1, -1.0, 20.0)', 'beta_inv(1.5, 10.0, 20.0)', 'beta_inv(0, 1, 1)']) {
      await assert.rejects(() => harness.value(outside), /outside \]0, 1\]/, outside);
    }
    for (const beyond of ['todecimal(1e30)', "todecimal('0.1234567890123456789')", 'todecimal(1e-20)']) {
      await assert.rejects(() => harness.value(beyond), /20 digits before the point/, beyond);
    }
  });

  it('rounding and bins', async () => {
    await checkValues(harness, {
      'round(2.98765, 3)': '2.988',
      'round(-50.55, -2)': '-100',
      'round(21.5, -1)': '20',
      'round(1250, -2)': '1300',
      'round(1250, 2)': '1250',
      'round(int(null), -1)': 'null',
      'round(2.5)': '3',
      'bin_at(6.5, 2.5, 7)': '4.5',
      'bin_at(time(1h), 1d, 12h)': '-12:00:00',
      'bin_at(datetime(2017-05-15 10:20:00.0), 1d, datetime(1970-01-01 12:00:00.0))':
        '2017-05-14T12:00:00.0000000Z',
      'bin_at(datetime(2017-05-17 10:20:00.0), 7d, datetime(2017-06-04 00:00:00.0))':
        '2017-05-14T00:00:00.0000000Z',
      'bin_at(7, 5, -1)': '4',
      'bin_at(-7, 5, 0)': '-10',
      'bin_at(1, 0, 1)': 'null',
      'bin_at(long(null), 5, 1)': 'null',
      'around(5, 4, 1)': 'true',
      'around(5, 3, 1)': 'false',
      'around(5.5, 5, 1)': 'true',
      'around(datetime(2021-01-01 01:31), datetime(2021-01-01 01:30), 1m)': 'true',
      'around(1, long(null), 2)': 'null',
      'around(long(null), 1, 2)': 'null',
    });
  });

  it('bits', async () => {
    await checkValues(harness, {
      'bitset_count_ones(42)': '3',
      'bitset_count_ones(-1)': '64',
      'bitset_count_ones(long(null))': 'null',
      'binary_shift_left(1, -1)': 'null',
      'binary_shift_left(1, 66)': '4',
      'binary_shift_right(-8, 1)': '-4',
      'binary_shift_right(8, -1)': 'null',
    });
  });

  it('statistics', async () => {
    await checkValues(harness, {
      'cot(1)': '0.6420926159343306',
      'gamma(5)': '24',
      'round(gamma(0.5) * gamma(0.5), 14)': '3.14159265358979',
      'gamma(0)': 'NaN',
      'gamma(-2)': 'NaN',
      'gamma(real(null))': 'null',
      'loggamma(5)': '3.1780538303479458',
      'loggamma(0)': 'Infinity',
      'round(erf(1), 15)': '0.842700792949715',
      'erf(real(null))': 'null',
      'round(erfc(3) * 1e5, 13)': '2.2090496998585',
      'round(beta_cdf(0.9, 10.0, 20.0), 15)': '0.999999999999959',
      'beta_cdf(1.5, 10.0, 20.0)': 'NaN',
      'beta_cdf(0.1, -1.0, 20.0)': 'NaN',
      'round(beta_inv(0.1, 10.0, 20.0), 15)': '0.226415022388749',
      'round(beta_pdf(0.5, 10.0, 20.0), 12)': '0.746176019311',
      'beta_pdf(1.5, 10.0, 20.0)': 'NaN',
      'welch_test(5, 2, 10, 5, 3, 12)': '1',
      'round(welch_test(20.0, 4.0, 4, 22.0, 9.0, 9), 6)': '0.191967',
      'welch_test(real(null), 4.0, 4, 22.0, 9.0, 9)': 'null',
    });
  });

  it('as text', async () => {
    await checkValues(harness, {
      'tohex(256)': "'100'",
      'tohex(-256)': "'ffffffffffffff00'",
      'tohex(toint(-256), 8)': "'ffffff00'",
      'tohex(256, 8)': "'00000100'",
      'tohex(256, 2)': "'100'",
      'tohex(1, 99)': "'0000000000000001'",
      'tohex(0)': "'0'",
      'tohex(long(null))': "''",
      'format_bytes(564)': "'564 Bytes'",
      'format_bytes(10332, 1)': "'10.1 KB'",
      'format_bytes(20010332)': "'19 MB'",
      'format_bytes(20010332, 2)': "'19.08 MB'",
      "format_bytes(20010332, 0, 'KB')": "'19541 KB'",
      'format_bytes(1024)': "'1 KB'",
      'format_bytes(long(null))': "''",
      "toguid('0123456789ab-cdef-0123-456789abcdef')": '01234567-89ab-cdef-0123-456789abcdef',
      "toguid('0123456789abcdef0123456789abcdef and more')": '01234567-89ab-cdef-0123-456789abcdef',
      "toguid('0123456789abcdef0123456789abcde')": 'null',
    });
  });

  it('the query itself', async () => {
    await checkValues(harness, {
      'current_database()': "'db'",
      "assert(1 > 0 and strlen('abc') == 3, 'no')": 'true',
      "assert(not(isempty('a')) or 1 == 2, 'no')": 'true',
      'toscalar(range x from 1 to 10 step 1 | extend t = "1234567890" | summarize sum(estimate_data_size(*)))':
        '180',
      'toscalar(print a = "ä", b = 1d, c = true | project estimate_data_size(a, b, c))': '11',
      "max_of('a', 'b', '')": "'b'",
      'min_of(true, false)': 'false',
    });
  });

  it('are refused with a reason', () => {
    checkRefusals(harness, {
      "let f = (n: long) { assert(n > 0, 'n is too small') }; print f(-1)": [
        'SEM0100',
        /assert\(\) has failed with message: 'n is too small'/,
      ],
      "StormEvents | where false | where assert(1 > 2, 'always')": ['SEM0100', /always/],
      "StormEvents | where assert(Damage > 2, 'rows')": ['SEM0001', /constants/],
      "print format_bytes(1, 0, 'XB')": ['SEM0100', /EB/],
      'print tohex(1, 0)': ['SEM0100', /1 to 16/],
      'StormEvents | project estimate_data_size(Details)': ['SEM0001', /dynamic/],
      'print bin_at(now(), 1d, 5)': ['SEM0100', /datetime expected/],
    });
  });
});
