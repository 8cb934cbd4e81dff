import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KustoType } from '../../types.ts';
import { absentValue, valueParser } from './parse-value.ts';

function parsed(type: KustoType, texts: readonly string[]): unknown[] {
  return texts.map((text) => {
    const value = valueParser(type)(text);
    return value !== null && typeof value === 'object' ? String(value) : value;
  });
}

test('what is a value of the type', () => {
  assert.deepEqual(parsed('bool', ['true', ' FALSE ', '1', '0']), [true, false, true, false]);
  assert.deepEqual(parsed('int', ['-7', ' 2147483647 ', '0x10']), [-7, 2147483647, 16]);
  assert.deepEqual(parsed('long', ['9223372036854775807', '-9223372036854775808']), [
    2n ** 63n - 1n,
    -(2n ** 63n),
  ]);
  assert.deepEqual(parsed('real', ['1e3', '.5', '5.', 'NaN', '-inf']), [1000, 0.5, 5, Number.NaN, -Infinity]);
  assert.deepEqual(parsed('decimal', ['1.5', '-0.1', '1e2', '0.0000000000000000005']), [
    '1.500000000000000000',
    '-0.100000000000000000',
    '100.000000000000000000',
    '0.000000000000000001',
  ]);
  assert.deepEqual(
    parsed('guid', ['{74BE27DE-1e4e-49d9-b579-fe0b331d3642}', '74be27de1e4e49d9b579fe0b331d3642']),
    ['74be27de-1e4e-49d9-b579-fe0b331d3642', '74be27de-1e4e-49d9-b579-fe0b331d3642'],
  );
  assert.deepEqual(parsed('string', [' as it is ', '\ud800']), [' as it is ', '\ufffd']);
  assert.deepEqual(parsed('dynamic', ['{"a":\n 1}', '12345678901234567890', 'plain "text"', 'null', '  ']), [
    '{"a":  1}',
    '12345678901234567890',
    '"plain \\"text\\""',
    null,
    null,
  ]);
});

test('what is none becomes null, never an error', () => {
  const none: readonly [KustoType, readonly string[]][] = [
    ['bool', ['yes', '2']],
    ['int', ['2147483648', '1.5', 'x', '']],
    ['long', ['9223372036854775808', '1e3']],
    ['real', ['1,5', '--1', 'e']],
    ['decimal', ['.', '1e999', '1e21', 'x']],
    ['guid', ['74be27de']],
  ];
  for (const [type, texts] of none) {
    assert.deepEqual(
      parsed(type, texts),
      texts.map(() => null),
      type,
    );
  }
  assert.equal(absentValue('string'), '');
  assert.equal(absentValue('long'), null);
});
