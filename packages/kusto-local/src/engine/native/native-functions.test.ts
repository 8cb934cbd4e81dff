import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { registerNativeFunctions } from './native-functions.ts';

describe('native functions', () => {
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  before(async () => {
    instance = await DuckDBInstance.create(':memory:');
    connection = await instance.connect();
    registerNativeFunctions(connection, [
      {
        name: 'f_join',
        parameters: ['text', 'long'],
        result: 'text',
        evaluate: (a, b) => `${String(a)}${String(b)}`,
      },
      { name: 'f_null', parameters: ['long'], result: 'bool', takesNulls: true, evaluate: (a) => a === null },
      {
        name: 'f_half',
        parameters: ['real'],
        result: 'real',
        evaluate: (a) => ((a as number) < 0 ? null : (a as number) / 2),
      },
      {
        name: 'f_turn',
        parameters: ['blob'],
        result: 'blob',
        evaluate: (a) => new Uint8Array(a as Uint8Array).reverse(),
      },
      {
        name: 'f_fail',
        parameters: ['int'],
        result: 'int',
        evaluate: (a) => {
          if (a === 3) throw new Error('three is not taken');
          return a;
        },
      },
    ]);
  });
  after(() => {
    connection.closeSync();
    instance.closeSync();
  });

  async function rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    return (await connection.runAndReadAll(sql)).getRows();
  }

  it('compute over columns and constants, rows of all chunks', async () => {
    assert.deepEqual(await rows("SELECT f_join('a', 1)"), [['a1']]);
    assert.deepEqual(
      await rows("SELECT count(*) FROM range(5000) t(x) WHERE f_join('row number ', x) = 'row number ' || x"),
      [[5000n]],
    );
    assert.deepEqual(
      await rows("SELECT hex(f_turn('\\x01\\x02\\xFF'::BLOB)), hex(f_turn(encode(repeat('ab', 20))))"),
      [['FF0201', '6261'.repeat(20)]],
    );
  });

  it('null in gives null out, unless the function takes nulls', async () => {
    assert.deepEqual(await rows("SELECT f_join('a', x) FROM (VALUES (1), (NULL)) t(x)"), [['a1'], [null]]);
    assert.deepEqual(await rows('SELECT f_join(NULL, 1)'), [[null]]);
    assert.deepEqual(await rows('SELECT f_null(x) FROM (VALUES (1), (NULL)) t(x)'), [[false], [true]]);
    assert.deepEqual(await rows('SELECT f_half(x) FROM (VALUES (3.0), (-1.0)) t(x)'), [[1.5], [null]]);
  });

  it('an error fails the query with its words', async () => {
    await assert.rejects(
      () => rows('SELECT max(f_fail(CAST(x AS INTEGER))) FROM range(10) t(x)'),
      /three is not taken/,
    );
    assert.deepEqual(await rows('SELECT f_fail(2)'), [[2]]);
  });
});
