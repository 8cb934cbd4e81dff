import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, asyncProperty, assert as check, boolean, constantFrom } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import type { Column, KustoType } from '../../../types.ts';
import { matchesPattern } from '../../parser/operators/convert-union.ts';
import { checkRefusals } from '../../testing/cases.ts';
import type { Harness } from '../../testing/harness.ts';
import { checkRows } from '../../testing/rows.ts';
import type { SmallTable } from '../../testing/tables.ts';
import { missingCell, rowsOf, sortedRows, tableText } from '../../testing/tables.ts';
import { testHarness } from '../../testing/test-harness.ts';

const schemas: Readonly<Record<string, readonly Column[]>> = {
  Log1: [
    { name: 'a', type: 'long' },
    { name: 's', type: 'string' },
  ],
  Log2: [
    { name: 'a', type: 'int' },
    { name: 'b', type: 'real' },
  ],
  Other: [{ name: 'a', type: 'long' }],
};

/** The union's columns and rows by its documentation, in JavaScript. */
function expectedUnion(legs: readonly SmallTable[], inner: boolean): SmallTable | undefined {
  const names = [...new Set(legs.flatMap((leg) => leg.columns.map((column) => column.name)))];
  const columns: (Column & { readonly from: string })[] = [];
  for (const name of names) {
    if (inner && !legs.every((leg) => leg.columns.some((column) => column.name === name))) continue;
    const types = new Set<KustoType>();
    for (const leg of legs) {
      for (const column of leg.columns) if (column.name === name) types.add(column.type);
    }
    if (inner && types.size > 1) return undefined;
    for (const type of types) {
      const made = types.size === 1 ? name : `${name}_${type}`;
      if (types.size > 1 && names.includes(made)) return undefined;
      columns.push({ name: made, type, from: name });
    }
  }
  if (columns.length === 0) return undefined;
  const rows = legs.flatMap((leg) =>
    leg.rows.map((row) =>
      columns.map(({ from, type }) => {
        const at = leg.columns.findIndex((column) => column.name === from && column.type === type);
        return at === -1 ? missingCell(type) : (row[at] ?? '');
      }),
    ),
  );
  return { columns, rows };
}

function tables(): Arbitrary<SmallTable> {
  const column = (name: string): Arbitrary<Column> =>
    constantFrom<KustoType>('long', 'int', 'string', 'real').map((type) => ({ name, type }));
  return array(constantFrom('x', 'y', 'z', 'x_long'), { minLength: 1, maxLength: 3 })
    .chain((names) => {
      const columns = [...new Set(names)].map((name) => column(name));
      return columns.reduce<Arbitrary<readonly Column[]>>(
        (all, one) => all.chain((list) => one.map((added) => [...list, added])),
        constantFrom([]),
      );
    })
    .chain((columns) => rowsOf(columns, 3).map((rows) => ({ columns, rows })));
}

function refusal(harness: Harness, query: string): string | undefined {
  try {
    harness.compile(query);
    return undefined;
  } catch (error) {
    assert.match(String(error), /SEM0001: the columns of this union/, query);
    return String(error);
  }
}

