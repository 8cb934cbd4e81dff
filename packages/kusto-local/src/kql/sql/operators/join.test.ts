import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Arbitrary } from 'fast-check';
import { asyncProperty, assert as check, constantFrom, record } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import type { Column } from '../../../types.ts';
import { checkRefusals } from '../../testing/cases.ts';
import { createHarness, stormEvents } from '../../testing/harness.ts';
import { checkRows } from '../../testing/rows.ts';
import type { SmallTable } from '../../testing/tables.ts';
import { cellTypes, missingCell, rowsOf, sortedRows, tableText } from '../../testing/tables.ts';
import { testHarness } from '../../testing/test-harness.ts';

interface Sides {
  readonly left: SmallTable;
  readonly right: SmallTable;
  /** How many of the first columns are keys. */
  readonly keys: number;
}

function sides(): Arbitrary<Sides> {
  const type = constantFrom(...cellTypes);
  return record({ first: type, second: type, keys: constantFrom(1, 2) }).chain(({ first, second, keys }) => {
    const shared: readonly Column[] = [
      { name: 'k', type: first },
      { name: 'm', type: second },
    ];
    const table = (extra: Column): Arbitrary<SmallTable> =>
      rowsOf([...shared, extra], 6).map((rows) => ({ columns: [...shared, extra], rows }));
    return record({
      left: table({ name: 'v', type: 'long' }),
      right: table({ name: 'w', type: 'string' }),
    }).map(({ left, right }) => ({ left, right, keys }));
  });
}

/** `==`: neither null nor NaN equals anything. */
function matches(a: readonly string[], b: readonly string[], keys: number): boolean {
  return a.slice(0, keys).every((cell, at) => cell === b[at] && cell !== 'null' && cell !== 'NaN');
}

function missing(table: SmallTable): readonly string[] {
  return table.columns.map((column) => missingCell(column.type));
}

/** The join by its documentation, in JavaScript: nested loops. */
function expectedJoin({ left, right, keys }: Sides, kind: string): readonly (readonly string[])[] {
  const pairs = left.rows.flatMap((l) =>
    right.rows.filter((r) => matches(l, r, keys)).map((r) => [...l, ...r]),
  );
  const lonelyLeft = left.rows.filter((l) => !right.rows.some((r) => matches(l, r, keys)));
  const lonelyRight = right.rows.filter((r) => !left.rows.some((l) => matches(l, r, keys)));
  const leftOuter = lonelyLeft.map((l) => [...l, ...missing(right)]);
  const rightOuter = lonelyRight.map((r) => [...missing(left), ...r]);
  switch (kind) {
    case 'inner':
      return pairs;
    case 'leftouter':
      return [...pairs, ...leftOuter];
    case 'rightouter':
      return [...pairs, ...rightOuter];
    case 'fullouter':
      return [...pairs, ...leftOuter, ...rightOuter];
    case 'leftsemi':
      return left.rows.filter((l) => !lonelyLeft.includes(l));
    case 'rightsemi':
      return right.rows.filter((r) => !lonelyRight.includes(r));
    case 'leftanti':
    case 'anti':
    case 'leftantisemi':
      return lonelyLeft;
    default:
      return lonelyRight;
  }
}

const kinds = [
  'inner',
  'leftouter',
  'rightouter',
  'fullouter',
  'leftsemi',
  'rightsemi',
  'leftanti',
  'anti',
  'leftantisemi',
  'rightanti',
  'rightantisemi',
] as const;

