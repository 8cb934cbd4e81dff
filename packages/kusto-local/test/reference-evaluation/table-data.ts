/** Random rows, and the same rows as SQL for the table of the endpoint. */
import type { Cell, CellType, Column, Json, Table } from './cells.ts';
import { cellText, maxTicks } from './cells.ts';
import type { Random } from './random.ts';

const day = 864000000000n;
const texts = [
  '',
  'a',
  'A',
  'b',
  'ab',
  'a b',
  'Ab-c',
  'a_b',
  'ä',
  'Äb',
  '😀x',
  '1',
  '-5',
  '2.5',
  "it's",
  ' a',
  'true',
];
const start = 637134336000000000n;

function randomJson(random: Random, depth = 2): Json {
  if (depth > 0 && random.chance(0.3)) {
    return Array.from({ length: random.below(4) }, () => randomJson(random, depth - 1));
  }
  if (depth > 0 && random.chance(0.5)) {
    const keys = ['a', 'b', 'l'].filter(() => random.chance(0.6));
    return Object.fromEntries(keys.map((key) => [key, randomJson(random, depth - 1)]));
  }
  return random.pick<Json>([0, 1, -3, 2.5, 'a', '', 'x y', '7', true, false, null]);
}

/** A value of a type; rarely null, often one that others have too. */
export function randomCell(random: Random, type: CellType, nulls = 0.15): Cell {
  if (type !== 'string' && random.chance(nulls)) return null;
  switch (type) {
    case 'bool':
      return random.chance(0.5);
    case 'int':
      return random.chance(0.1) ? random.pick([2147483647n, -2147483648n]) : BigInt(random.below(7) - 3);
    case 'long':
      return BigInt(random.below(9) - 4);
    case 'real':
      if (random.chance(0.2)) return random.pick([Number.NaN, Infinity, -Infinity]);
      return (random.below(41) - 20) / 4;
    case 'string':
      return random.pick(texts);
    case 'datetime':
      if (random.chance(0.1)) return random.pick([0n, maxTicks, 1n]);
      return start + BigInt(random.below(4)) * day + BigInt(random.pick([0, 0, 1, 9999999, 36000000000]));
    case 'timespan':
      return BigInt(random.below(5) - 2) * random.pick([day, 36000000000n, 1n]);
    case 'dynamic':
    default: {
      const json = randomJson(random);
      return json === null ? null : { json };
    }
  }
}

const types: readonly CellType[] = [
  'int',
  'long',
  'real',
  'string',
  'bool',
  'datetime',
  'timespan',
  'dynamic',
];

export function randomTable(random: Random, prefix: string): Table {
  const columns: Column[] = [{ name: `${prefix}id`, type: 'long', small: true }];
  for (const type of types) {
    columns.push({ name: `${prefix}_${type}`, type, small: type === 'long' || type === 'real' });
  }
  columns.push({ name: `${prefix}_big`, type: 'long', small: false });
  const rows = Array.from({ length: random.below(16) }, (_none, index) =>
    columns.map((column): Cell => {
      if (column.name === `${prefix}id`) return BigInt(index);
      if (column.name === `${prefix}_big`) {
        return random.pick<Cell>([
          null,
          9223372036854775807n,
          -9223372036854775808n,
          9007199254740993n,
          5n,
          5n,
        ]);
      }
      return randomCell(random, column.type);
    }),
  );
  return { columns, rows, ordered: false };
}

/** A cell as SQL of the endpoint's storage. */
export function cellSql(cell: Cell): string {
  if (cell === null) return 'NULL';
  if (typeof cell === 'bigint' || typeof cell === 'boolean') return String(cell);
  if (typeof cell === 'number') return `CAST('${cell}' AS DOUBLE)`;
  return `'${(typeof cell === 'string' ? cell : cellText(cell)).replaceAll("'", "''")}'`;
}
