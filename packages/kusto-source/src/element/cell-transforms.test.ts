import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KustoType } from '@drasi-kusto/kusto-client';
import * as fc from 'fast-check';
import { cellSource, cellTransform } from './cell-transforms.ts';
import { OutputBuffer } from './output-buffer.ts';
import { cellToken } from './testing/arbitraries.ts';
import { rowBatch } from './testing/row-batch.ts';

/** The value written for a token, in a batch that holds `beside` too. */
function written(type: KustoType, token: string | Uint8Array, beside = '"plain"'): string {
  const columns = [
    { name: 'c', type },
    { name: 'other', type: 'string' as const },
  ];
  const batch = rowBatch(columns, [[token, beside]]);
  const out = new OutputBuffer(1);
  cellTransform({ name: 'c', type })(
    cellSource(batch),
    batch.offsets[0] as number,
    batch.offsets[1] as number,
    out,
  );
  return out.take().toString('latin1');
}

function table(type: KustoType, rows: readonly (readonly [token: string, value: string])[]): void {
  test(type, () => {
    for (const [token, value] of rows) {
      assert.equal(written(type, token), value, token);
      assert.equal(written(type, token, '"é"'), value, `${token} in a batch beyond ASCII`);
    }
    assert.equal(written(type, 'null'), 'null');
  });
}

function refused(type: KustoType, tokens: readonly string[]): void {
  test(`${type} refuses ${tokens.join(' ')}`, () => {
    for (const token of tokens)
      assert.throws(
        () => written(type, token),
        { name: 'KustoError', code: 'KUSTO_BAD_CELL', message: /"c"/ },
        token,
      );
  });
}

describe('the value of a cell', () => {
  table('long', [
    ['0', '0'],
    ['-5', '-5'],
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['"9007199254740993"', '9007199254740993'],
  ]);
  refused('long', ['1-2', '1.5', '1e3', 'true', '"x"', '[]', '"1-2"']);
  table('int', [['2147483647', '2147483647']]);
  table('real', [
    ['5', '5.0'],
    ['-0', '-0.0'],
    ['-0.0', '-0.0'],
    ['0.1', '0.1'],
    ['1e300', '1e300'],
    ['1E+2', '1E+2'],
    ['2.00000000000000001', '2.00000000000000001'],
    ['123456789012345678901234567890', '123456789012345678901234567890.0'],
    ['1e999', 'null'],
    ['"NaN"', 'null'],
    ['"Infinity"', 'null'],
    ['"-Infinity"', 'null'],
    ['"5"', '5.0'],
    ['"-0"', '-0.0'],
    ['"1e300"', '1e+300'],
  ]);
  refused('real', ['"x"', 'true', '{}']);
  table('bool', [
    ['true', 'true'],
    ['false', 'false'],
    ['1', 'true'],
    ['0', 'false'],
    ['"True"', 'true'],
  ]);
  refused('bool', ['2', '-1', '10', '"yes"']);
  table('decimal', [
    ['"2.00000000000000001"', '"2.00000000000000001"'],
    ['2.00000000000000001', '"2.00000000000000001"'],
    ['-5', '"-5"'],
  ]);
  refused('decimal', ['true', '[]']);
  table('datetime', [['"2020-03-04T14:05:01.3109965Z"', '"2020-03-04T14:05:01.3109965Z"']]);
  refused('datetime', ['5', 'false']);
  table('timespan', [
    ['"-1.01:23:45.6789000"', '"-1.01:23:45.6789000"'],
    ['50000', '"50000"'],
  ]);
  refused('timespan', ['1.5']);
  table('guid', [['"74be27de-1e4e-49d9-b579-fe0b331d3642"', '"74be27de-1e4e-49d9-b579-fe0b331d3642"']]);
  table('string', [
    ['""', '""'],
    ['"null"', '"null"'],
    ['"a\\n\\u00E9"', '"a\\n\\u00E9"'],
    ['"é"', '"\\u00e9"'],
    ['"\\ud83d"', '"\\ufffd"'],
    ['"\\uD83D"', '"\\ufffd"'],
  ]);
  refused('string', ['5', '{}', 'true']);
  table('dynamic', [
    ['{"a":[1,2.50,"x",null]}', '{"a":[1,2.50,"x",null]}'],
    ['{\n "a": 9223372036854775807\n}', '{"a":9223372036854775807}'],
    ['123', '123'],
    ['true', 'true'],
    ['"123"', '"123"'],
    ['"true"', '"true"'],
    ['"null"', '"null"'],
    ['""', '""'],
    ['"test bad json"', '"test bad json"'],
    ['"{\\"rowId\\":2,\\"arr\\":[0,2]}"', '{"rowId":2,"arr":[0,2]}'],
    ['"\\n [\\u0022\\\\n\\u0022]"', '["\\n"]'],
    ['"\\"quoted\\""', '"\\"quoted\\""'],
    ['"{not json}"', '"{not json}"'],
    ['"[1,]"', '"[1,]"'],
    ['"{\\"a\\":\\"\\\\é\\"}"', '"{\\"a\\":\\"\\\\\\u00e9\\"}"'],
    ['{"é":"\\ud800"}', '{"\\u00e9":"\\ufffd"}'],
    ['[1e999]', '"[1e999]"'],
    ['1e999', '"1e999"'],
    ['"[1e999]"', '"[1e999]"'],
  ]);

  test('a dynamic too deep for Drasi goes out as its text', () => {
    const deep = `${'{"é":['.repeat(100)}1${']}'.repeat(100)}`;
    const value = written('dynamic', deep);
    assert.equal(JSON.parse(value), deep);
    assert.equal(written('dynamic', JSON.stringify(deep)), value);
  });

  test('broken UTF-8 becomes U+FFFD in strings and in dynamic', () => {
    const broken = Buffer.from([0x22, 0x61, 0xff, 0x62, 0x22]);
    assert.equal(written('string', broken), '"a\\ufffdb"');
    assert.equal(
      written('dynamic', Buffer.concat([Buffer.from('['), broken, Buffer.from(']')])),
      '["a\\ufffdb"]',
    );
  });

  test('is the same whatever else the batch holds', () => {
    const types: readonly KustoType[] = ['string', 'dynamic', 'real', 'decimal', 'guid', 'timespan'];
    const cell = fc.constantFrom(...types).chain((type) => fc.tuple(fc.constant(type), cellToken(type)));
    fc.assert(
      fc.property(cell, ([type, token]) => {
        assert.equal(written(type, token, '"é"'), written(type, token));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('cellSource', () => {
  const isPlain = (token: string): boolean =>
    cellSource(rowBatch([{ name: 'c', type: 'string' }], [[token]])).plain;

  test('is plain for ASCII without surrogate escapes', () => {
    assert.equal(isPlain('"abc \\n \\u00e9"'), true);
    assert.equal(isPlain('"é"'), false);
    assert.equal(isPlain('"\\ud83d\\ude00"'), false);
    assert.equal(isPlain('"\\uD83D"'), false);
  });

  test('looks at its own part of a larger memory', () => {
    const memory = Buffer.from('é"ab"é', 'utf8');
    const bytes = memory.subarray(2, 6);
    const source = cellSource({ columns: [], rowCount: 0, bytes, offsets: new Uint32Array(0) });
    assert.equal(source.plain, true);
    assert.equal(source.bytes.toString(), '"ab"');
  });
});
