import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { checkRefusals } from '../../testing/cases.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

const mixed = '["5","2020-01-01T00:00:00Z",1.5,true,null,"NaN",{"x":1}]';

describe('mv-expand and mv-apply', () => {
  const cells = ['[3,1,2]', '{"p":1,"q":null}', '[]', '{}', undefined, '7', 'null'];
  const harness = testHarness([
    {
      name: 'T',
      columns: [
        { name: 'a', type: 'long' },
        { name: 's', type: 'string' },
        { name: 'd', type: 'dynamic' },
      ],
      rows: cells.map(
        (cell, at) =>
          `(${at + 1}, 's${at + 1}', ${cell === undefined ? 'NULL' : `'${cell}'`}, 1, 638000000000000000, 'e')`,
      ),
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

  it('mv-expand: arrays, bags, single values, null, and nothing for what is empty', async () => {
    await checkRows(harness, [
      {
        query: 'T | mv-expand d | project a, d',
        columns: 'a:long, d:dynamic',
        rows: ['1 | 3', '1 | 1', '1 | 2', '2 | {"p":1}', '2 | {"q":null}', '5 | null', '6 | 7', '7 | null'],
      },
      {
        query: 'T | where a < 4 | mv-expand kind=array with_itemindex=i d | project a, d, i',
        columns: 'a:long, d:dynamic, i:long',
        rows: ['1 | 3 | 0', '1 | 1 | 1', '1 | 2 | 2', '2 | ["p",1] | 0', '2 | ["q",null] | 1'],
      },
      {
        query: 'T | where a == 2 | mv-expand bagexpansion=array d | extend k = d[0], v = d[1] | project k, v',
        rows: ['"p" | 1', '"q" | null'],
      },
      { query: 'T | where a == 2 | mv-expand bagexpansion=bag d | count', rows: ['2'] },
      { query: 'T | where a == 2 | mv-expand kind=bag d | count', rows: ['2'] },
    ]);
  });

  it('mv-expand: several columns side by side, names, limits', async () => {
    await checkRows(harness, [
      {
        query:
          'T | where a in (1, 3) | mv-expand d, e = dynamic([10, 20, 30, 40]) to typeof(int) | project a, d, e',
        columns: 'a:long, d:dynamic, e:int',
        rows: [
          '1 | 3 | 10',
          '1 | 1 | 20',
          '1 | 2 | 30',
          '1 | null | 40',
          '3 | null | 10',
          '3 | null | 20',
          '3 | null | 30',
          '3 | null | 40',
        ],
      },
      { query: 'T | where a == 1 | mv-expand x = d | take 1', rows: ["1 | 's1' | [3,1,2] | 3"] },
      { query: 'T | where a == 1 | mv-expand a = d | project a', rows: ['3', '1', '2'] },
      {
        query: 'T | where a == 2 | mv-expand d.p',
        columns: 'a:long, s:string, d:dynamic, d_p:dynamic',
        rows: ['2 | \'s2\' | {"p":1,"q":null} | 1'],
      },
      {
        query: 'T | where a == 1 | mv-expand with_itemindex=a d',
        columns: 'a:long, s:string, d:dynamic, a1:long',
        rows: ["1 | 's1' | 3 | 0", "1 | 's1' | 1 | 1", "1 | 's1' | 2 | 2"],
      },
      { query: 'T | where a < 3 | mv-expand d limit 1 | project d', rows: ['3', '{"p":1}'] },
      { query: 'T | mv-expand d limit 0', rows: [] },
      {
        query: 'range d from 1 to 200 step 1 | summarize d = make_list(d) | mvexpand d | count',
        rows: ['128'],
      },
      {
        query: 'range d from 1 to 200 step 1 | summarize d = make_list(d) | mv-expand d | count',
        rows: ['200'],
      },
      {
        query: 'range d from 1 to 200 step 1 | summarize d = make_list(d) | mvexpand d limit 150 | count',
        rows: ['150'],
      },
    ]);
  });

  it('mv-expand: to typeof() casts and does not read text', async () => {
    const over = `print d = dynamic(${mixed}) | mv-expand x = d to typeof`;
    const cases: Record<string, readonly string[]> = {
      long: ['null', 'null', '1', 'null', 'null', 'null', 'null'],
      int: ['null', 'null', '1', 'null', 'null', 'null', 'null'],
      real: ['null', 'null', '1.5', 'null', 'null', 'NaN', 'null'],
      bool: ['null', 'null', 'null', 'true', 'null', 'null', 'null'],
      datetime: ['null', '2020-01-01T00:00:00.0000000Z', 'null', 'null', 'null', 'null', 'null'],
      string: ["'5'", "'2020-01-01T00:00:00Z'", "'1.5'", "'true'", "''", "'NaN'", `'{"x":1}'`],
      dynamic: ['"5"', '"2020-01-01T00:00:00Z"', '1.5', 'true', 'null', '"NaN"', '{"x":1}'],
    };
    for (const [type, rows] of Object.entries(cases)) {
      const answer = await harness.run(`${over}(${type}) | project x`);
      assert.deepEqual(answer.columns, [`x:${type}`]);
      assert.deepEqual(answer.rows, rows, type);
    }
    await checkRows(harness, [
      {
        query: 'print d = dynamic([9223372036854775807, 2147483648]) | mv-expand x = d to typeof(int)',
        rows: ['[9223372036854775807,2147483648] | null', '[9223372036854775807,2147483648] | null'],
      },
      {
        query: 'print d = pack_array(1h, 2d) | mv-expand d to typeof(timespan)',
        rows: ['01:00:00', '2.00:00:00'],
      },
      {
        query: 'print d = pack_array(decimal(1.25), real(nan)) | mv-expand d to typeof(decimal)',
        rows: ['1.250000000000000000', 'null'],
      },
    ]);
  });

  it('mv-expand keeps the order of the rows, and that of the elements', async () => {
    await checkRows(harness, [
      {
        query: 'T | where a in (1, 2, 6) | sort by a desc | mv-expand d | project a | summarize make_list(a)',
        rows: ['[6,2,2,1,1,1]'],
      },
      {
        query: 'T | sort by a desc | mv-expand d | project a, d | take 4',
        rows: ['7 | null', '6 | 7', '5 | null', '2 | {"p":1}'],
      },
      {
        query:
          'T | where a < 3 | sort by a desc | mv-expand d | extend n = row_number() | project a, d, n | where n > 3',
        rows: ['1 | 1 | 4', '1 | 2 | 5'],
      },
    ]);
  });

  it('mv-apply: a subquery over the elements of each row', async () => {
    await checkRows(harness, [
      {
        query:
          'T | mv-apply x = d to typeof(long) on (where x > a | summarize sum(x), c = count()) | project-away d',
        columns: 'a:long, s:string, sum_x:long, c:long',
        // Rows that expand to nothing have no subtable; one that a filter empties still has its sums.
        rows: [
          "1 | 's1' | 5 | 2",
          "2 | 's2' | 0 | 0",
          "5 | 's5' | 0 | 0",
          "6 | 's6' | 7 | 1",
          "7 | 's7' | 0 | 0",
        ],
      },
      {
        query:
          'T | where a < 3 | mv-apply with_itemindex=i x = d to typeof(long) on (top 2 by x desc) | project a, x, i',
        columns: 'a:long, x:long, i:long',
        rows: ['1 | 3 | 0', '1 | 2 | 2', '2 | null | 0', '2 | null | 1'],
      },
      {
        query: 'T | where a == 1 | mv-apply d to typeof(long) on (sort by d asc)',
        columns: 'a:long, s:string, d:long',
        rows: ["1 | 's1' | 1", "1 | 's1' | 2", "1 | 's1' | 3"],
      },
      {
        query: 'T | where a == 1 | mv-apply d to typeof(long) limit 2 on (extend a = strcat("v", d))',
        columns: 'a:string, s:string, d:long',
        rows: ["'v3' | 's1' | 3", "'v1' | 's1' | 1"],
      },
      {
        query: 'T | where a < 3 | mv-apply d on (project z = d, a = 2)',
        columns: 'a:long, s:string, z:dynamic',
        rows: [
          "2 | 's1' | 3",
          "2 | 's1' | 1",
          "2 | 's1' | 2",
          '2 | \'s2\' | {"p":1}',
          '2 | \'s2\' | {"q":null}',
        ],
      },
      {
        query: 'T | where a < 3 | mv-apply d on (as Q | extend n = toscalar(Q | count) | project n)',
        rows: ["1 | 's1' | 3", "1 | 's1' | 3", "1 | 's1' | 3", "2 | 's2' | 2", "2 | 's2' | 2"],
      },
      {
        query: 'T | where a == 2 | mv-apply e = d on (mv-expand kind=array e | project k = e[0])',
        rows: ['2 | \'s2\' | {"p":1,"q":null} | "p"', '2 | \'s2\' | {"p":1,"q":null} | "q"'],
      },
      {
        query: 'T | where a == 2 | mv-apply e = d on (mv-apply f = e on (count)) | project a, e, Count',
        rows: ['2 | {"p":1} | 1', '2 | {"q":null} | 1'],
      },
      {
        query:
          'T | where a == 1 | mv-apply d to typeof(long) on (join kind=inner U on $left.d == $right.a | project b)',
        rows: ["1 | 's1' | 'three'", "1 | 's1' | 'one'"],
      },
      {
        query:
          'T | where a == 1 | mv-apply x = d, y = dynamic([1, 2, 3, 4]) on (summarize n = count(), l = make_list(y)) | project n, l',
        rows: ['4 | [1,2,3,4]'],
      },
      // Two equal rows stay two.
      {
        query: 'union T, T | where a == 1 | mv-apply d to typeof(long) on (summarize sum(d)) | project sum_d',
        rows: ['6', '6'],
      },
      {
        query:
          'let m = 2; T | where a == 1 | mv-apply d to typeof(long) on (where d >= m | count) | project Count',
        rows: ['2'],
      },
    ]);
  });

  it('mv-apply agrees with an evaluation row by row', async () => {
    const element = fc.option(fc.integer({ min: -3, max: 3 }), { nil: null });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(element, { maxLength: 5 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: -3, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        async (lists, least, keep) => {
          const values = lists.map((list, at) => `${at}, dynamic(${JSON.stringify(list)})`).join(', ');
          const table = `datatable(k: long, l: dynamic)[${values}]`;
          const answer = await harness.run(
            `${table} | mv-apply l to typeof(long) on (where l >= ${least} | top ${keep} by l asc | summarize s = sum(l), n = count(), all = make_list(l)) | project k, n, s, all`,
          );
          const expected = lists.flatMap((list, at) => {
            if (list.length === 0) return [];
            const kept = list
              .filter((one) => one !== null && one >= least)
              .sort((a, b) => (a ?? 0) - (b ?? 0))
              .slice(0, keep);
            const sum = kept.reduce<number>((total, one) => total + (one ?? 0), 0);
            return [`${at} | ${kept.length} | ${sum} | ${JSON.stringify(kept)}`];
          });
          assert.deepEqual(answer.rows, expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses what it cannot do, and says where', () => {
    checkRefusals(harness, {
      'T | mv-expand a': ['SEM0100', /dynamic.*1:15/],
      'T | mv-expand d, d': ['SEM0100', /'d'.*1:18/],
      'T | mv-expand d limit a': ['SEM0100', /'a'.*1:23/],
      'T | mv-expand d limit -1': ['SEM0100', /negative.*1:23/],
      'T | mv-expand d limit "x"': ['SEM0100', /integer|long/],
      'T | mv-apply d.p on (count)': ['SEM0001', /without a name.*1:14/],
      'T | mv-apply d on (union U)': ['SEM0001', /union.*1:20/],
      'T | mv-apply with_itemindex=a d on (count)': ['SEM0001', /'a'.*1:5/],
      'T | mv-apply kind=array d on (count)': ['SEM0001', /'kind'.*1:14/],
    });
  });
});
