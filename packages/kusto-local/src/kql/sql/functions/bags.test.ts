import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('property bags', () => {
  const harness = testHarness([stormEvents]);

  it('packing', async () => {
    await checkValues(harness, {
      "bag_pack('Level', 'Information', 'ProcessID', 1234, 'Data', bag_pack('url', 'www.bing.com'))":
        '{"Level":"Information","ProcessID":1234,"Data":{"url":"www.bing.com"}}',
      "bag_pack('a', long(null), 'b', '')": '{"a":null,"b":""}',
      "bag_pack(strcat('a', 'b'), 1, 'c', 1.0)": '{"ab":1,"c":1.0}',
      "pack_dictionary('a', 1)": '{"a":1}',
      "pack_array(1, '2', 2s)": '[1,"2","00:00:02"]',
      "bag_zip(dynamic(['a', 'b', 'c']), dynamic([1, '2', 3.4]))": '{"a":1,"b":"2","c":3.4}',
      "bag_zip(dynamic(['a', 'b', 'c']), dynamic([1, '2']))": '{"a":1,"b":"2","c":null}',
      "bag_zip(dynamic(['a', 'b']), dynamic([1, '2', 2.5]))": '{"a":1,"b":"2"}',
      "bag_zip(dynamic(['a', 8, 'b']), dynamic([1, '2', 2.5]))": '{"a":1,"b":2.5}',
      "bag_zip(dynamic(['a', 8, 'b']), parse_json('1'))": '{"a":null,"b":null}',
      "bag_zip(parse_json('a'), dynamic([1, '2', 2.5]))": 'null',
    });
  });

  it('keys', async () => {
    await checkValues(harness, {
      "bag_keys(dynamic({'a': 'b', 'c': {'d': 123}}))": '["a","c"]',
      'bag_keys(dynamic({}))': '[]',
      "bag_keys(parse_json('a'))": 'null',
      "bag_keys(parse_json('[]'))": 'null',
      "bag_has_key(dynamic({'key1': 123, 'key2': 'abc'}), 'key2')": 'true',
      "bag_has_key(dynamic({'key1': 123}), 'key2')": 'false',
      "bag_has_key(dynamic({'key2': {'prop1': 'abc'}}), '$.key2.prop1')": 'true',
      "bag_has_key(dynamic({'a b': {'c': 1}}), \"$['a b'].c\")": 'true',
      "bag_has_key(parse_json('[1]'), 'a')": 'null',
      "bag_remove_keys(dynamic({'key1': 123, 'key2': 'abc'}), dynamic(['key2', 'key4']))": '{"key1":123}',
      "bag_remove_keys(dynamic({'key1': 123, 'key2': {'prop1': 'abc', 'prop2': 'xyz'}, 'key3': [100, 200]}), dynamic(['$.key2.prop1', 'key3']))":
        '{"key1":123,"key2":{"prop2":"xyz"}}',
      "bag_set_key(dynamic({'key1': 1, 'key2': 2}), 'key3', 3)": '{"key1":1,"key2":2,"key3":3}',
      "bag_set_key(dynamic({'key1': 1, 'key3': 'abc'}), 'key3', 3)": '{"key1":1,"key3":3}',
      "bag_set_key(dynamic({'key1': 123, 'key2': {'prop1': 123, 'prop2': 'xyz'}}), '$.key2.prop1', 'abc')":
        '{"key1":123,"key2":{"prop1":"abc","prop2":"xyz"}}',
      "bag_set_key(dynamic({'key1': 123}), '$.key2.prop1', 'abc')": '{"key1":123,"key2":{"prop1":"abc"}}',
      "bag_set_key(parse_json('[1]'), 'a', 1)": 'null',
      "bag_set_key(dynamic(null), 'a', 1)": 'null',
      "bag_merge(dynamic({'A1': 12, 'B1': 2}), dynamic({'A2': 81, 'A1': 1}))": '{"A1":12,"B1":2,"A2":81}',
      "bag_merge(dynamic({'n': 9007199254740993}), dynamic({'r': 1.0}))": '{"n":9007199254740993,"r":1.0}',
    });
  });

  it('paths and texts', async () => {
    await checkValues(harness, {
      'treepath(parse_json(\'{"a":"b", "c":123}\'))': '["[\'a\']","[\'c\']"]',
      'treepath(parse_json(\'{"prop1":[1,2,3,4], "prop2":"value2"}\'))':
        '["[\'prop1\']","[\'prop1\'][0]","[\'prop2\']"]',
      'treepath(parse_json(\'{"listProperty":[100,200,300,"abcde",{"x":"y"}]}\'))':
        "[\"['listProperty']\",\"['listProperty'][0]\",\"['listProperty'][0]['x']\"]",
      "dynamic_to_json(dynamic({'Y10': {}, 'X8': {'c3': 1, 'd8': 5, 'a4': 6}, 'A1': 12, 'A14': [15, 13]}))":
        '\'{"A1":12,"A14":[15,13],"X8":{"a4":6,"c3":1,"d8":5},"Y10":{}}\'',
      'dynamic_to_json(5m)': "'00:05:00'",
      'dynamic_to_json(dynamic(null))': "''",
      "dynamic({'a': {'b c': [1, 2]}}).a['b c'][-1]": '2',
      'dynamic([1, 2])[5]': 'null',
      'dynamic([1, 2])[-5]': 'null',
      "dynamic({'a': 1}).b.c": 'null',
      "dynamic('x').b": 'null',
      "parse_json('[1,]')": '"[1,]"',
      "parse_json('[NaN]')": '"[NaN]"',
      'parse_json(\'{"a": Infinity}\')': '"{\\"a\\": Infinity}"',
      'parse_json(\'["nan", 1.50]\')': '["nan",1.50]',
      'parse_json(\'["a,]"]\')': '["a,]"]',
      "gettype(parse_json('1'))": "'int'",
      "gettype(parse_json('3000000000'))": "'long'",
      'gettype(parse_json(\' "abc" \'))': "'string'",
      'gettype(parse_json(\' {"abc":1} \'))': "'dictionary'",
      "gettype(parse_json(' [1, 2, 3] '))": "'array'",
      "gettype(parse_json('1.0'))": "'real'",
      "gettype(parse_json('true'))": "'bool'",
      "gettype(parse_json(''))": "'null'",
      "gettype(dynamic({'a': null}).a)": "'null'",
    });
  });

  it('columns are packed by their names', async () => {
    const first = async (expression: string) =>
      (
        await harness.run(
          `StormEvents | where EventId == 5 | project State, Damage, StartTime | project ${expression}`,
        )
      ).rows[0];
    assert.equal(await first('pack_array(*)'), '["",-7,null]');
    assert.equal(await first('pack_all()'), '{"State":"","Damage":-7,"StartTime":null}');
    assert.equal(await first('pack_all(true)'), '{"Damage":-7}');
    assert.equal(await first('bag_pack_columns(Damage, State)'), '{"Damage":-7,"State":""}');
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      "print bag_pack('a', 1, 'a', 2)": ['SEM0001', /twice/],
      "print bag_pack('a')": ['SEM0100', /between 2/],
      "print bag_merge(dynamic({}), 'x')": ['SEM0100', /dynamic bag/],
    });
  });
});
