// What the service makes of the texts that the key index knows rows by.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KustoColumn, KustoType } from '@drasi-kusto/kusto-client';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { bucketsQuery, keysPredicate } from '../src/query/key-literals.ts';
import { bucketExpression, identityOperators, rowText } from '../src/query/row-identity.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const ask = async (text: string): Promise<readonly (readonly unknown[])[]> =>
  (await kusto.execute('NetDefaultDB', text)).rows;
const column = (name: string, type: KustoType): KustoColumn => ({ name, type });

describe('row identity', () => {
  it('tells apart rows that differ in any cell, and nulls from texts (R17)', async () => {
    const columns = [
      column('s', 'string'),
      column('t', 'string'),
      column('n', 'long'),
      column('d', 'datetime'),
    ];
    const rows = [
      "'a', 'b', 1, datetime(2026-01-01)",
      "'ab', '', 1, datetime(2026-01-01)",
      "'', 'ab', 1, datetime(2026-01-01)",
      "'a', 'b', long(null), datetime(2026-01-01)",
      "'a', 'b', 1, datetime(null)",
      "'a', 'b', 1, datetime(2026-01-01 00:00:00.0000001)",
      "'a:1', 'b', 1, datetime(2026-01-01)",
    ];
    const table = `datatable(s: string, t: string, n: long, d: datetime) [${rows.join(', ')}]`;
    const plan = { key: [column('s', 'string')], columns, bucketCount: 64 };
    const answer = await ask([table, ...identityOperators(plan)].join('\n'));
    assert.equal(new Set(answer.map((row) => String(row.at(-2)))).size, rows.length, 'first');
    assert.equal(new Set(answer.map((row) => String(row.at(-1)))).size, rows.length, 'second');
    assert.ok(answer.every((row) => row.at(-2) !== row.at(-1)));
  });

  it('is the same after a column without values came, and in another order of columns', async () => {
    const [s, n, x] = [column('s', 'string'), column('n', 'long'), column('x', 'real')];
    const table = 'print s = "a", n = 5, x = real(null)';
    const hashes = await Promise.all(
      [
        [s, n],
        [n, s],
        [s, n, x],
      ].map((columns) => ask(`${table} | project hash(${rowText(columns)})`)),
    );
    assert.equal(new Set(hashes.map((rows) => String(rows[0]?.[0]))).size, 1);
  });

  it('takes more columns than a function has arguments', async () => {
    const columns = Array.from({ length: 300 }, (_, index) => column(`c${index}`, 'long'));
    const cells = columns.map(({ name }, index) => `${name} = ${index}`).join(', ');
    assert.equal((await ask(`print ${cells} | project hash(${rowText(columns)})`)).length, 1);
  });

  it('finds the bucket of a key by the text in its id, and its row', async () => {
    const columns = [
      column('s', 'string'),
      column('n', 'long'),
      column('d', 'datetime'),
      column('g', 'guid'),
      column('r', 'real'),
      column('b', 'bool'),
    ];
    const rows = [
      "'a,b', 5, datetime(2026-01-01 01:02:03.1234567), guid(74be27de-1e4e-49d9-b579-fe0b331d3642), 5.0, true",
      "'', -9223372036854775807, datetime(null), guid(null), real(null), bool(null)",
      "'\\'|', long(null), datetime(1999-12-31), guid(null), 0.1, false",
    ];
    const names = columns.map(({ name, type }) => `${name}: ${type}`).join(', ');
    const table = `datatable(${names}) [${rows.join(', ')}]`;
    const ids = [
      ['a,b', '5', '2026-01-01T01:02:03.1234567Z', '74be27de-1e4e-49d9-b579-fe0b331d3642', '5.0', 'true'],
      ['', '-9223372036854775807', null, null, null, null],
      ["'|", null, '1999-12-31T00:00:00Z', null, '0.1', 'false'],
    ];
    const buckets = await ask(`${table} | project ${bucketExpression(columns, 1_000_003)}`);
    assert.deepEqual(await ask(bucketsQuery(ids, columns, 1_000_003)), buckets);
    for (const [at, id] of ids.entries()) {
      const found = await ask(`${table} | where ${keysPredicate([id], columns)} | project s`);
      assert.deepEqual(found, [[['a,b', '', "'|"][at]]]);
    }
    assert.equal((await ask(`${table} | where ${keysPredicate(ids, columns)}`)).length, 3);
  });
});
