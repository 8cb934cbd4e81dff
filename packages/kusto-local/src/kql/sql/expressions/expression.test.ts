import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('scalar expressions', () => {
  const harness = testHarness([stormEvents]);

  it('arithmetic follows the types', async () => {
    await checkValues(harness, {
      '7/2': '3',
      '-7/2': '-3',
      '7.0/2': '3.5',
      '7/2.0': '3.5',
      '1/0': 'null',
      '1 % 0': 'null',
      '1.0/0': 'Infinity',
      '-1.0/0': '-Infinity',
      '0.0/0': 'NaN',
      '14 % 12': '2',
      '-14 % 12': '10',
      '14 % -12': '2',
      '-14 % -12': '10',
      '-5.5 % 2': '0.5',
      '9223372036854775807 - 1': '9223372036854775806',
      '9007199254740993 + 0': '9007199254740993',
      'int(5) + int(6)': '11',
      'int(null) + 1': 'null',
      'long(null) * 2.5': 'null',
      '-long(null)': 'null',
      '-9223372036854775807': '-9223372036854775807',
      'decimal(1.1) + decimal(2.2)': '3.300000000000000000',
      'decimal(1.1) + 1': '2.100000000000000000',
    });
  });

  it('times are exact ticks', async () => {
    await checkValues(harness, {
      'datetime(2020-01-31 10:11:12.1234567) + 1tick': '2020-01-31T10:11:12.1234568Z',
      'datetime(2020-01-02) - datetime(2020-01-01 23:59:59.9999999)': '00:00:00.0000001',
      'datetime(2020-03-01) - 1d': '2020-02-29T00:00:00.0000000Z',
      'datetime(0001-01-01)': '0001-01-01T00:00:00.0000000Z',
      'datetime(9999-12-31 23:59:59.9999999)': '9999-12-31T23:59:59.9999999Z',
      'datetime(null) + 1d': 'null',
      '1d + 2h - 3m': '1.01:57:00',
      '1d / 5h': '4.8',
      '1d / 2': '12:00:00',
      '1h * 1.5': '01:30:00',
      '3 * 1s': '00:00:03',
      '-1d': '-1.00:00:00',
      '25h % 1d': '01:00:00',
      'time(1.02:03:04.5)': '1.02:03:04.5000000',
      'timespan(2)': '2.00:00:00',
      '1.5ms': '00:00:00.0015000',
      'time(null)': 'null',
      'datetime(2020-01-01T00:00:00+01:00)': '2019-12-31T23:00:00.0000000Z',
    });
  });

  it('equality and inequality with null', async () => {
    await checkValues(harness, {
      '1 == 1': 'true',
      'int(null) == int(null)': 'null',
      'int(null) == 1': 'false',
      'int(null) != 1': 'true',
      'int(null) != int(null)': 'null',
      "'' == ''": 'true',
      'int(null) < 1': 'null',
      'bool(null) and false': 'false',
      'bool(null) and true': 'null',
      'bool(null) or true': 'true',
      'not(bool(null))': 'null',
      '1 == 1.0': 'true',
      '9007199254740993 == 9007199254740992': 'false',
      'real(nan) == real(nan)': 'false',
      'real(nan) != real(nan)': 'true',
      'real(null) == real(nan)': 'false',
      'todouble("nan") == todouble("nan")': 'false',
      'real(nan) > 1.0': 'false',
      'real(nan) < 1.0': 'false',
    });
  });

  it('string comparison', async () => {
    await checkValues(harness, {
      "'a' == 'A'": 'false',
      "'a' =~ 'A'": 'true',
      "'a' !~ 'A'": 'false',
      "'New York' has 'york'": 'true',
      "'New York' has 'yor'": 'false',
      "'New York' has_cs 'york'": 'false',
      "'New-York' has 'new'": 'true',
      "'NewYork' !has 'york'": 'true',
      "'a.b c' has 'a.b'": 'true',
      "'axb' has 'a.b'": 'false',
      "'New York' contains 'ew yo'": 'true',
      "'New York' contains_cs 'EW'": 'false',
      "'New York' !contains 'zz'": 'true',
      "'New York' startswith 'new'": 'true',
      "'New York' startswith_cs 'new'": 'false',
      "'New York' endswith 'ORK'": 'true',
      "'New York' !endswith_cs 'ORK'": 'true',
      "'New York' hasprefix 'yo'": 'true',
      "'New York' hasprefix 'or'": 'false',
      "'New York' hassuffix 'rk'": 'true',
      "'New York' has_any ('texas', 'york')": 'true',
      "'New York' has_all ('new', 'york')": 'true',
      "'New York' has_all ('new', 'jersey')": 'false',
      "'abc' matches regex '^a.c$'": 'true',
      "'abc' matches regex 'x'": 'false',
      "'a%c' contains '%'": 'true',
      "'abc' contains '_'": 'false',
      "'ÄÖ' contains 'äö'": 'true',
    });
  });

  it('lists and ranges', async () => {
    await checkValues(harness, {
      "'a' in ('a', 'b')": 'true',
      "'A' in ('a', 'b')": 'false',
      "'A' in~ ('a', 'b')": 'true',
      "'A' !in ('a', 'b')": 'true',
      "'A' !in~ ('a', 'b')": 'false',
      '2 in (1, 2, 3)': 'true',
      'long(null) in (1, 2)': 'false',
      'long(null) !in (1, 2)': 'true',
      '2 in (dynamic([1, 2]))': 'true',
      '5 between (1 .. 5)': 'true',
      '5 !between (1 .. 5)': 'false',
      'datetime(2020-01-05) between (datetime(2020-01-01) .. 7d)': 'true',
      'datetime(2020-01-09) between (datetime(2020-01-01) .. 7d)': 'false',
      'long(null) between (1 .. 2)': 'null',
    });
  });

  it('dynamic values', async () => {
    await checkValues(harness, {
      "dynamic({'a': {'b c': [1, 2, 'x']}}).a['b c'][2]": '"x"',
      "dynamic({'a': 1, 'b': 2})['*']": 'null',
      "dynamic({'a': 1, '*': {'': [2, {'x*': 3}]}})['*'][''][1]['x*']": '3',
      "dynamic({'a': 1}).b": 'null',
      "dynamic({'a': null}).a": 'null',
      'dynamic([1, 2, 3])[0]': '1',
      'dynamic([1, 2, 3])[-1]': '3',
      'dynamic([1, 2, 3])[7]': 'null',
      "dynamic({'a': 5}).a == 5": 'true',
      "dynamic({'a': 'x'}).a == 'x'": 'true',
      "dynamic({'a': '5'}).a == 5": 'false',
      "dynamic({'a': 5}).a > 4": 'true',
      "dynamic({'a': true}).a == true": 'true',
      "dynamic({'0': 'k'})['0']": '"k"',
      'dynamic(null)': 'null',
      'dynamic([1, -2, 1.5, "a\\"b", datetime(2020-01-01), 1d])':
        '[1,-2,1.5,"a\\"b","2020-01-01T00:00:00.0000000Z","1.00:00:00"]',
      'dynamic(9007199254740993)': '9007199254740993',
    });
  });

  it('literals', async () => {
    await checkValues(harness, {
      "'a\\tb'": "'a\tb'",
      "@'a\\tb'": "'a\\tb'",
      "@'it''s'": "'it's'",
      '"it\'s"': "'it's'",
      "'a' 'b'": "'ab'",
      "h'secret'": "'secret'",
      "'\\u00e4'": "'ä'",
      "''": "''",
      true: 'true',
      'bool(null)': 'null',
      '0x1F': '31',
      'real(nan)': 'NaN',
      'real(-inf)': '-Infinity',
      '1e3': '1000',
      'int(null)': 'null',
      'guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642)': '74be27de-1e4e-49d9-b579-fe0b331d3642',
      'decimal(0.123456789012345678)': '0.123456789012345678',
    });
  });

  it('overflow is an error, never another value', async () => {
    const failing = ['9223372036854775807 + 1', 'datetime(9999-12-31) + 2d', 'datetime(0001-01-01) - 1tick'];
    for (const expression of failing) {
      let failed = false;
      try {
        await harness.value(expression);
      } catch {
        failed = true;
      }
      if (!failed) throw new Error(`${expression} gave a value`);
    }
  });

  it('what is doubtful is refused with its place', () => {
    checkRefusals(harness, {
      "print dynamic({'a':1}).a + 1": ['SEM0001', /arithmetic on a dynamic.*1:7/],
      "print dynamic({'a':1}).a == ''": ['SEM0001', /dynamic/],
      'print dynamic(1) == dynamic(1)': ['SEM0001', /two dynamic/],
      "print x = parse_user_agent('a', 'os')": ['SEM0001', /'parse_user_agent'.*1:11/],
      'print 1\n| extend y = 2\n| extend z = foo(y)': ['SEM0100', /3:14/],
      "print 'a' + 'b'": ['SEM0100', /\+/],
      'print -datetime(2020-01-01)': ['SEM0001', /'-' before a datetime/],
    });
  });
});
