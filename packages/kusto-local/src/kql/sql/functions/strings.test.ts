import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('strings', () => {
  const harness = testHarness([]);

  it('search', async () => {
    await checkValues(harness, {
      "indexof('abcdefg', 'cde', 1, 4)": '2',
      "indexof('abcdefg', 'cde', 1, 2)": '-1',
      "indexof('abcdefg', 'cde', 3, 4)": '-1',
      "indexof('abcdefg', 'cde', -5)": '2',
      'indexof(1234567, 5, 1, 4)': '4',
      "indexof('abcdefg', 'cde', 2, -1)": '2',
      "indexof('abcdefgabcdefg', 'cde', 1, 10, 2)": '9',
      "indexof('abcdefgabcdefg', 'cde', 1, -1, 3)": '-1',
      "indexof('abc', 'c', 0, -2)": 'null',
      "indexof('abc', 'c', 0, -1, -1)": 'null',
      "indexof('a😀b', 'b', 1)": '2',
      "has_any_index('this is an example', dynamic(['this', 'example']))": '0',
      "has_any_index('this is an example', dynamic(['not', 'example']))": '1',
      "has_any_index('this is an example', dynamic(['not', 'found']))": '-1',
      "has_any_index('Example number 2', range(1, 3, 1))": '1',
      "has_any_index('this is an example', dynamic([]))": '-1',
      "has_any_index('examples', dynamic(['example']))": '-1',
    });
  });

  it('rewriting', async () => {
    await checkValues(harness, {
      "translate('abc', 'x', 'abc')": "'xxx'",
      "translate('abc', '', 'ab')": "''",
      "translate('krasp', 'otsku', 'spark')": "'kusto'",
      "replace_strings('A magic trick', dynamic(['magic', 'trick']), dynamic(['trick', 'x']))": "'A trick x'",
      "replace_strings('This is', dynamic(['This', 'is']), dynamic(['This', 'was']))": "'This was'",
      "replace_strings('This is', dynamic(['is', 'This']), dynamic(['was', 'This']))": "'Thwas was'",
      "replace_strings('This is', dynamic(['This', 'is']), dynamic([12345, 'was']))": "'This was'",
      "strrep('ABC', 2)": "'ABCABC'",
      "strrep(3s, 2, ' ')": "'00:00:03 00:00:03'",
      "strrep('ab', int(null))": "''",
      "strlen(strrep('a', 2000))": '1024',
      'reverse(12345)': "'54321'",
      'reverse(123.45)': "'54.321'",
      'reverse(datetime(2017-10-15 12:00))': "'Z0000000.00:00:21T51-01-7102'",
      "split('a,b,c', ',', 9)": '[]',
      "strcat_delim('-', 1, '2', 'A', 1s)": "'1-2-A-00:00:01'",
      "toupper('straße é')": "'STRAßE É'",
    });
  });

  it('characters and bytes', async () => {
    await checkValues(harness, {
      "unicode_codepoints_from_string('⒦⒰⒮⒯⒪')": '[9382,9392,9390,9391,9386]',
      'unicode_codepoints_to_string(75, 117, 115, 116, 111)': "'Kusto'",
      'unicode_codepoints_to_string(dynamic([75, 117, 115]), 116, 111)': "'Kusto'",
      'make_string(range(48, 57))': "'0123456789'",
      'unicode_codepoints_to_string(-1)': "''",
      "to_utf8('a😀')": '[97,128512]',
      "string_size('⒦⒰⒮⒯⒪')": '15',
      "isascii('some string')": 'true',
      "isascii('ä')": 'false',
      "isascii('a\\nb')": 'true',
      "isutf8('ä')": 'true',
      "strcmp('abc', 'ABC')": '1',
      "strcmp('abcde', 'abc')": '1',
      "strcmp('ABC', 'ABC')": '0',
    });
  });

  it('JSON by path', async () => {
    await checkValues(harness, {
      'extract_json(\'$.name\', \'{"name": "John", "age": 30}\', typeof(string))': "'John'",
      'extract_json(\'$.age\', \'{"name": "John", "age": 30}\', typeof(long))': '30',
      'extract_json(\'$.a[1].b\', \'{"a": [1, {"b": [2, 3]}]}\')': "'[2,3]'",
      'extractjson("$[\'a b\']", \'{"a b": true}\', typeof(bool))': 'true',
      "extract_json('$.x', '{}')": "''",
      "extract_json('$.x', 'no json')": "''",
      "extract_json('$.x', '{}', typeof(int))": 'null',
    });
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      "print split('a', '')": ['SEM0001', /empty delimiter/],
      "print split('a', 'b', -1)": ['SEM0001', /negative/],
      "print strrep('a', 0)": ['SEM0100', /at least once/],
      "print replace_strings('a', 'b', dynamic(['c']))": ['SEM0100', /dynamic array/],
    });
  });
});
