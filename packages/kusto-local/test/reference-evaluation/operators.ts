/** Random operators: each is KQL and, beside it, the table it makes. */
import type { Cell, CellType, Column, Table } from './cells.ts';
import { cellText } from './cells.ts';
import { randomAggregate } from './aggregates.ts';
import { randomJoin } from './joins.ts';
import { sort, take, window } from './order.ts';
import type { Place, Row, Step } from './place.ts';
import { valueTypes } from './place.ts';
import { Expressions } from './scalars.ts';

function where({ random, table }: Place): Step {
  const test = new Expressions(random, table.columns).any('bool', 3);
  return {
    text: `where ${test.text}`,
    table: { ...table, rows: table.rows.filter((row) => test.evaluate(row) === true) },
  };
}

function extend({ random, table, names }: Place): Step {
  const expressions = new Expressions(random, table.columns);
  const items = Array.from({ length: 1 + random.below(2) }, () => {
    const value = expressions.any(random.pick(valueTypes), 3);
    return { value, column: { name: names.fresh(), type: value.type, small: false } };
  });
  return {
    text: `extend ${items.map(({ value, column }) => `${column.name} = ${value.text}`).join(', ')}`,
    table: {
      ...table,
      columns: [...table.columns, ...items.map((item) => item.column)],
      rows: table.rows.map((row) => [...row, ...items.map(({ value }) => value.evaluate(row))]),
    },
  };
}

function pickColumns(table: Table, columns: readonly Column[]): Table {
  const places = columns.map((column) => table.columns.indexOf(column));
  return { ...table, columns, rows: table.rows.map((row) => places.map((place) => row[place] ?? null)) };
}

function project({ random, table }: Place): Step {
  const kept = random.some(table.columns, 0.7);
  const names = kept.map((column) => column.name).join(', ');
  switch (random.below(3)) {
    case 0: {
      const gone = table.columns.filter((column) => !kept.includes(column));
      if (gone.length === 0) return { text: `project ${names}`, table: pickColumns(table, kept) };
      return {
        text: `project-away ${gone.map((column) => column.name).join(', ')}`,
        table: pickColumns(table, kept),
      };
    }
    case 1:
      return { text: `project-keep ${names}`, table: pickColumns(table, kept) };
    default:
      return { text: `project ${names}`, table: pickColumns(table, kept) };
  }
}

function rename({ random, table, names }: Place): Step {
  const old = random.pick(table.columns);
  const name = names.fresh();
  const columns = table.columns.map((column) => (column === old ? { ...column, name } : column));
  return { text: `project-rename ${name} = ${old.name}`, table: { ...table, columns } };
}

function groups(rows: readonly Row[], key: (row: Row) => Row): readonly { key: Row; rows: Row[] }[] {
  const found = new Map<string, { key: Row; rows: Row[] }>();
  for (const row of rows) {
    const cells = key(row);
    const name = JSON.stringify(cells.map((cell) => cellText(cell)));
    const group = found.get(name);
    if (group === undefined) found.set(name, { key: cells, rows: [row] });
    else group.rows.push(row);
  }
  return [...found.values()];
}

const keyTypes: readonly CellType[] = ['long', 'int', 'real', 'string', 'bool', 'datetime', 'timespan'];

function summarize(place: Place): Step {
  const { random, table, names } = place;
  const expressions = new Expressions(random, table.columns);
  const keys = Array.from({ length: random.below(3) }, () => expressions.any(random.pick(keyTypes), 1));
  const aggregates = Array.from({ length: 1 + random.below(3) }, () =>
    randomAggregate(random, expressions, table.columns, table.ordered),
  ).filter((one) => one !== undefined);
  const chosen = aggregates.length === 0 ? [] : aggregates;
  if (chosen.length === 0) return distinct(place);
  const keyColumns = keys.map((key) => ({ name: names.fresh(), type: key.type, small: key.small }));
  // arg_max names its columns itself.
  const valueColumns = chosen.map(({ type, small, unordered }) => ({
    name: names.fresh(),
    type,
    small,
    unordered,
  }));
  const items = chosen.map((one, index) => {
    const name = valueColumns[index]?.name ?? '';
    return one.text.startsWith('arg_')
      ? `(${names.fresh()}, ${name}) = ${one.text}`
      : `${name} = ${one.text}`;
  });
  const by = keys.map((key, index) => `${keyColumns[index]?.name ?? ''} = ${key.text}`).join(', ');
  const made =
    keys.length === 0
      ? [{ key: [], rows: [...table.rows] }]
      : groups(table.rows, (row) => keys.map((key) => key.evaluate(row)));
  const columns = [...keyColumns, ...valueColumns];
  const tail = chosen.some((one) => one.text.startsWith('arg_'))
    ? ` | project ${columns.map((column) => column.name).join(', ')}`
    : '';
  return {
    text: `summarize ${items.join(', ')}${keys.length === 0 ? '' : ` by ${by}`}${tail}`,
    table: {
      columns,
      rows: made.map((group) => [...group.key, ...chosen.map((one) => one.evaluate(group.rows))]),
      ordered: false,
    },
  };
}

