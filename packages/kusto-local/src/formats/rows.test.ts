import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../types.ts';
import { jsonObjects, jsonText, parseJsonExact } from './json-values.ts';
import { objectRows, parseRows } from './rows.ts';

const columns: readonly Column[] = [
  { name: 'id', type: 'long' },
  { name: 'name', type: 'string' },
  { name: 'data', type: 'dynamic' },
];
const csv = { format: 'csv', ignoreFirstRecord: false };

test('short records are padded, long ones cut, a header left out', () => {
  assert.deepEqual(
    [...parseRows('1\n2,b,"[1]",extra,more\n,,', columns, csv)],
    [
      [1n, '', null],
      [2n, 'b', '[1]'],
      [null, '', null],
    ],
  );
  const headed = { format: 'csv', ignoreFirstRecord: true };
  assert.deepEqual([...parseRows('id,name\n1,a', columns, headed)], [[1n, 'a', null]]);
});

test('JSON: by name, in lines, one after the other or in an array; big numbers exact', () => {
  const text = `{"id": 9007199254740993, "name": "a", "data": {"big": 12345678901234567890, "s": "}"}}
    {"name": "b", "unknown": 1}[{"id": "7", "data": "1"}, {"data": [1.50]}]`;
  assert.deepEqual(
    [...parseRows(text, columns, { format: 'multijson', ignoreFirstRecord: false })],
    [
      [9007199254740993n, 'a', '{"big":12345678901234567890,"s":"}"}'],
      [null, 'b', null],
      [7n, '', '"1"'],
      [null, '', '[1.5]'],
    ],
  );
});

test('JSON that is broken, or no object, is refused with its ordinal', () => {
  const read = (text: string): unknown[] => [...jsonObjects(text)];
  assert.throws(() => read('{"a": 1}\n{"b": '), /record 2 is not valid JSON/);
  assert.throws(() => read('{"a": 1} 5'), /record 2 is not a JSON object/);
  assert.throws(() => read('[{"a": 1}, [1]]'), /record 2 is not a JSON object/);
  assert.throws(
    () => [...parseRows('', columns, { format: 'parquet', ignoreFirstRecord: false })],
    /one of: csv, tsv/,
  );
});

test('objects: bigint, Date, nested values', () => {
  const rows = objectRows(
    [
      { id: 2n ** 62n, name: new Date(0), data: { a: [1n === 1n] } },
      { id: '5', name: null, data: undefined },
    ],
    columns,
  );
  assert.deepEqual(
    [...rows],
    [
      [2n ** 62n, '1970-01-01T00:00:00.000Z', '{"a":[true]}'],
      [5n, '', null],
    ],
  );
});

test('only numbers that a double would round stay raw', () => {
  assert.deepEqual(parseJsonExact('[1, 0.1, 123456789012345]'), [1, 0.1, 123456789012345]);
  const [value] = parseJsonExact('[9007199254740993]') as unknown[];
  assert.equal(jsonText(value), '9007199254740993');
  assert.equal(jsonText(parseJsonExact('{"a":[0.12345678901234567890]}')), '{"a":[0.12345678901234567890]}');
});
