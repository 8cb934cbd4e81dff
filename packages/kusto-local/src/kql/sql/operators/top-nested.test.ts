import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, asyncProperty, assert as check, boolean, constantFrom, integer, record } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { checkRefusals } from '../../testing/cases.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

const data =
  'datatable(g: string, h: long, v: long)["a", 1, 10, "a", 2, 5, "a", 2, 7, "b", 1, 100, "b", 3, 1, "c", 9, 2, "c", 9, long(null)]';

describe('top-nested', () => {
  const harness = testHarness([]);

  it('takes the top values, and the top values within each of them', async () => {
    await checkRows(harness, [
      {
        query: `${data} | top-nested 2 of g by sum(v), top-nested 1 of h by m = max(v) asc`,
        columns: 'g:string, aggregated_g:long, h:long, m:long',
        rows: ["'b' | 101 | 3 | 1", "'a' | 22 | 2 | 7"],
      },
      {
        query: `${data} | top-nested 1 of g by avg(v)`,
        columns: 'g:string, aggregated_g:real',
        rows: ["'b' | 50.5"],
      },
      {
        query: `${data} | top-nested 2 of z = bin(h, 2) by sum(v) * 2 + count()`,
        columns: 'z:long, aggregated_z:long',
        rows: ['0 | 222', '2 | 29'],
      },
      {
        query: `${data} | top-nested of g by Ignore = max(1), top-nested 1 of v by max(v) | project-away Ignore | sort by g asc`,
        rows: ["'a' | 10 | 10", "'b' | 100 | 100", "'c' | 2 | 2"],
      },
      { query: `${data} | where false | top-nested 2 of g by sum(v)`, rows: [] },
      { query: `${data} | top-nested 0 of g by sum(v)`, rows: [] },
      {
        query: `${data} | partition hint.strategy=native by g (top-nested 1 of h by sum(v), top-nested 1 of v by sum(v)) | project h, v`,
        rows: ['2 | 7', '1 | 100', '9 | 2'],
      },
      // null goes last, and so does NaN.
      {
        query:
          'datatable(g: string, x: real)["n", real(null), "q", real(nan), "o", 1.0] | top-nested 3 of g by max(x) | project g',
        rows: ["'o'", "'q'", "'n'"],
      },
    ]);
  });

  it('agrees with an evaluation in JavaScript', async () => {
    const rows = array(
      record({
        g: constantFrom('a', 'b', 'c'),
        h: integer({ min: 0, max: 3 }),
        v: integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    const sum = (list: readonly { v: number }[]) => list.reduce((total, row) => total + row.v, 0);
    await check(
      asyncProperty(
        rows,
        integer({ min: 0, max: 3 }),
        integer({ min: 0, max: 3 }),
        boolean(),
        async (all, n, m, descending) => {
          // Sums that tie have no order: powers of two keep them apart.
          const apart = all.map((row, at) => ({ ...row, v: 2 ** at }));
          const top = <Row extends { v: number }>(
            list: readonly Row[],
            key: (row: Row) => string,
            count: number,
            down: boolean,
          ) =>
            [...Map.groupBy(list, key)]
              .sort(([, a], [, b]) => (down ? sum(b) - sum(a) : sum(a) - sum(b)))
              .slice(0, count);
          const expected = top(apart, (row) => row.g, n, true).flatMap(([g, group]) =>
            top(group, (row) => String(row.h), m, descending).map(
              ([h, part]) => `'${g}' | ${sum(group)} | ${h} | ${sum(part)}`,
            ),
          );
          const table = `datatable(g: string, h: long, v: long)[${apart.map((row) => `"${row.g}", ${row.h}, ${row.v}`).join(', ')}]`;
          const answer = await harness.run(
            `${table} | top-nested ${n} of g by sum(v), top-nested ${m} of h by sum(v) ${descending ? 'desc' : 'asc'}`,
          );
          assert.deepEqual(answer.rows, expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses what it cannot do, and says where', () => {
    checkRefusals(harness, {
      'print g = 1 | top-nested 1 of g with others=2 by sum(g)': ['SEM0001', /with others.*1:33/],
      'print g = 1 | top-nested -1 of g by sum(g)': ['SEM0100', /negative.*1:26/],
      'print g = 1 | top-nested 1 of g by g': ['SEM0100', /aggregate.*1:36/],
      'print g = dynamic([1]) | top-nested 1 of g by count()': ['SEM0001', /dynamic.*1:42/],
    });
  });
});