function distinct({ random, table }: Place): Step {
  const usable = table.columns.filter((column) => column.type !== 'dynamic');
  if (usable.length === 0) return { text: 'where true', table };
  const kept = random.some(usable, 0.3);
  const picked = pickColumns(table, kept);
  return {
    text: `distinct ${kept.map((column) => column.name).join(', ')}`,
    table: {
      columns: kept,
      rows: groups(picked.rows, (row) => row).map((group) => group.key),
      ordered: false,
    },
  };
}

function count({ table, names }: Place): Step {
  const name = names.fresh();
  return {
    text: `count as ${name}`,
    table: {
      columns: [{ name, type: 'long', small: true }],
      rows: [[BigInt(table.rows.length)]],
      ordered: false,
    },
  };
}

function union({ random, table, others }: Place): Step {
  const other = random.pick(others);
  const here = new Map(table.columns.map((column) => [column.name, column]));
  if (
    other.table.columns.some((column) => here.has(column.name) && here.get(column.name)?.type !== column.type)
  ) {
    return { text: 'where true', table };
  }
  const added = other.table.columns.filter((column) => !here.has(column.name));
  const columns = [...table.columns, ...added].map((column) => ({ ...column, small: false }));
  const align = (from: Table) =>
    from.rows.map((row) =>
      columns.map((column): Cell => {
        const place = from.columns.findIndex((one) => one.name === column.name);
        return place < 0 ? (column.type === 'string' ? '' : null) : (row[place] ?? null);
      }),
    );
  return {
    text: `union (${other.name})`,
    table: { columns, rows: [...align(table), ...align(other.table)], ordered: false },
  };
}

/** An empty array or bag makes no row, null and any other value one (mv-expand-operator). */
function expand({ random, table, names }: Place): Step {
  const lists = table.columns.filter((column) => column.type === 'dynamic' && column.unordered !== true);
  if (lists.length === 0) return { text: 'where true', table };
  const name = names.fresh();
  const source = new Expressions(random, table.columns).column(random.pick(lists));
  const rows = table.rows.flatMap((row): Row[] => {
    const cell = source.evaluate(row);
    if (cell === null || typeof cell !== 'object') return [[...row, null]];
    const { json } = cell;
    if (Array.isArray(json)) {
      return json.map((item) => [...row, item === null ? null : { json: item }]);
    }
    if (json !== null && typeof json === 'object') {
      return Object.entries(json).map(([key, item]) => [...row, { json: { [key]: item } }]);
    }
    return [[...row, cell]];
  });
  return {
    text: `mv-expand ${name} = ${source.text}`,
    table: { columns: [...table.columns, { name, type: 'dynamic', small: false }], rows, ordered: false },
  };
}

type Make = (place: Place) => Step;

/** By the operator that has to be supported. */
export const makers: readonly (readonly [operator: string, weight: number, make: Make])[] = [
  ['where', 4, where],
  ['extend', 4, extend],
  ['project', 2, project],
  ['project-rename', 1, rename],
  ['summarize', 3, summarize],
  ['distinct', 1, distinct],
  ['sort', 3, sort],
  ['take', 2, take],
  ['serialize', 2, window],
  ['count', 1, count],
  ['union', 1, union],
  ['join', 3, randomJoin],
  ['mv-expand', 2, expand],
];
