import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('functions of several values', () => {
  const harness = testHarness([stormEvents]);

  async function check(cases: Readonly<Record<string, readonly [string, string]>>): Promise<void> {
    for (const [query, [columns, row]] of Object.entries(cases)) {
      const answer = await harness.run(query);
      assert.deepEqual([answer.columns.join(' '), answer.rows[0]], [columns, row], query);
    }
  }

  it('one value is taken by its number', async () => {
    await checkValues(harness, {
      "array_sort_asc(dynamic([2, 1]), dynamic(['a', 'b']))[0]": '[1,2]',
      "array_sort_asc(dynamic([2, 1]), dynamic(['a', 'b']))[1]": '["b","a"]',
      "array_sort_asc(dynamic([2, 1]), dynamic(['a', 'b']))[1][0]": '"b"',
      "array_sort_desc(dynamic([2, null, 3]), dynamic(['a', 'b', 'c']), false)[1]": '["b","c","a"]',
      "array_sort_asc(dynamic([2, 1]), dynamic(['a']))[1]": 'null',
      'series_stats(dynamic([1, 2, 6]))[4]': '3',
      'series_stats(dynamic([1, 2, 6]))[3]': '2',
      'series_stats(dynamic([1, null, 6]))[0]': 'null',
    });
  });

  it('each value makes a column', async () => {
    await check({
      "print (a, b) = array_sort_asc(dynamic([2, 1]), dynamic(['a', 'b']))": [
        'a:dynamic b:dynamic',
        '[1,2] | ["b","a"]',
      ],
      "print x = 1 | extend array_sort_asc(dynamic([2, 1]), dynamic(['a', 'b'])), y = 2": [
        'x:long array0_sorted:dynamic array1_sorted:dynamic y:long',
        '1 | [1,2] | ["b","a"] | 2',
      ],
      "print x = 1, y = 2 | extend (y, x) = array_sort_asc(dynamic([2, 1]), dynamic(['a', 'b']))": [
        'x:dynamic y:dynamic',
        '["b","a"] | [1,2]',
      ],
      'print x = dynamic([1, 3]) | project series_stats(x), 5': [
        'series_stats_x_min:real series_stats_x_min_idx:long series_stats_x_max:real series_stats_x_max_idx:long series_stats_x_avg:real series_stats_x_stdev:real series_stats_x_variance:real Column1:long',
        '1 | 0 | 3 | 1 | 2 | 1.4142135623730951 | 2 | 5',
      ],
      'let f = (a: dynamic, b: dynamic) { print (p, q) = array_sort_asc(a, b) }; f(dynamic([2, 1]), dynamic([3, 4]))':
        ['p:dynamic q:dynamic', '[1,2] | [4,3]'],
      'StormEvents | where EventId == 1 | summarize d = make_list(Damage), e = make_list(EventId) by State | project array_sort_desc(d, e)[0]':
        ['d_sorted:dynamic', '[30,10]'],
    });
  });

  it('a column that may not exist', async () => {
    await check({
      "StormEvents | where EventId == 5 | project column_ifexists('Damage', 1)": ['Damage:long', '-7'],
      "StormEvents | where EventId == 5 | project x = column_ifexists('Nothing', Damage)": ['x:long', '-7'],
      "print x = columnifexists('y', 3)": ['x:long', '3'],
    });
  });

  it('members by an expression behind a dot', async () => {
    await check({
      "print a = parse_json('{\"b\": {\"k\": 5}}'), p = 'k' | project x = a['b'].[p], y = a.['b'].k": [
        'x:dynamic y:dynamic',
        '5 | 5',
      ],
    });
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      'print x = dynamic([1, 2]) | extend (m, i) = series_stats(x)': ['SEM0001', /fewer names/],
      'print m = 1 | summarize count() by array_sort_asc(dynamic([1]), dynamic([2]))': [
        'SEM0001',
        /several columns/,
      ],
      "StormEvents | project column_ifexists('State', 1)": ['SEM0001', /string where .* long/],
    });
  });
});
