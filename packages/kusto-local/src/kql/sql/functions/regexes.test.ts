import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('regular expressions', () => {
  const harness = testHarness([]);

  it('extracting', async () => {
    await checkValues(harness, {
      "extract('User: ([^,]+)', 1, 'User: James, Age: 29')": "'James'",
      "extract(@'-(\\d{2})-', 1, '15-12-2024', typeof(int))": '12',
      "extract('b', 0, 'abc')": "'b'",
      "extract_all(@'([\\da-f]{2})', '82b8')": '["82","b8"]',
      "extract_all(@'(\\w)(\\w+)(\\w)', 'dfa7-4bd1')": '[["d","fa","7"],["4","bd","1"]]',
      "extract_all(@'(\\w)(\\w+)(\\w)', dynamic([1, 3]), 'dfa7-4bd1')": '[["d","7"],["4","1"]]',
      "extract_all(@'(?P<first>\\w)(?P<middle>\\w+)(?P<last>\\w)', dynamic(['first', 2, 'last']), 'dfa7')":
        '[["d","fa","7"]]',
      "extract_all(@'(?<a>x)', 'axbx')": '["x","x"]',
      "extract_all(@'(z)', 'abc')": 'null',
      "extractall(@'(b)', 'abc')": '["b"]',
      "extract_all(@'(\\w)(\\w)', dynamic([2]), 'abcd')": '["b","d"]',
    });
  });

  it('counting and finding', async () => {
    await checkValues(harness, {
      "countof('aaaa', 'aa')": '3',
      "countof('ababa', 'ab', 'normal')": '2',
      "countof('ababa', 'aba', 'regex')": '1',
      "countof('abcabc', 'a.c', 'regex')": '2',
      "indexof_regex('abcabc', @'a.c')": '0',
      "indexof_regex('abcabcdefg', @'a.c', 0, 9, 2)": '3',
      "indexof_regex('abcabc', @'a.c', 1, -1, 2)": '-1',
      "indexof_regex('ababaa', @'a.a', 0, -1, 2)": '-1',
      "indexof_regex('abcabc', @'a|ab', -1)": 'null',
      "indexof_regex('😀ab', 'b')": '2',
      "regex_quote('(so$me.Te^xt)')": "'\\(so\\$me\\.Te\\^xt\\)'",
    });
  });

  it('rewriting', async () => {
    await checkValues(harness, {
      "replace_regex('Number is 1', @'is (\\d+)', @'was: \\1')": "'Number was: 1'",
      "replace_regex('abc', 'b', @'[\\0]')": "'a[b]c'",
      "replace('b', 'x', 'abc')": "'axc'",
      "trim('--', '--https://bing.com--')": "'https://bing.com'",
      "trim(@'\\s+', '  Hello, world!  ')": "'Hello, world!'",
      "trim_start(@'[^\\w]+', '-  Te st// $')": "'Te st// $'",
      "trim_end(@'[^\\w]+', '-  Te st// $')": "'-  Te st'",
    });
  });

  it('classes know Unicode', async () => {
    await checkValues(harness, {
      "'é' matches regex @'^\\w$'": 'true',
      "'٣' matches regex @'^\\d$'": 'true',
      "'\\u00a0' matches regex @'^\\s$'": 'true',
      "'é' matches regex @'\\W'": 'false',
      "'é' matches regex @'^[\\w-]$'": 'true',
      "'a b' matches regex @'\\bb\\b'": 'true',
      "'a b' matches regex strcat('^a', @'\\s', 'b$')": 'true',
      "'é' matches regex strcat('^', @'\\w', '$')": 'true',
      "'A' matches regex 'a'": 'false',
      "'A' matches regex '(?i)a'": 'true',
      "'a\\nb' matches regex 'a.b'": 'false',
      "'a\\nb' matches regex '(?s)a.b'": 'true',
      "'a\\nb' matches regex '^b'": 'false',
      "'a\\nb' matches regex '(?m)^b'": 'true',
      "'x]y' matches regex @'^x[]]y$'": 'true',
    });
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      "print 'a' matches regex '(?x)a'": ['SEM0001', /flags/],
      "print 'a' matches regex 'a(?=b)'": ['SEM0001', /regular expression/],
      "print 'a' matches regex '[a&&b]'": ['SEM0001', /class/],
      "print extract('a', 1, 'a')": ['SEM0100', /no capture group 1/],
      "print extract_all('a', 'a')": ['SEM0100', /1 to 16/],
      "print replace_regex('a', 'a', @'\\1')": ['SEM0100', /no capture group 1/],
      "print replace_regex('a', 'a', @'\\x')": ['SEM0001', /rewrite/],
      "print countof('a', 'a', 'x')": ['SEM0100', /normal or regex/],
    });
  });
});
