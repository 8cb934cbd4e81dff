/** The answer must not depend on DuckDB's plan: every chain of operators is run as it is, and with each step computed apart. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, asyncProperty, assert as check, constantFrom } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { testHarness } from '../../testing/test-harness.ts';

const firstRows = 'sort by x asc, i asc, s asc, tostring(l) asc';

/** Each keeps the columns x, s, l and i with their types, and none leaves open which rows it gives. */
const steps = [
  'where x > 1',
  'where isnull(x) or x < 3',
  `${firstRows} | take 5`,
  `${firstRows} | extend i = row_number()`,
  'extend x = x + i',
  'project x, i, s, l = pack_array(x, i)',
  'join kind=inner N on x | project x, s, l, i',
  'join kind=leftouter N on x | project x, s = name, l, i',
  'join kind=rightouter N on x | project x, s = name, l, i',
  'join kind=leftanti N on x',
  'join kind=leftsemi (N | where name != "two") on x',
  'lookup N on x | project x, s = strcat(s, name), l, i',
  'union (T | where x == 2)',
  'union kind=inner (T | project x, i, l, s)',
  'mv-expand l',
  'mv-expand x = l to typeof(long)',
  'mv-apply v = l to typeof(long) on (where v >= 1 | summarize x = max(v), i = count())',
  'mv-apply l on (sort by tostring(l) asc | take 1)',
  `partition hint.strategy=native by s (${firstRows} | take 4)`,
  'summarize i = sum(i), l = pack_array(max(i)) by x, s',
  'summarize x = max(x), i = count(), l = pack_array(min(x)) by s',
  'as R | where x >= toscalar(R | summarize avg(x))',
  'as R | join kind=inner (R | summarize i = max(i) by x) on x, i | project x, i, s, l',
  'as R | union R',
  'top-nested 100 of s by sum(i), top-nested 100 of x by c = max(i) | project x, s, i = c, l = pack_array(c)',
  'where x in ((N | project x))',
  'where i !in ((T | where x == 1 | project i))',
  'distinct x, s, i | extend l = pack_array(x, i)',
  'top-hitters 100 of x by i | project x, s = "h", l = pack_array(x), i = approximate_sum_i',
] as const;

describe('plans', () => {
  const lists = ['[3,1,2]', '[]', '[1,1,null]', undefined, '[5]', '[2,9,2,4]', '{"a":1}'];
  const harness = testHarness([
    {
      name: 'T',
      columns: [
        { name: 'x', type: 'long' },
        { name: 's', type: 'string' },
        { name: 'l', type: 'dynamic' },
        { name: 'i', type: 'long' },
      ],
      rows: Array.from({ length: 40 }, (_unused, at) => {
        const list = lists[at % 7];
        const x = at % 7 === 3 ? 'NULL' : at % 5;
        return `(${x}, 's${at % 3}', ${list === undefined ? 'NULL' : `'${list}'`}, ${at}, ${at}, 638000000000000000, 'e')`;
      }),
    },
    {
      name: 'N',
      columns: [
        { name: 'x', type: 'long' },
        { name: 'name', type: 'string' },
      ],
      rows: [
        `(1, 'one', 1, 1, 'e')`,
        `(2, 'two', 1, 1, 'e')`,
        `(2, 'deux', 1, 1, 'e')`,
        `(NULL, 'none', 1, 1, 'e')`,
      ],
    },
  ]);

  async function bag(sql: string): Promise<readonly string[]> {
    const reader = await harness.connection.runAndReadAll(sql);
    return reader
      .getRows()
      .map((row) => row.map(String).join(' | '))
      .sort();
  }

  it('do not change the answer', async () => {
    await check(
      asyncProperty(array(constantFrom(...steps), { minLength: 1, maxLength: 5 }), async (chain) => {
        const query = ['T', ...chain].join(' | ');
        const [result] = harness.compile(query).results;
        assert.ok(result !== undefined);
        const apart = result.sql.replaceAll(' NOT MATERIALIZED (', ' MATERIALIZED (');
        assert.deepEqual(await bag(result.sql), await bag(apart), query);
      }),
      { numRuns: 30 },
    );
  });
});
