import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DOUBLE, DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { asyncProperty, assert as check, bigInt, double, string } from 'fast-check';
import '../../testing/fixed-seed.ts';
import type { Column, KustoType } from '../../types.ts';
import { encodeRowsSql, type Protocol } from './encode-rows.ts';
import { encodeValue } from './encode-value.ts';
import { typeNames } from './kusto-types.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

before(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});

after(() => {
  connection.closeSync();
  instance.closeSync();
});

async function encoded(
  sql: string,
  columns: readonly Column[],
  protocol: Protocol = 'v2',
): Promise<unknown[]> {
  const result = await connection.run(encodeRowsSql(sql, columns, protocol));
  return (await result.getColumns())[0] ?? [];
}

async function cell(type: KustoType, value: bigint | number | string): Promise<string> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE one (x ${typeNames(type).sql})`);
  await connection.run(
    'INSERT INTO one VALUES ($1)',
    [value],
    typeof value === 'number' ? [DOUBLE] : undefined,
  );
  const [row, mark] = await encoded('SELECT x FROM one', [{ name: 'x', type }]);
  assert.equal(mark, null);
  return String(row).slice(1, -1);
}

test('SQL and JavaScript write a value alike', async () => {
  const same = async (type: KustoType, value: bigint | string): Promise<void> =>
    assert.equal(await cell(type, value), encodeValue(type, value));
  const runs = { numRuns: 60 };
  const datetimes = bigInt({ min: 0n, max: 3_155_378_975_999_999_999n });
  await check(
    asyncProperty(datetimes, (ticks) => same('datetime', ticks)),
    runs,
  );
  const int64 = bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  await check(
    asyncProperty(int64, async (value) => {
      await same('timespan', value);
      await same('long', value);
    }),
    runs,
  );
  await check(
    asyncProperty(string({ unit: 'grapheme' }), async (text) => {
      assert.equal(JSON.parse(await cell('string', text)), text);
    }),
    runs,
  );
});

test('a real is a number that reads back to the same double, with a point or an exponent', async () => {
  await check(
    asyncProperty(double({ noNaN: true, noDefaultInfinity: true }), async (value) => {
      const text = await cell('real', value);
      assert.equal(JSON.parse(text) + 0, value + 0);
      assert.match(text, /[.e]/);
    }),
    { numRuns: 100 },
  );
  assert.equal(await cell('real', Number.NaN), '"NaN"');
});

test('null in every type, names that repeat, the mark behind the last row', async () => {
  const types: KustoType[] = [
    'bool',
    'int',
    'long',
    'real',
    'decimal',
    'datetime',
    'timespan',
    'guid',
    'dynamic',
  ];
  const columns = types.map((type) => ({ name: 'same', type }));
  const nulls = columns.map(() => 'NULL AS same').join(', ');
  const row = `[${types.map(() => 'null').join(',')}]`;
  assert.deepEqual(await encoded(`SELECT ${nulls}`, columns), [row, null]);
  assert.deepEqual(await encoded(`SELECT ${nulls}`, columns, 'v1'), [row, null]);
  assert.deepEqual(await encoded('SELECT NULL', [{ name: 's', type: 'string' }]), ['[""]', null]);
  assert.deepEqual(await encoded('SELECT 1 WHERE false', [{ name: 'x', type: 'long' }]), [null]);
});

test('line breaks between the tokens of dynamic do not reach the wire; a bool is 0 or 1 in v1', async () => {
  assert.deepEqual(
    await encoded(`SELECT '{"a":' || chr(10) || chr(13) || '1}'`, [{ name: 'd', type: 'dynamic' }]),
    ['[{"a":  1}]', null],
  );
  assert.deepEqual(await encoded('SELECT true', [{ name: 'b', type: 'bool' }], 'v1'), ['[1]', null]);
  assert.deepEqual(await encoded('SELECT false', [{ name: 'b', type: 'bool' }]), ['[false]', null]);
});
