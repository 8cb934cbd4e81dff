import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('series', () => {
  const harness = testHarness([]);

  it('element by element', async () => {
    await checkValues(harness, {
      'series_add(dynamic([1, 2, 4]), dynamic([4, 2, 1]))': '[5,4,5]',
      "series_add(dynamic([1, 2.5, 'a', 4]), dynamic([4, 2, 1]))": '[5,4.5,null,null]',
      'series_add(dynamic([1, 2]), 10)': '[11,12]',
      'series_add(1.5, dynamic([1, 2]))': '[2.5,3.5]',
      'series_subtract(dynamic([1, 2]), dynamic([4, 2]))': '[-3,0]',
      'series_multiply(dynamic([9007199254740993, 2.0]), dynamic([1, 3]))': '[9007199254740993,6.0]',
      'series_divide(dynamic([1, 2, 4]), dynamic([4, 2, 1]))': '[0.25,1.0,4.0]',
      'series_divide(dynamic([2, 0]), dynamic([0, 0]))': '["Infinity","NaN"]',
      'series_pow(dynamic([1, 2, 3, 4]), dynamic([1, 2, 3, 0.5]))': '[1.0,4.0,27.0,2.0]',
      'series_greater(dynamic([1, 2, 4]), dynamic([4, 2, 1]))': '[false,false,true]',
      'series_greater_equals(dynamic([1, 2, 4]), dynamic([4, 2, 1]))': '[false,true,true]',
      'series_less(dynamic([1, 2, 4]), 2)': '[true,false,false]',
      'series_less_equals(dynamic([1, 2, 4]), dynamic([4, 2]))': '[true,true,null]',
      'series_equals(dynamic([1, 2, 4]), dynamic([4, 2.0, 1]))': '[false,true,false]',
      'series_not_equals(dynamic([1, 2]), dynamic([4, 2]))': '[true,false]',
      'series_equals(series_divide(dynamic([0]), dynamic([0])), 1)': '[false]',
      'series_not_equals(series_divide(dynamic([0]), dynamic([0])), 1)': '[true]',
      'series_abs(dynamic([-6.5, 0, 8.2, null]))': '[6.5,0,8.2,null]',
      'series_sign(dynamic([-6, 0, 8]))': '[-1,0,1]',
      'series_floor(dynamic([-1.5, 1, 2.5]))': '[-2.0,1.0,2.0]',
      'series_ceiling(dynamic([-1.5, 1, 2.5]))': '[-1.0,1.0,3.0]',
      "series_log(dynamic([1, 'x']))": '[0.0,null]',
      'series_exp(dynamic([0]))': '[1.0]',
      'series_sin(dynamic([0]))': '[0.0]',
      'series_cos(dynamic([0]))': '[1.0]',
      'series_tan(dynamic([0]))': '[0.0]',
      'series_asin(dynamic([0, 2]))': '[0.0,"NaN"]',
      'series_acos(dynamic([1]))': '[0.0]',
      'series_atan(dynamic([0]))': '[0.0]',
      "series_abs(parse_json('5'))": 'null',
    });
  });

  it('figures', async () => {
    await checkValues(harness, {
      'series_sum(dynamic([1, 2, 3, 4]))': '10',
      'series_product(dynamic([1, 2, 3, 4]))': '24',
      'series_magnitude(dynamic([1, 2, 3, 4]))': '5.477225575051661',
      'series_dot_product(dynamic([1, 2, 4]), dynamic([4, 2, 1]))': '12',
      'series_dot_product(dynamic([2, 4, 8]), 2)': '28',
      "series_dot_product(dynamic([1, 'a', 3]), dynamic([1, 2]))": '1',
      'series_dot_product(dynamic([]), dynamic([1]))': 'null',
      'round(series_cosine_similarity(dynamic([0.1, 0.2, 0.1, 0.2]), dynamic([0.11, 0.2, 0.11, 0.21])), 12)':
        '0.999353438255',
      'series_cosine_similarity(dynamic([3, 4]), dynamic([3, 4]), 5, 5)': '1',
      'series_pearson_correlation(dynamic([1, 2, 3, 4, 5]), dynamic([2, 4, 6, 8, 10]))': '1',
      'series_pearson_correlation(dynamic([1, 2, 3]), dynamic([2, 4]))': 'null',
      "series_pearson_correlation(dynamic([1, 2]), dynamic([2, 'a']))": 'null',
      'series_stats_dynamic(dynamic([1, 2, 3, 6]))':
        '{"min":1.0,"min_idx":0,"max":6.0,"max_idx":3,"avg":3.0,"stdev":2.160246899469287,"variance":4.666666666666667,"sum":12.0,"len":4}',
      'series_stats_dynamic(dynamic([1, null, 3]))': 'null',
      'series_stats_dynamic(dynamic([null, 1, 3]), true).min_idx': '1',
      'round(todouble(series_stats_dynamic(dynamic([23, 46, 23, 87, 4, 8, 3, 75, 2, 56, 13, 75, 32, 16, 29])).variance), 9)':
        '812.457142857',
    });
  });

  it('lines and filters', async () => {
    await checkValues(harness, {
      'series_fit_line_dynamic(dynamic([1, 3, 5]))':
        '{"rsquare":1.0,"slope":2.0,"variance":4.0,"rvariance":0.0,"interception":-1.0,"line_fit":[1.0,3.0,5.0]}',
      'round(series_fit_line(dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30]))[3], 4)': '1.6865',
      'round(series_fit_line(dynamic([2, 5, 6, 8, 11, 15, 17, 18, 25, 26, 30, 30]))[4], 4)': '-1.6667',
      'array_length(series_fit_line(dynamic([2, 5, 6]))[5])': '3',
      'series_iir(range(1.0, 4, 1), dynamic([1]), dynamic([1, -1]))': '[1.0,3.0,6.0,10.0]',
      'series_iir(dynamic([4, 8]), dynamic([1, 1]), dynamic([2]))': '[2.0,6.0]',
    });
  });

  it('filling', async () => {
    await checkValues(harness, {
      'series_fill_backward(dynamic([111, null, 36, 41, null, null, 16, 61, 33, null, null]))':
        '[111,36,36,41,16,16,16,61,33,null,null]',
      'series_fill_forward(dynamic([null, null, 36, 41, null, null, 16, 61, 33, null, null]))':
        '[null,null,36,41,41,41,16,61,33,33,33]',
      'series_fill_forward(dynamic([1, -1, 2, -1]), -1)': '[1,1,2,2]',
      'series_fill_const(dynamic([111, null, 36]), 0.0)': '[111,0.0,36]',
      'series_fill_const(dynamic([111, null, 36]), -1)': '[111,-1,36]',
      'series_fill_const(dynamic([0, null, 36]), 7, 0)': '[7,null,36]',
      'series_fill_linear(dynamic([null, 111, null, 36, 41, null, null, 16, 61, 33, null, null]))':
        '[111,111,73,36,41,32,24,16,61,33,33,33]',
      'series_fill_linear(dynamic([111.0, null, 36.0]))': '[111.0,73.5,36.0]',
      'series_fill_linear(dynamic([null, 111.0, null, 36.0, null]), double(null), false)':
        '[null,111.0,73.5,36.0,null]',
      'series_fill_linear(dynamic([null, null]))': '[0.0,0.0]',
      'series_fill_linear(dynamic([null, null]), double(null), true, 3.14159)': '[3.14159,3.14159]',
    });
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      "print series_add(dynamic([1]), 'x')": ['SEM0100', /./],
      'print series_fir(dynamic([1]), dynamic([1]))': ['SEM0001', /series_fir/],
    });
  });
});
