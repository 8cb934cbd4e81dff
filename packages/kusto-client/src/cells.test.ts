import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { cellText, cellToken, cellValue, decodeToken, rowsOf } from './cells.ts';
import { KustoError } from './errors.ts';
import type { CellValue, KustoType, RowBatch } from './types.ts';

describe('decodeToken', () => {
  const good: readonly (readonly [KustoType, string, CellValue])[] = [
    ['long', '9223372036854775807', 9223372036854775807n],
    ['long', '-9223372036854775808', -9223372036854775808n],
    ['long', '"12"', 12n],
    ['int', '-0', 0n],
    ['real', '1.5e-3', 0.0015],
    ['real', '2', 2],
    ['real', '"NaN"', Number.NaN],
    ['real', '"Infinity"', Number.POSITIVE_INFINITY],
    ['real', '"-Infinity"', Number.NEGATIVE_INFINITY],
    ['decimal', '"2.00000000000001"', '2.00000000000001'],
    ['decimal', '0.1', '0.1'],
    ['bool', 'true', true],
    ['bool', '0', false],
    ['bool', '1', true],
    ['datetime', '"2020-03-04T14:05:01.3109965Z"', '2020-03-04T14:05:01.3109965Z'],
    ['timespan', '"-1.01:23:45.6789000"', '-1.01:23:45.6789000'],
    ['timespan', '36000000000', '36000000000'],
    ['guid', '"123e27de-1e4e-49d9-b579-fe0b331d3642"', '123e27de-1e4e-49d9-b579-fe0b331d3642'],
    ['string', '""', ''],
    ['string', '"\\u00e4\\n\\"😀"', 'ä\n"😀'],
    ['dynamic', '{"a":12345678901234567890}', { json: '{"a":12345678901234567890}' }],
    ['dynamic', '"text"', { json: '"text"' }],
  ];
  for (const [type, token, value] of good) {
    test(`${type} ${token}`, () => assert.deepEqual(decodeToken(token, type, 'c'), value));
  }

  test('null of every type', () => {
    for (const type of [
      'bool',
      'datetime',
      'decimal',
      'dynamic',
      'guid',
      'int',
      'long',
      'real',
      'string',
      'timespan',
    ] as const) {
      assert.equal(decodeToken('null', type, 'c'), null);
    }
  });

  test('what is no value of its type names the column', () => {
    for (const [type, token] of [
      ['long', '1.5'],
      ['long', '"x"'],
      ['long', '""'],
      ['int', '{}'],
      ['real', '"nan"'],
      ['real', '""'],
      ['decimal', '"1,5"'],
      ['bool', '2'],
      ['bool', '"yes"'],
      ['datetime', '5'],
      ['guid', 'true'],
      ['string', '1'],
      ['timespan', '1.5'],
    ] as const) {
      assert.throws(
        () => decodeToken(token, type, 'my col'),
        (error: unknown) =>
          error instanceof KustoError &&
          error.code === 'KUSTO_BAD_CELL' &&
          error.message.includes('"my col"'),
        `${type} ${token}`,
      );
    }
  });

  test('every 64-bit integer and every finite double survives', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (long, real) => {
          assert.equal(decodeToken(String(long), 'long', 'c'), long);
          assert.equal(decodeToken(String(real), 'real', 'c'), Number(String(real)));
        },
      ),
    );
  });
});

test('cells of a batch', () => {
  const text = '[1,"ä"],[null,"\\n"]';
  const bytes = new TextEncoder().encode(text);
  const batch: RowBatch = {
    columns: [
      { name: 'k', type: 'long' },
      { name: 'k', type: 'string' },
    ],
    rowCount: 2,
    bytes,
    offsets: Uint32Array.of(1, 2, 3, 7, 10, 14, 15, 19),
  };
  assert.equal(cellToken(batch, 0, 1), '"ä"');
  assert.equal(cellText(batch, 0, 1), 'ä');
  assert.equal(cellText(batch, 1, 0), undefined);
  assert.equal(cellValue(batch, 1, 1), '\n');
  assert.deepEqual(rowsOf(batch), [
    [1n, 'ä'],
    [null, '\n'],
  ]);
  assert.throws(() => cellToken(batch, 2, 0), RangeError);
  assert.throws(() => cellToken(batch, 0, 2), RangeError);
});
