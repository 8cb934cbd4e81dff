import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { checkRefusals } from '../../testing/cases.ts';
import { testHarness } from '../../testing/test-harness.ts';

const extent = "'11111111-1111-1111-1111-111111111111'";

describe('window functions', () => {
  const harness = testHarness([
    {
      name: 'T',
      columns: [
        { name: 'k', type: 'string' },
        { name: 'n', type: 'int' },
        { name: 'r', type: 'real' },
        { name: 'd', type: 'dynamic' },
      ],
      rows: [
        `('a', 1, 1.5, NULL, 1, 1, ${extent})`,
        `('a', 2, NULL, NULL, 1, 1, ${extent})`,
        `('b', NULL, 2.5, NULL, 1, 1, ${extent})`,
        `('b', 5, 0.5, NULL, 1, 1, ${extent})`,
        `('', 7, 1.0, NULL, 1, 1, ${extent})`,
      ],
    },
  ]);

  async function rows(query: string): Promise<readonly string[]> {
    return (await harness.run(query)).rows;
  }

  it('row_number counts from its start, again where the restart is true', async () => {
    assert.deepEqual(await rows('range x from 5 to 3 step -1 | extend n = row_number()'), [
      '5 | 1',
      '4 | 2',
      '3 | 3',
    ]);
    assert.deepEqual(
      await rows('T | sort by k desc, n asc | project k, n, i = row_number(7, prev(k) != k)'),
      ["'b' | null | 7", "'b' | 5 | 8", "'a' | 1 | 7", "'a' | 2 | 8", "'' | 7 | 7"],
    );
    assert.deepEqual(await rows('let s = -2; T | top 2 by n | project n, i = row_number(s) * 10'), [
      '7 | -20',
      '5 | -10',
    ]);
    assert.deepEqual(await rows('T | sort by n asc | where row_number() == 2 | project n'), ['1']);
  });

  it('prev and next: offset, default, the ends', async () => {
    assert.deepEqual(
      await rows(
        "T | sort by n asc nulls last | project n, prev(n), next(n, 2), prev(k, 1, 'none'), next(k)",
      ),
      [
        "1 | null | 5 | 'none' | 'a'",
        "2 | 1 | 7 | 'a' | 'b'",
        "5 | 2 | null | 'a' | ''",
        "7 | 5 | null | 'b' | 'b'",
        "null | 7 | null | '' | ''",
      ],
    );
    assert.deepEqual(await rows('T | sort by n asc nulls last | project prev(n, 2, 0), prev(n, 0)'), [
      '0 | 1',
      '0 | 2',
      '1 | 5',
      '2 | 7',
      '5 | null',
    ]);
  });

  it('row_cumsum adds up, from zero at each restart; a null adds nothing', async () => {
    assert.deepEqual(
      await rows(
        'T | sort by k desc, n asc nulls first | project k, row_cumsum(n), row_cumsum(r, k != prev(k))',
      ),
      ["'b' | 0 | 2.5", "'b' | 5 | 3", "'a' | 6 | 1.5", "'a' | 8 | 1.5", "'' | 15 | 1"],
    );
    assert.deepEqual(await rows('T | where false | serialize s = row_cumsum(n)'), []);
    await assert.rejects(
      rows('range i from 1 to 2 step 1 | project row_cumsum(9223372036854775807)'),
      /out of range|Overflow|overflow/i,
    );
  });

  it('which operators serialize their rows', async () => {
    const numbered = ['1', '2'];
    for (const source of [
      'range x from 1 to 2 step 1',
      'T | getschema | take 2',
      'T | top 2 by n',
      'T | top-hitters 2 of k',
      'T | sort by n | where n > 2 | extend z = 1 | project-away k | project-rename y = z | as A | limit 2',
      'T | sort by n | parse k with a | take 2',
      'T | serialize | take 2',
    ]) {
      assert.deepEqual(await rows(`${source} | extend i = row_number() | project i`), numbered, source);
    }
  });

  it('several in one operator', async () => {
    assert.deepEqual(
      await rows('range x from 1 to 3 step 1 | extend n = next(x), c = row_cumsum(x), p = prev(x)'),
      ['1 | 2 | 1 | null', '2 | 3 | 3 | 1', '3 | null | 6 | 2'],
    );
  });

  it('ranks', async () => {
    const table =
      'datatable(g: string, v: long) ["x", 1, "x", 3, "x", 3, "x", 9, "y", 9, "y", 9, "y", 10] | serialize';
    assert.deepEqual(await rows(`${table} | project row_rank_dense(v), row_rank_min(v)`), [
      '1 | 1',
      '2 | 2',
      '2 | 2',
      '3 | 4',
      '3 | 4',
      '3 | 4',
      '4 | 7',
    ]);
    assert.deepEqual(
      await rows(`${table} | project row_rank_dense(v, prev(g) != g), row_rank_min(v, prev(g) != g)`),
      ['1 | 1', '2 | 2', '2 | 2', '3 | 4', '1 | 1', '1 | 1', '2 | 3'],
    );
    // Null is a value of its own, and differs from the row before.
    assert.deepEqual(await rows('T | sort by n asc | project n, row_rank_dense(n), row_rank_min(k)'), [
      'null | 1 | 1',
      '1 | 2 | 2',
      '2 | 3 | 2',
      '5 | 4 | 4',
      '7 | 5 | 5',
    ]);
  });

  it('row_window_session', async () => {
    const times =
      'datatable(k: string, m: long) ["a", 0, "a", 4, "a", 9, "b", 8, "b", 14, "b", 15] | extend t = iff(m == 4, datetime(null), datetime(2020-01-01) + m * 1m) | serialize';
    assert.deepEqual(
      await rows(`${times} | project m, format_datetime(row_window_session(t, 1h, 5m), "mm")`),
      ["0 | '00'", "4 | ''", "9 | '09'", "8 | '09'", "14 | '14'", "15 | '14'"],
    );
    assert.deepEqual(
      await rows(
        'range m from 0 to 5 step 1 | extend t = datetime(2020-01-01) + m * 1m | project toint((row_window_session(t, 4m, 2m, m == 1) - datetime(2020-01-01)) / 1m)',
      ),
      ['0', '1', '1', '1', '1', '5'],
    );
  });

  it('rows that the sort leaves equal keep one order through several operators and in the answer', async () => {
    const answer = await rows(
      'range x from 1 to 2000 step 1 | extend g = x % 3 | sort by g asc | extend i = row_number() | extend before = prev(i) | where i > 1 and before != i - 1 | count',
    );
    assert.deepEqual(answer, ['0']);
    const numbers = await rows(
      'range x from 1 to 2000 step 1 | extend g = x % 3 | sort by g asc | project row_number()',
    );
    assert.deepEqual(numbers.slice(0, 3), ['1', '2', '3']);
    assert.equal(numbers.at(-1), '2000');
    assert.ok(numbers.every((number, index) => number === String(index + 1)));
  });

  it('agrees with a walk over the rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ v: fc.integer({ min: -3, max: 3 }), r: fc.boolean() }), {
          minLength: 1,
          maxLength: 25,
        }),
        async (list) => {
          const values = list.map(({ v, r }) => `${v}, ${r}`).join(', ');
          const got = await rows(
            `datatable(v: long, r: bool) [${values}] | serialize n = row_number(0, r), c = row_cumsum(v, r), d = row_rank_dense(v, r), m = row_rank_min(v, r), p = prev(v, 2, 99) | project-away v, r`,
          );
          let number = -1;
          let sum = 0;
          let dense = 0;
          let minimal = 0;
          const expected = list.map(({ v, r }, index) => {
            const first = r || index === 0;
            number = first ? 0 : number + 1;
            sum = first ? v : sum + v;
            if (first || list[index - 1]?.v !== v) {
              dense = first ? 1 : dense + 1;
              minimal = number + 1;
            }
            return [number, sum, dense, minimal, list[index - 2]?.v ?? 99].join(' | ');
          });
          assert.deepEqual(got, expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('refusals', () => {
    const serialized = ['SEM0100', /must be serialized/] as const;
    checkRefusals(harness, {
      'T | extend row_number()': serialized,
      'T | sort by n | summarize c = count() by k | extend prev(c)': serialized,
      'T | serialize | join (T) on k | extend next(n)': serialized,
      'T | serialize | distinct k | extend row_cumsum(1)': serialized,
      'datatable(a: int) [1] | extend row_rank_min(a)': serialized,
      'print row_number()': serialized,
      'T | serialize prev(n, -1)': ['SEM0100', /negative/],
      'T | serialize prev(n, n)': ['SEM0001', /constant/],
      'T | serialize row_number(n)': ['SEM0001', /constant/],
      'T | serialize row_number("a")': ['SEM0100', /./],
      'T | serialize row_window_session(n, 1h, 1m)': ['SEM0100', /./],
      'T | serialize t = datetime(2020-01-01) | extend row_window_session(t, n * 1h, 1m)': [
        'SEM0001',
        /constant timespan/,
      ],
      'T | serialize row_cumsum(k)': ['SEM0100', /number/],
      'T | serialize row_cumsum(todecimal(n))': ['SEM0001', /decimal/],
      'T | serialize row_rank_dense(d)': ['SEM0100', /dynamic/],
    });
  });
});