describe('union', () => {
  const harness = testHarness(
    Object.entries(schemas).map(([name, columns]) => ({
      name,
      columns,
      rows: [`(1${columns.length === 1 ? '' : ", '5'"}, 10, 638000000000000000, 'e')`],
    })),
  );

  it('agrees with an evaluation in JavaScript', async () => {
    let compared = 0;
    await check(
      asyncProperty(array(tables(), { minLength: 2, maxLength: 3 }), boolean(), async (legs, inner) => {
        const expected = expectedUnion(legs, inner);
        const kind = inner ? 'kind=inner ' : '';
        const query = `union ${kind}${legs.map((leg) => `(${tableText(leg)})`).join(', ')}`;
        if (expected === undefined) {
          assert.throws(() => harness.compile(query), /SEM0001/, query);
          return;
        }
        // The parser misses a second type behind two tables with the first: later operators would know other names.
        const missed = legs.some(({ columns }, at) =>
          columns.some(({ name, type }) =>
            legs
              .slice(at + 1)
              .some((leg) => leg.columns.some((one) => one.name === name && one.type === type)),
          ),
        );
        if (missed && refusal(harness, query) !== undefined) return;
        const answer = await harness.run(query);
        assert.deepEqual(
          answer.columns,
          expected.columns.map((column) => `${column.name}:${column.type}`),
          query,
        );
        assert.deepEqual([...answer.rows].sort(), sortedRows(expected.rows), query);
        compared += 1;
      }),
      { numRuns: 60 },
    );
    assert.ok(compared > 10);
  });

  it('takes tables by wildcard, and names the source of each row', async () => {
    await checkRows(harness, [
      {
        query: 'union withsource=src Log*, Other | sort by src asc',
        columns: 'src:string, a_long:long, a_int:int, s:string, b:real',
        rows: [
          "'Log1' | 1 | null | '5' | null",
          "'Log2' | null | 1 | '' | 5",
          "'Other' | 1 | null | '' | null",
        ],
      },
      { query: 'union * | count', rows: ['3'] },
      { query: 'Other | union L*1 | count', rows: ['2'] },
      { query: 'union withsource=src *er', rows: ["'Other' | 1"] },
      {
        query: 'Other | where a == 1 | union withsource=src (Other | extend x = 1 | take 1) | project src',
        rows: ["'Other'", "'Other'"],
      },
      {
        query: 'print x = 1 | as P | union withsource=src (print x = 2 | as Q)',
        rows: ["'P' | 1", "'Q' | 2"],
      },
      {
        query:
          'let V = view () { print x = 1 }; let W = view () { print x = 2 }; union withsource=src V, W()',
        rows: ["'V' | 1", "'W' | 2"],
      },
      { query: "union withsource=['my src'] Other", columns: 'my src:string, a:long', rows: ["'Other' | 1"] },
      // Records of tables stay records.
      { query: 'union Log1, Other | where cursor_after("5") | count', rows: ['2'] },
      { query: 'union Log1, Other | where cursor_after("15") | count', rows: ['0'] },
    ]);
  });

  it('each leg keeps its order', async () => {
    await checkRows(harness, [
      {
        query:
          'union (range x from 1 to 3 step 1 | sort by x desc), (datatable(x: long)[7, 5, 6]), (range x from 8 to 9 step 1 | sort by x asc)',
        rows: ['3', '2', '1', '7', '5', '6', '8', '9'],
      },
      {
        query: 'range x from 1 to 3 step 1 | sort by x desc | union (print x = 0) | take 2',
        rows: ['3', '2'],
      },
    ]);
  });

  it('isfuzzy=true passes over tables that do not exist, and their columns', async () => {
    await checkRows(harness, [
      { query: 'union isfuzzy=true Other, Nope', columns: 'a:long', rows: ['1'] },
      { query: 'union isfuzzy=true Other, (Nope | where a > 1 | count)', columns: 'a:long', rows: ['1'] },
      { query: 'Other | union isfuzzy=true Other | count', rows: ['2'] },
    ]);
    checkRefusals(harness, {
      'union isfuzzy=true Nope': ['SEM0100', /none.*1:1/],
      'union isfuzzy=false Other, Nope': ['SEM0100', /'Nope'.*1:28/],
      'union Other, Nope': ['SEM0100', /'Nope'.*1:14/],
      'union isfuzzy=true Other, (Other | where nope == 1)': ['SEM0100', /'nope'/],
    });
  });

  it('an inner union has the columns of all, for what follows too', async () => {
    await checkRows(harness, [
      { query: 'union kind=inner Log1, Other', columns: 'a:long', rows: ['1', '1'] },
      { query: 'union kind=inner Log1, Other | getschema | project ColumnName', rows: ["'a'"] },
      { query: 'union kind=outer Log1, Other | getschema | project ColumnName', rows: ["'a'", "'s'"] },
    ]);
    checkRefusals(harness, {
      'union kind=inner Log1, Log2': ['SEM0001', /'a' with different types.*1:1/],
      'union kind=inner Log1, Other | project s': ['SEM0100', /'s'.*1:40/],
      'union kind=inner Log1, (print q = 1)': ['SEM0001', /without columns/],
    });
  });

  it('refuses what it cannot do, and says where', () => {
    checkRefusals(harness, {
      'union Zz*': ['SEM0100', /'Zz\*'.*1:7/],
      'union withsource=a Other, Log1': ['SEM0001', /'a'.*1:1/],
      'union withsource=src Other, (print q = 1)': ['SEM0001', /give them one with as.*1:30/],
      'let A = Other; union withsource=src Other, A': ['SEM0001', /give them one with as/],
      'let Log9 = view () { print x = 1 }; union Log*': ['SEM0001', /'Log9'.*1:43/],
      'union (print x = 1), (print x = toint(2)), (print x_long = 3)': ['SEM0001', /'x_long'/],
    });
  });

  it('patterns', () => {
    for (const [pattern, name, matches] of [
      ['*', '', true],
      ['a*', 'ab', true],
      ['a*', 'Ab', false],
      ['a*c*e', 'abcde', true],
      ['a*c*e', 'abcd', false],
      ['a.c', 'abc', false],
      ['*(x)', 'f(x)', true],
    ] as const) {
      assert.equal(matchesPattern(pattern, name), matches, `${pattern} ${name}`);
    }
  });
});
