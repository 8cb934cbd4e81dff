/** join, all its kinds (join-operator): keys are equal as `==` has it, so a null meets nothing. */
import type { Cell, CellType, Table } from './cells.ts';
import { cellText, Undetermined } from './cells.ts';
import type { Place, Step } from './place.ts';
import { equal } from './rules.ts';

type Row = readonly Cell[];

const kinds =
  'inner innerunique leftouter rightouter fullouter leftsemi rightsemi leftanti rightanti anti leftantisemi rightantisemi'.split(
    ' ',
  );
const keyTypes: ReadonlySet<CellType> = new Set<CellType>([
  'long',
  'string',
  'datetime',
  'int',
  'timespan',
  'real',
]);

/** One row a key: which one is open when they differ. */
function unique(rows: readonly Row[], key: number): readonly Row[] {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const name = cellText(row[key] ?? null);
    const first = found.get(name);
    if (first === undefined) found.set(name, row);
    else if (first.some((cell, index) => cellText(cell) !== cellText(row[index] ?? null))) {
      throw new Undetermined('any row of a key');
    }
  }
  return [...found.values()];
}

function blank(table: Table): Row {
  return table.columns.map((column) => (column.type === 'string' ? '' : null));
}

export function randomJoin({ random, table, others, names }: Place): Step {
  const other = random.pick(others);
  const pairs = table.columns.flatMap((left, l) =>
    other.table.columns.flatMap((right, r) =>
      left.type === right.type && keyTypes.has(left.type) ? [{ left, right, l, r }] : [],
    ),
  );
  if (pairs.length === 0) return { text: 'where true', table };
  const { left, l, r } = random.pick(pairs);
  // Fresh names on the right: which suffix a repeated name gets is another matter.
  const columns = other.table.columns.map((column) => ({ ...column, name: names.fresh() }));
  const right: Table = { ...other.table, columns };
  const list = columns.map((column, index) => `${column.name} = ${other.table.columns[index]?.name ?? ''}`);
  const kind = random.pick(kinds);
  const text = `join kind=${kind} (${other.name} | project ${list.join(', ')}) on $left.${left.name} == $right.${columns[r]?.name ?? ''}`;
  const matches = (a: Row, b: Row) => equal(a[l] ?? null, b[r] ?? null) === true;
  const wide = {
    columns: [...table.columns, ...columns].map((column) => ({ ...column, small: false })),
    ordered: false,
  };
  const kept = (side: Table, rows: readonly Row[]): Step => ({
    text,
    table: { ...side, rows, ordered: false },
  });
  switch (kind) {
    case 'leftsemi':
      return kept(
        table,
        table.rows.filter((a) => right.rows.some((b) => matches(a, b))),
      );
    case 'anti':
    case 'leftanti':
    case 'leftantisemi':
      return kept(
        table,
        table.rows.filter((a) => !right.rows.some((b) => matches(a, b))),
      );
    case 'rightsemi':
      return kept(
        right,
        right.rows.filter((b) => table.rows.some((a) => matches(a, b))),
      );
    case 'rightanti':
    case 'rightantisemi':
      return kept(
        right,
        right.rows.filter((b) => !table.rows.some((a) => matches(a, b))),
      );
    default: {
      const lefts = kind === 'innerunique' ? unique(table.rows, l) : table.rows;
      const rows = lefts.flatMap((a) =>
        right.rows.filter((b) => matches(a, b)).map((b): Row => [...a, ...b]),
      );
      if (kind === 'leftouter' || kind === 'fullouter') {
        for (const a of lefts) {
          if (!right.rows.some((b) => matches(a, b))) rows.push([...a, ...blank(right)]);
        }
      }
      if (kind === 'rightouter' || kind === 'fullouter') {
        for (const b of right.rows) {
          if (!lefts.some((a) => matches(a, b))) rows.push([...blank(table), ...b]);
        }
      }
      return { text, table: { ...wide, rows } };
    }
  }
}
