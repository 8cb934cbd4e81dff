/** sort, take and what looks at the rows in their order (sort-operator, window-functions). */
import type { Cell, Column } from './cells.ts';
import { cellText, compareCells, Undetermined } from './cells.ts';
import type { Place, Row, Step } from './place.ts';
import { integerArithmetic } from './rules.ts';
import { Expressions } from './scalars.ts';

/** Nulls beside NaN, at the end that the key says (sort-operator). */
function compareRows(a: Cell, b: Cell, descending: boolean, nullsFirst: boolean): number {
  const rank = (cell: Cell) => (cell === null ? 0 : typeof cell === 'number' && Number.isNaN(cell) ? 1 : 2);
  if (rank(a) !== rank(b)) return nullsFirst ? rank(a) - rank(b) : rank(b) - rank(a);
  return rank(a) === 2 ? compareCells(a, b) * (descending ? -1 : 1) : 0;
}

export function sort({ random, table }: Place): Step {
  const sortable = table.columns.filter((column) => column.type !== 'dynamic' && column.type !== 'bool');
  if (sortable.length === 0) return { text: 'where true', table };
  const keys = random.some(sortable, 0.6).map((column) => {
    const direction = random.pick(['', ' asc', ' desc']);
    const descending = direction !== ' asc';
    const nulls = random.pick(['', '', ' nulls first', ' nulls last']);
    const nullsFirst = nulls === '' ? !descending : nulls === ' nulls first';
    return {
      place: table.columns.indexOf(column),
      text: `${column.name}${direction}${nulls}`,
      descending,
      nullsFirst,
    };
  });
  const compare = (a: Row, b: Row) => {
    for (const { place, descending, nullsFirst } of keys) {
      const order = compareRows(a[place] ?? null, b[place] ?? null, descending, nullsFirst);
      if (order !== 0) return order;
    }
    return 0;
  };
  const rows = table.rows.toSorted(compare);
  // Rows that the keys do not tell apart must be alike, or their order is open.
  const ordered = rows.every((row, index) => {
    const next = rows[index + 1];
    return next === undefined || compare(row, next) !== 0 || rowText(row) === rowText(next);
  });
  return {
    text: `sort by ${keys.map((key) => key.text).join(', ')}`,
    table: { ...table, rows, ordered: ordered && table.columns.every((column) => column.unordered !== true) },
  };
}

function rowText(row: Row): string {
  return row.map((cell) => cellText(cell)).join('|');
}

export function take(place: Place): Step {
  const { random, table } = place;
  if (!table.ordered) return sort(place);
  const count = random.below(8);
  return { text: `take ${count}`, table: { ...table, rows: table.rows.slice(0, count) } };
}

export function window(place: Place): Step {
  const { random, table, names, supported } = place;
  if (!table.ordered) return sort(place);
  const name = names.fresh();
  const add = (text: string, column: Column, cells: readonly Cell[]): Step => ({
    text: `extend ${name} = ${text}`,
    table: {
      ...table,
      columns: [...table.columns, column],
      rows: table.rows.map((row, index) => [...row, cells[index] ?? null]),
    },
  });
  const expressions = new Expressions(random, table.columns);
  const usable = table.columns.filter((column) => column.unordered !== true && column.type !== 'dynamic');
  const [kind, column] = [random.below(4), usable.length === 0 ? undefined : random.pick(usable)];
  if (kind === 0 || column === undefined || !supported.has('prev')) {
    const first = random.below(3);
    return add(
      `row_number(${first})`,
      { name, type: 'long', small: true },
      table.rows.map((_row, index) => BigInt(index + first)),
    );
  }
  const value = expressions.column(column);
  if (kind === 1 && column.type === 'long' && column.small) {
    let total: bigint | null = 0n;
    return add(
      `row_cumsum(${column.name})`,
      { name, type: 'long', small: false },
      table.rows.map((row) => {
        const cell = value.evaluate(row);
        if (typeof cell !== 'bigint') throw new Undetermined('a running sum over a null');
        total = integerArithmetic('+', total, cell);
        return total;
      }),
    );
  }
  const offset = 1 + random.below(2);
  const back = random.chance(0.5);
  return add(
    `${back ? 'prev' : 'next'}(${column.name}, ${offset})`,
    { ...column, name },
    table.rows.map((_row, index) => {
      const from = table.rows[back ? index - offset : index + offset];
      return from === undefined ? (column.type === 'string' ? '' : null) : value.evaluate(from);
    }),
  );
}