describe('join and lookup', () => {
  const harness = testHarness([
    stormEvents,
    {
      name: 'L',
      columns: [
        { name: 'a', type: 'long' },
        { name: 's', type: 'string' },
      ],
      rows: [`(1, 'x', 1, 1, 'e')`, `(1, 'y', 1, 1, 'e')`, `(2, 'z', 1, 1, 'e')`, `(NULL, '', 1, 1, 'e')`],
    },
    {
      name: 'R',
      columns: [
        { name: 'a', type: 'long' },
        { name: 'b', type: 'string' },
        { name: 'i', type: 'int' },
      ],
      rows: [`(1, 'x', 1, 1, 1, 'e')`, `(3, 'z', 2, 1, 1, 'e')`, `(NULL, '', NULL, 1, 1, 'e')`],
    },
  ]);

  function on(keys: number): string {
    return keys === 1 ? 'k' : 'k, $left.m == $right.m';
  }

  it('every kind agrees with nested loops', async () => {
    await check(
      asyncProperty(sides(), constantFrom(...kinds), async (tables, kind) => {
        const query = `${tableText(tables.left)} | join kind=${kind} (${tableText(tables.right)}) on ${on(tables.keys)}`;
        const answer = await harness.run(query);
        assert.deepEqual([...answer.rows].sort(), sortedRows(expectedJoin(tables, kind)), query);
      }),
      { numRuns: 120 },
    );
  });

  it('innerunique, the default, takes one left row of each key', async () => {
    await check(
      asyncProperty(sides(), constantFrom('', 'kind=innerunique '), async (tables, kind) => {
        const { left, right, keys } = tables;
        const query = `${tableText(left)} | join ${kind}(${tableText(right)}) on ${on(keys)}`;
        const { rows } = await harness.run(query);
        const inner = sortedRows(expectedJoin(tables, 'inner'));
        assert.ok(
          rows.every((row) => inner.includes(row)),
          query,
        );
        // As many rows as the right side has with a key that the left side knows: one left row for each.
        assert.equal(rows.length, expectedJoin(tables, 'rightsemi').length, query);
        const leftPart = (row: string) => row.split(' | ').slice(0, left.columns.length);
        const chosen = new Map<string, string>();
        for (const row of rows) {
          const part = leftPart(row);
          const key = part.slice(0, keys).join(' | ');
          assert.equal(chosen.get(key) ?? part.join(' | '), part.join(' | '), query);
          chosen.set(key, part.join(' | '));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('lookup agrees with nested loops, without the right keys', async () => {
    await check(
      asyncProperty(sides(), constantFrom('', 'leftouter', 'inner'), async (tables, kind) => {
        const query = `${tableText(tables.left)} | lookup ${kind === '' ? '' : `kind=${kind} `}(${tableText(tables.right)}) on ${on(tables.keys)}`;
        const answer = await harness.run(query);
        const rows = expectedJoin(tables, kind === '' ? 'leftouter' : kind).map((row) =>
          row.filter((_cell, at) => at < 3 || at >= 3 + tables.keys),
        );
        assert.deepEqual([...answer.rows].sort(), sortedRows(rows), query);
      }),
      { numRuns: 40 },
    );
  });

  it('columns: keys come twice, names of both sides are numbered', async () => {
    await checkRows(harness, [
      {
        query: 'L | join kind=inner R on a | sort by s asc',
        columns: 'a:long, s:string, a1:long, b:string, i:int',
        rows: ["1 | 'x' | 1 | 'x' | 1", "1 | 'y' | 1 | 'x' | 1"],
      },
      {
        query: 'L | join kind=inner (L) on a, s | join kind=inner L on a | count',
        rows: ['5'],
      },
      {
        query: 'L | join kind=inner (L) on a | getschema | project ColumnName',
        rows: ["'a'", "'s'", "'a1'", "'s1'"],
      },
      {
        query: 'L | join kind=rightsemi R on $left.s == $right.b | sort by a asc',
        columns: 'a:long, b:string, i:int',
        // The empty string is a value.
        rows: ["null | '' | null", "1 | 'x' | 1", "3 | 'z' | 2"],
      },
      {
        query: 'L | join kind=inner R on $left.a == $right.i | project a, i, b | sort by b asc, a asc',
        rows: ["1 | 1 | 'x'", "1 | 1 | 'x'", "2 | 2 | 'z'"],
      },
      { query: 'L | join kind=inner R on $left.a == $right.a and $left.s == $right.b | count', rows: ['1'] },
      {
        query: 'L | lookup R on a | sort by s asc',
        columns: 'a:long, s:string, b:string, i:int',
        rows: ["null | '' | '' | null", "1 | 'x' | 'x' | 1", "1 | 'y' | 'x' | 1", "2 | 'z' | '' | null"],
      },
      {
        query: 'L | lookup kind=inner R on $left.s == $right.b | sort by s asc',
        columns: 'a:long, s:string, a1:long, i:int',
        rows: ["null | '' | null | null", "1 | 'x' | 1 | 1", "2 | 'z' | 3 | 2"],
      },
    ]);
  });

  it('of the first rows of a table takes no other rows', async () => {
    const wide = await createHarness([
      {
        name: 'W',
        columns: [
          { name: 'x', type: 'long' },
          { name: 'i', type: 'long' },
        ],
        rows: Array.from(
          { length: 40 },
          (_unused, at) => `(${at % 7 === 3 ? 'NULL' : at % 5}, ${at}, ${at}, 638000000000000000, 'e')`,
        ),
      },
      { name: 'N', columns: [{ name: 'x', type: 'long' }], rows: [`(1, 1, 1, 'e')`, `(2, 1, 1, 'e')`] },
    ]);
    try {
      // The first five are nulls. Threads race here: once is not enough.
      for (let run = 0; run < 20; run += 1) {
        await checkRows(wide, [
          { query: 'W | sort by x asc, i asc | take 5 | join kind=inner N on x', rows: [] },
          { query: 'W | sort by x asc, i asc | take 5 | where x in ((N | project x))', rows: [] },
        ]);
      }
    } finally {
      wide.close();
    }
  });

  it('hints do not change the answer', async () => {
    for (const hint of [
      'hint.strategy=broadcast',
      'hint.strategy=shuffle',
      'hint.shufflekey=a',
      'hint.remote=left',
    ]) {
      await checkRows(harness, [{ query: `L | join kind=inner ${hint} R on a | count`, rows: ['2'] }]);
    }
  });

  it('refuses what means nothing, and says where', () => {
    checkRefusals(harness, {
      'L | join kind=cross R on a': ['SYN0002', /1:15/],
      'L | join R': ['SYN0002', /1:\d+/],
      'L | join R on b': ['SEM0100', /'b'.*1:15/],
      'L | join R on a > 1': ['SEM0100', /1:15/],
      'L | join R on $left.s == $right.a': ['SEM0100', /string, long/],
      'L | join R on $left.a + 1 == $right.a': ['SEM0100', /1:15/],
      'L | join (R | extend a = toint(a)) on a': ['SEM0100', /same type/],
      'L | join (StormEvents) on $left.s == $right.Details': ['SEM0100', /dynamic.*1:38/],
      'L | lookup kind=fullouter R on a': ['SYN0002', /1:17/],
      'L | lookup R on nope': ['SEM0100', /'nope'/],
    });
  });
});
