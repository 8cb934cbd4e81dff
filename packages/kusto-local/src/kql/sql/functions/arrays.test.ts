import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('arrays', () => {
  const harness = testHarness([]);

  it('places and order', async () => {
    await checkValues(harness, {
      "array_length(parse_json('{}'))": 'null',
      "array_concat(dynamic([1, 2]), dynamic([]), dynamic(['x']))": '[1,2,"x"]',
      'array_reverse(dynamic([1, [2, 3], null]))': '[null,[2,3],1]',
      'array_rotate_left(dynamic([1, 2, 3, 4, 5]), 2)': '[3,4,5,1,2]',
      'array_rotate_left(dynamic([1, 2, 3, 4, 5]), -2)': '[4,5,1,2,3]',
      'array_rotate_left(dynamic([1, 2, 3]), 7)': '[2,3,1]',
      'array_rotate_right(dynamic([1, 2, 3, 4, 5]), 2)': '[4,5,1,2,3]',
      'array_rotate_right(dynamic([]), 2)': '[]',
      "array_rotate_left(parse_json('{}'), 2)": 'null',
      'array_rotate_left(dynamic([1, 2]), int(null))': 'null',
      'array_shift_left(dynamic([1, 2, 3, 4, 5]), 2)': '[3,4,5,null,null]',
      'array_shift_left(dynamic([1, 2, 3, 4, 5]), 2, -1)': '[3,4,5,-1,-1]',
      'array_shift_left(dynamic([1, 2, 3, 4, 5]), -2, -1)': '[-1,-1,1,2,3]',
      "array_shift_left(dynamic(['a', 'b']), 1)": '["b",""]',
      'array_shift_right(dynamic([1, 2, 3, 4, 5]), 2)': '[null,null,1,2,3]',
      "array_shift_right(dynamic([1, 2, 3]), 9, 'x')": '["x","x","x"]',
      'array_slice(dynamic([1, 2, 3]), 1, 2)': '[2,3]',
      'array_slice(dynamic([1, 2, 3, 4, 5]), 2, -1)': '[3,4,5]',
      'array_slice(dynamic([1, 2, 3, 4, 5]), -3, -2)': '[3,4]',
      'array_slice(dynamic([1, 2, 3]), -9, 9)': '[1,2,3]',
      'array_slice(dynamic([1, 2, 3]), 2, 1)': '[]',
      'array_slice(dynamic([1, 2, 3]), 5, 9)': '[]',
      'array_split(dynamic([1, 2, 3, 4, 5]), 2)': '[[1,2],[3,4,5]]',
      'array_split(dynamic([1, 2, 3, 4, 5]), dynamic([1, 3]))': '[[1],[2,3],[4,5]]',
      'array_split(dynamic([1, 2, 3, 4, 5]), -1)': '[[1,2,3,4],[5]]',
      'zip(dynamic([1, 3, 5]), dynamic([2, 4, 6]))': '[[1,2],[3,4],[5,6]]',
      "zip(dynamic(['A', 1, 1.5]), dynamic([{}, 'B']))": '[["A",{}],[1,"B"],[1.5,null]]',
    });
  });

  it('elements', async () => {
    await checkValues(harness, {
      "array_index_of(dynamic(['this', 'is', 'an', 'example', 'an', 'example']), 'an')": '2',
      "array_index_of(dynamic(['this', 'is', 'an', 'example', 'an', 'example']), 'example', 1, 3)": '3',
      "array_index_of(dynamic(['this', 'is', 'an', 'example', 'an', 'example']), 'example', 1, 2)": '-1',
      "array_index_of(dynamic(['this', 'is', 'an', 'example', 'an', 'example']), 'an', 1, -1, 2)": '4',
      "array_index_of(dynamic(['this', 'is', 'an', 'example', 'an', 'example']), 'an', 1, -1, 3)": '-1',
      "array_index_of(dynamic(['this', 'is', 'an', 'example', 'an', 'example']), 'an', -3)": '4',
      "array_index_of(dynamic(['this', 'is', 'an', 'example', 'an', 'example']), 'is', -4)": '-1',
      'array_index_of(dynamic([1, 2]), 2, 0, -2)': 'null',
      'array_index_of(dynamic([1, 2]), 2, 0, -1, -1)': 'null',
      'array_index_of(dynamic([1, 9223372036854775807]), 9223372036854775807)': '1',
      'array_index_of(dynamic([9223372036854775806]), 9223372036854775807)': '-1',
      'array_index_of(pack_array(1h, datetime(2020-01-01)), datetime(2020-01-01))': '1',
      "array_index_of(dynamic([1, 2]), '2')": '-1',
      'array_iff(dynamic([true, false, true]), dynamic([1, 2, 3]), dynamic([4, 5, 6]))': '[1,5,3]',
      "array_iff(dynamic([1, 0, 50]), 'yes', 'no')": '["yes","no","yes"]',
      "array_iff(dynamic(['some string value', datetime(2022-01-01), null]), 1, 0)": '[null,null,null]',
      'array_iif(dynamic([true, true, true]), dynamic([1, 2]), dynamic([3, 4]))': '[1,2,null]',
      'array_sum(dynamic([1, 2, 3, 4]))': '10',
      'array_sum(dynamic([1.5, 2]))': '3.5',
      "array_sum(dynamic([1, 'a']))": 'null',
      'array_sum(dynamic([]))': '0',
      "strcat_array(dynamic([1, 2, 3]), '->')": "'1->2->3'",
      "strcat_array(dynamic(['a', null, 1.5, [1]]), ',')": "'a,,1.5,[1]'",
      "strcat_array(dynamic(null), ',')": "''",
      "array_strcat(dynamic(['a', 'b']), '-')": "'a-b'",
      'arraylength(dynamic([1]))': '1',
    });
  });

  it('sorting', async () => {
    await checkValues(harness, {
      'array_sort_asc(dynamic([1, 3, 4, 5, 2]))': '[1,2,3,4,5]',
      'array_sort_desc(dynamic([1, 3, 4, 5, 2]))': '[5,4,3,2,1]',
      "array_sort_asc(split('John,Paul,Jane,Kao', ','))": '["Jane","John","Kao","Paul"]',
      "array_sort_asc(dynamic([null, 'blue', 'yellow', 'green', null]))":
        '["blue","green","yellow",null,null]',
      "array_sort_asc(dynamic([null, 'blue', 'yellow', 'green', null]), false)":
        '[null,null,"blue","green","yellow"]',
      "array_sort_asc(dynamic(['a', 2, '0b0d3d4e-0000-0000-0000-000000000000', [1], 1.5]))":
        '[1.5,2,"a","0b0d3d4e-0000-0000-0000-000000000000",[1]]',
      "array_sort_desc(dynamic(['a', 'c', 'b', 1]))": '[1,"c","b","a"]',
      'array_sort_asc(pack_array(1d, 2h, 30m))': '["00:30:00","02:00:00","1.00:00:00"]',
      'array_sort_desc(dynamic([9223372036854775806, 9223372036854775807]))':
        '[9223372036854775807,9223372036854775806]',
      'array_sort_asc(dynamic([10, 9.5, 100]))': '[9.5,10,100]',
      "array_sort_asc(parse_json('5'))": 'null',
    });
  });

  it('series', async () => {
    await checkValues(harness, {
      'range(1, 8, 3)': '[1,4,7]',
      'range(1, 3)': '[1,2,3]',
      'range(3, 1)': '[]',
      'range(3, 1, -1)': '[3,2,1]',
      'range(1, 2, 0.5)': '[1.0,1.5,2.0]',
      'range(1h, 3h)': '["01:00:00","02:00:00","03:00:00"]',
      'range(datetime(2007-01-01), datetime(2007-01-03), 1d)':
        '["2007-01-01T00:00:00.0000000Z","2007-01-02T00:00:00.0000000Z","2007-01-03T00:00:00.0000000Z"]',
      'range(1, long(null))': 'null',
      'array_length(range(1, 1000000000))': '1048576',
      'repeat(1, 3)': '[1,1,1]',
      "repeat('x', 2)": '["x","x"]',
      'repeat(1, 0)': '[]',
      'repeat(1, -1)': 'null',
    });
  });

  it('sets', async () => {
    await checkValues(harness, {
      'set_union(dynamic([1, 2, 1, 4]), dynamic([1, 2]), dynamic([8]))': '[1,2,4,8]',
      "set_union(dynamic(['A4', 'A2', 'A7', 'A2']), dynamic(['A4']))": '["A4","A2","A7"]',
      'set_intersect(dynamic([1, 2, 1, 4]), dynamic([1, 2]), dynamic([8, 1]))': '[1]',
      'set_intersect(dynamic([1, 2, 3]), dynamic([4, 5]))': '[]',
      'set_difference(dynamic([1, 2, 1, 4]), dynamic([1, 2]), dynamic([8]))': '[4]',
      'set_difference(dynamic([1, 2, 3]), dynamic([1, 2, 3]))': '[]',
      "set_union(dynamic([{'a': 1, 'b': 2}]), dynamic([{'b': 2, 'a': 1}]))": '[{"a":1,"b":2}]',
      'set_union(dynamic([1]), dynamic(null))': 'null',
      "set_has_element(dynamic(['this', 'is']), 'is')": 'true',
      'set_has_element(dynamic([1, 2]), 3)': 'false',
      "set_has_element(dynamic([1, 2]), '2')": 'false',
      'set_has_element(pack_array(1h), 1h)': 'true',
      'set_has_element(dynamic(null), 3)': 'null',
      'set_equals(dynamic([1, 2, 2]), dynamic([2, 1]))': 'true',
      'set_equals(dynamic([1, 2]), dynamic([1]))': 'false',
      'jaccard_index(dynamic([1, 2, 3]), dynamic([1, 2, 3, 4]))': '0.75',
      'jaccard_index(dynamic([1, 1]), dynamic([2]))': '0',
    });
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      "print array_length('abc')": ['SEM0100', /dynamic array/],
      'print range(1, 5, 1d)': ['SEM0001', /timespan/],
      "print array_rotate_left(dynamic([1]), 'x')": ['SEM0100', /integer/],
    });
  });
});
