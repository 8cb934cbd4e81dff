import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KustoClient } from './client.ts';
import { FakeKusto } from './testing/fake-kusto.ts';
import { v2Body } from './testing/bodies.ts';

test('a query answers rows, columns and the cursor', async () => {
  await using kusto = await FakeKusto.start();
  kusto.answer({ body: v2Body({ columns: [['k', 'long'], ['s', 'string']], rows: [['9223372036854775807', '"ä\\n"']], cursor: '636040929866477946' }) });
  await using client = new KustoClient({ connection: kusto.uri });
  const result = await client.rows('db', 'T');
  assert.deepEqual(result, {
    columns: [{ name: 'k', type: 'long' }, { name: 's', type: 'string' }],
    rows: [[9223372036854775807n, 'ä\n']],
    cursor: '636040929866477946',
  });
});
