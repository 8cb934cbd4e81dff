/** Aggregates over a group's rows (aggregation-functions, summarize-operator). */
import type { Cell, CellType, Column } from './cells.ts';
import { cellText, compareCells, long, Undetermined } from './cells.ts';
import type { Random } from './random.ts';
import type { Expression } from './expression.ts';
import { element } from './expression.ts';
import type { Expressions } from './scalars.ts';

export interface Aggregate {
  readonly text: string;
  readonly type: CellType;
  readonly small: boolean;
  readonly unordered: boolean;
  readonly evaluate: (rows: readonly (readonly Cell[])[]) => Cell;
}

type Rows = readonly (readonly Cell[])[];

function present(rows: Rows, a: Expression): readonly Cell[] {
  return rows.map((row) => a.evaluate(row)).filter((cell) => cell !== null);
}

function noNaN(cells: readonly Cell[]): readonly Cell[] {
  if (cells.some((cell) => typeof cell === 'number' && Number.isNaN(cell))) {
    throw new Undetermined('the order of NaN');
  }
  return cells;
}

function extreme(cells: readonly Cell[], sign: number): Cell {
  return noNaN(cells).reduce<Cell>(
    (best, cell) => (best === null || compareCells(cell, best) * sign > 0 ? cell : best),
    null,
  );
}

function sum(cells: readonly Cell[], type: CellType): Cell {
  if (type === 'real') return cells.reduce<number>((total, cell) => total + Number(cell), 0);
  return long(cells.reduce<bigint>((total, cell) => (typeof cell === 'bigint' ? total + cell : total), 0n));
}

/** The one value; the documentation names none when there are several. */
function only(cells: readonly Cell[]): Cell {
  const texts = new Set(cells.map((cell) => cellText(cell)));
  if (texts.size > 1) throw new Undetermined('any of several values');
  return cells[0] ?? null;
}

function distinct(cells: readonly Cell[]): readonly Cell[] {
  return [...new Map(cells.map((cell) => [cellText(cell), cell])).values()];
}

function emptyText(type: CellType, cell: Cell): Cell {
  return cell === null && type === 'string' ? '' : cell;
}

function result(
  text: string,
  type: CellType,
  evaluate: Aggregate['evaluate'],
  options: { readonly small?: boolean; readonly unordered?: boolean } = {},
): Aggregate {
  return { text, type, evaluate, small: options.small ?? false, unordered: options.unordered ?? false };
}

function summed(expressions: Expressions, random: Random): Aggregate | undefined {
  const type = random.pick<CellType>(['long', 'real', 'timespan']);
  const columns = expressions.of(type).filter((column) => column.small || type === 'timespan');
  if (columns.length === 0) return undefined;
  const a = expressions.column(random.pick(columns));
  if (random.chance(0.4) && type !== 'timespan') {
    return result(`avg(${a.text})`, 'real', (rows) => {
      const cells = present(rows, a);
      if (cells.length === 0) return Number.NaN;
      return Number(sum(cells, type)) / cells.length;
    });
  }
  if (random.chance(0.3)) {
    const test = expressions.any('bool', 1);
    return result(`sumif(${a.text}, ${test.text})`, type, (rows) =>
      sum(
        present(
          rows.filter((row) => test.evaluate(row) === true),
          a,
        ),
        type,
      ),
    );
  }
  return result(`sum(${a.text})`, type, (rows) => sum(present(rows, a), type));
}

function argument(
  expressions: Expressions,
  random: Random,
  columns: readonly Column[],
): Aggregate | undefined {
  const keys = columns.filter((column) => column.type === 'long' || column.type === 'datetime');
  const values = columns.filter((column) => column.unordered !== true);
  if (keys.length === 0 || values.length === 0) return undefined;
  const key = expressions.column(random.pick(keys));
  const value = expressions.column(random.pick(values));
  if (key.text === value.text) return undefined;
  const sign = random.chance(0.5) ? 1 : -1;
  const call = `${sign > 0 ? 'arg_max' : 'arg_min'}(${key.text}, ${value.text})`;
  return result(call, value.type, (rows) => {
    const best = extreme(present(rows, key), sign);
    const picked = rows.filter((row) => cellText(key.evaluate(row)) === cellText(best));
    return emptyText(value.type, only(picked.map((row) => value.evaluate(row))));
  });
}

/** @param ordered whether the rows have a documented order */
export function randomAggregate(
  random: Random,
  expressions: Expressions,
  columns: readonly Column[],
  ordered: boolean,
): Aggregate | undefined {
  const type = random.pick<CellType>(['long', 'int', 'real', 'string', 'datetime', 'timespan']);
  const a = expressions.any(type, 1);
  switch (random.below(11)) {
    case 0:
      return result('count()', 'long', (rows) => BigInt(rows.length), { small: true });
    case 1: {
      const test = expressions.any('bool', 2);
      return result(
        `countif(${test.text})`,
        'long',
        (rows) => BigInt(rows.filter((row) => test.evaluate(row) === true).length),
        { small: true },
      );
    }
    case 2:
    case 3:
      return summed(expressions, random);
    case 4:
    case 5: {
      const sign = random.chance(0.5) ? 1 : -1;
      return result(`${sign > 0 ? 'max' : 'min'}(${a.text})`, type, (rows) =>
        emptyText(type, extreme(present(rows, a), sign)),
      );
    }
    case 6:
      return result(`dcount(${a.text})`, 'long', (rows) => BigInt(distinct(present(rows, a)).length));
    case 7: {
      const long64 = expressions.any('long', 1);
      const percent = random.pick([0, 5, 25, 50, 90, 99, 100]);
      return result(`percentile(${long64.text}, ${percent})`, 'long', (rows) => {
        const sorted = present(rows, long64).toSorted(compareCells);
        return sorted[Math.max(Math.ceil((percent * sorted.length) / 100) - 1, 0)] ?? null;
      });
    }
    case 8: {
      const set = random.chance(0.5);
      return result(
        `${set ? 'make_set' : 'make_list'}(${a.text})`,
        'dynamic',
        (rows) => {
          const cells = present(rows, a);
          if (type === 'datetime' || type === 'timespan') throw new Undetermined('the text of times in JSON');
          return { json: (set ? distinct(cells) : cells).map((cell) => element(cell)) };
        },
        { unordered: set || !ordered },
      );
    }
    case 9:
      return argument(expressions, random, columns);
    default: {
      // take_any of one column prefers a value.
      const usable = columns.filter((column) => column.type === type && column.unordered !== true);
      if (usable.length === 0) return undefined;
      const column = expressions.column(random.pick(usable));
      return result(`take_any(${column.text})`, type, (rows) =>
        emptyText(type, only(present(rows, column).filter((cell) => cell !== ''))),
      );
    }
  }
}
