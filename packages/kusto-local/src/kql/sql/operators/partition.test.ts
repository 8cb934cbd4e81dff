import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../../testing/cases.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('partition', () => {
  const harness = testHarness([
    {
      name: 'T',
      columns: [
        { name: 'a', type: 'long' },
        { name: 's', type: 'string' },
      ],
      rows: [
        `(1, 'x', 1, 1, 'e')`,
        `(2, 'y', 1, 1, 'e')`,
        `(3, 'y', 1, 1, 'e')`,
        `(4, '', 1, 1, 'e')`,
        `(NULL, 'z', 1, 1, 'e')`,
      ],
    },
    {
      name: 'U',
      columns: [
        { name: 'a', type: 'long' },
        { name: 'b', type: 'string' },
      ],
      rows: [`(1, 'one', 1, 1, 'e')`, `(3, 'three', 1, 1, 'e')`],
    },
  ]);

  it('runs the subquery over the rows of each key, nulls and empty strings too', async () => {
    for (const strategy of ['', 'hint.strategy=legacy ', 'hint.strategy=native ', 'hint.strategy=shuffle ']) {
      await checkRows(harness, [
        {
          query: `T | partition ${strategy}by s (top 1 by a)`,
          columns: 'a:long, s:string',
          rows: ["4 | ''", "1 | 'x'", "3 | 'y'", "null | 'z'"],
        },
        {
          query: `T | partition ${strategy}by a (summarize n = count() by a)`,
          columns: 'a:long, n:long',
          rows: ['null | 1', '1 | 1', '2 | 1', '3 | 1', '4 | 1'],
        },
        {
          query: `T | partition ${strategy}by s (sort by a desc | extend n = row_number() | project s, a, n) | where s == 'y'`,
          rows: ["'y' | 3 | 1", "'y' | 2 | 2"],
        },
        { query: `T | where false | partition ${strategy}by s (summarize count())`, rows: [] },
      ]);
    }
  });

  it('a partition may name itself, and be joined', async () => {
    await checkRows(harness, [
      {
        query:
          'T | partition by s (as P | extend share = a * 1.0 / toscalar(P | summarize sum(a)) | project a, share) | sort by a asc',
        columns: 'a:long, share:real',
        rows: ['null | null', '1 | 1', '2 | 0.4', '3 | 0.6', '4 | 1'],
      },
      { query: 'T | partition by s (join kind=inner U on a | project b)', rows: ["'one'", "'three'"] },
      { query: 'T | partition hint.materialized=true by s (summarize m = max(a) by s) | count', rows: ['4'] },
    ]);
  });

  it('a subquery with its own source sees the key', async () => {
    await checkRows(harness, [
      {
        query: 'T | partition by a {U | where a == toscalar(a)}',
        columns: 'a:long, b:string',
        rows: ["1 | 'one'", "3 | 'three'"],
      },
      {
        query: 'T | project k = a | partition by k {U | where a == k | project b}',
        rows: ["'one'", "'three'"],
      },
      // Where both have the column, its name alone is the source's.
      { query: 'T | partition by a {U | where a == a} | count', rows: ['10'] },
    ]);
  });

  it('the strategy legacy takes 64 partitions and no more', async () => {
    await checkRows(harness, [
      { query: 'range x from 1 to 64 step 1 | partition by x (count) | count', rows: ['64'] },
      {
        query: 'range x from 1 to 65 step 1 | partition hint.strategy=native by x (count) | count',
        rows: ['65'],
      },
    ]);
    await assert.rejects(
      harness.run('range x from 1 to 65 step 1 | partition by x (summarize count() by x)'),
      /more than 64/,
    );
  });

  it('refuses what it cannot do, and says where', () => {
    checkRefusals(harness, {
      'T | partition hint.strategy=other by s (count)': ['SEM0100', /'other'.*1:15/],
      'T | partition hint.strategy=native by s (join U on a)': ['SEM0100', /native.*1:42/],
      'T | partition hint.strategy=shuffle by s (union U)': ['SEM0100', /shuffle.*1:43/],
      'T | partition hint.strategy=native by s {U}': ['SEM0100', /legacy.*1:41/],
      'T | partition by strlen(s) (count)': ['SYN0002', /1:\d+/],
      'T | extend d = dynamic([1]) | partition by d (count)': ['SEM0100', /dynamic/],
      'T | extend d = pack_array(a) | mv-apply d on (partition by s (count))': [
        'SEM0001',
        /partition inside.*1:47/,
      ],
      'T | partition by s (partition by a (count))': ['SEM0001', /partition inside.*1:21/],
      'T | partition by s (fork (count) (take 1))': ['SEM0100', /fork/],
    });
  });
});
