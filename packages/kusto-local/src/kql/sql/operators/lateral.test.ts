/** A subquery for each row of a table must give what the same operators give over the rows of each one alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, asyncProperty, assert as check, constantFrom } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

/** Each keeps the columns x and i, so that any chain of them can be bound. */
const steps = [
  'where x > 1',
  'where isnull(x) or x < 3',
  'sort by x asc, i asc | take 1',
  'sort by x asc, i asc',
  'sort by i desc, x asc | take 2',
  'extend x = x + i',
  'distinct x, i',
  'summarize x = sum(x), i = count()',
  'summarize i = max(i) by x',
  'summarize x = max(x) by i = i % 2',
  'as Rows | extend x = x * toscalar(Rows | count)',
  'as Rows | where x == toscalar(Rows | summarize max(x))',
  'sort by x asc, i asc | extend i = row_number()',
  'mv-expand x = pack_array(x, i) to typeof(long)',
  'join kind=leftouter (Names) on $left.x == $right.n | project x, i = i + strlen(name)',
  'lookup kind=inner Names on $left.x == $right.n | project x, i',
  'top-hitters 100 of x | project x, i = approximate_count_x | sort by i desc, x asc',
  'mv-apply y = pack_array(x, i, 2) to typeof(long) on (where y > 1 | summarize x = sum(y), i = count())',
  'project i, x',
];

const lists = ['[3,1,2]', '[]', '[1,1,null]', undefined, '[5]', '[2,9,2,4]', '{"a":1}'];

describe('subqueries of a row', () => {
  const harness = testHarness([
    {
      name: 'T',
      columns: [
        { name: 'a', type: 'long' },
        { name: 's', type: 'string' },
        { name: 'l', type: 'dynamic' },
        { name: 'x0', type: 'long' },
      ],
      rows: lists.flatMap((list, at) =>
        [0, 1].map(
          (copy) =>
            `(${at}, '${copy === 0 ? 'same' : 'other'}', ${list === undefined ? 'NULL' : `'${list}'`}, ${at % 3 === 2 ? 'NULL' : at % 3}, ${at}, 638000000000000000, 'e')`,
        ),
      ),
    },
    {
      name: 'Names',
      columns: [
        { name: 'n', type: 'long' },
        { name: 'name', type: 'string' },
      ],
      rows: [`(1, 'one', 1, 1, 'e')`, `(2, 'two', 1, 1, 'e')`, `(2, 'deux', 1, 1, 'e')`],
    },
  ]);

  const chains = array(constantFrom(...steps), { minLength: 1, maxLength: 4 }).map((chain) =>
    chain.join(' | '),
  );

  it('mv-apply', async () => {
    await check(
      asyncProperty(
        chains,
        constantFrom('', '| where s == "same" ', '| sort by a desc, s asc '),
        async (chain, before) => {
          const query = `T ${before}| mv-apply with_itemindex=i x = l to typeof(long) on (${chain}) | project s, a, x, i`;
          const whole = await harness.run(query);
          const single: string[] = [];
          for (const [at, list] of lists.entries()) {
            if (list === '[]') continue;
            const cells = list === undefined ? 'dynamic(null)' : `dynamic(${list})`;
            const one = await harness.run(
              `print l = ${cells} | mv-expand with_itemindex=i x = l to typeof(long) | ${chain} | project x, i`,
            );
            for (const source of before.includes('same') ? ['same'] : ['same', 'other']) {
              single.push(...one.rows.map((row) => `'${source}' | ${at} | ${row}`));
            }
          }
          assert.deepEqual([...whole.rows].sort(), single.sort(), query);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('their rows can be named and used more than once', async () => {
    const applied = 'T | mv-apply l to typeof(long) on (top 1 by l)';
    await checkRows(harness, [
      { query: `${applied} | as Rows | union Rows | count`, rows: ['24'] },
      {
        query: `${applied} | as Rows | where l == toscalar(Rows | summarize max(l)) | project l`,
        rows: ['9', '9'],
      },
      { query: `${applied} | partition by s (top 1 by l) | project l`, rows: ['9', '9'] },
      { query: 'T | partition by s (top 1 by a) | as Rows | join kind=inner Rows on s | count', rows: ['2'] },
    ]);
  });

  it('partition', async () => {
    await check(
      asyncProperty(chains, constantFrom('a', 's', 'x0'), async (chain, key) => {
        const rows = 'T | extend i = a, x = x0';
        const query = `${rows} | partition by ${key} (${chain} | project x, i)`;
        const whole = await harness.run(query);
        const keys = await harness.run(`T | distinct ${key}`);
        const single: string[] = [];
        for (const value of keys.rows) {
          const same = value === 'null' ? `isnull(${key})` : `${key} == ${value.replaceAll("'", '"')}`;
          single.push(...(await harness.run(`${rows} | where ${same} | ${chain} | project x, i`)).rows);
        }
        assert.deepEqual([...whole.rows].sort(), single.sort(), query);
      }),
      { numRuns: 12 },
    );
  });
});
