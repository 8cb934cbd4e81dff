/** `mv-expand` and `mv-apply`. */
import type { Expression } from '../../parser/tree/tree.ts';
import type { Expansion } from '../../parser/tree/tree-tables.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { elementAs, elementsOf } from '../expressions/elements.ts';
import type { OrderKey, Relation, RelationColumn } from '../relation.ts';
import { Identifiers } from '../relation.ts';
import { emitLateral, lateral } from './lateral.ts';
import type { OperatorInput, OperatorOf } from './operator.ts';
import { constantContext, rowContext } from './operator.ts';

interface Prepared {
  readonly from: string;
  /** Columns with the elements of each expression, as JSON[]. */
  readonly lists: readonly string[];
  /** How many rows a record becomes. */
  readonly count: string;
  /** The input's order; where it has none, that in which its rows come. */
  readonly order: readonly OrderKey[];
}

function rowLimit(limit: Expression, input: OperatorInput): string {
  const compiled = input.compiler.expression(limit, constantContext(input));
  if (compiled.type !== 'int' && compiled.type !== 'long') {
    throw invalid('a row limit must be an integer', limit.span);
  }
  if (typeof compiled.literal === 'bigint' && compiled.literal < 0n) {
    throw invalid('a row limit must not be negative', limit.span);
  }
  return compiled.sql;
}

/** Elements stay in their order, and records in theirs: the reference promises the first, and users see the second. */
function prepare(
  operator: OperatorOf<'mvApply' | 'mvExpand'>,
  input: OperatorInput,
  bagsAsArrays: boolean,
): Prepared {
  const { state } = input;
  const { context, hoisting } = rowContext(input);
  const order = [...input.input.order];
  const added: string[] = [];
  if (order.length === 0) {
    const sql = state.fresh('o');
    added.push(`row_number() OVER () AS ${sql}`);
    order.push({ sql, direction: 'ASC NULLS LAST' });
  }
  const values = operator.items.map((item) => {
    const compiled = context.compiler.expression(item.expression, context);
    if (compiled.type !== 'dynamic') {
      throw invalid(`a ${compiled.type} cannot be expanded, only a dynamic`, item.expression.span);
    }
    const name = state.fresh('d');
    added.push(`${compiled.sql} AS ${name}`);
    return name;
  });
  const computed = state.emit(
    `SELECT *, ${added.join(', ')} FROM ${hoisting.from(input.input, operator.span)}`,
    operator.span,
  );
  const limit = operator.limit === undefined ? undefined : rowLimit(operator.limit, input);
  const lists = values.map(() => state.fresh('l'));
  const made = values.map((name, index) => {
    const list = elementsOf(name, bagsAsArrays);
    return `${limit === undefined ? list : `list_slice(${list}, 1, ${limit})`} AS ${lists[index] ?? ''}`;
  });
  return {
    from: state.emit(`SELECT *, ${made.join(', ')} FROM ${computed}`, operator.span),
    lists,
    count:
      lists.length === 1 ? `len(${lists[0] ?? ''})` : `greatest(${lists.map((l) => `len(${l})`).join(', ')})`,
    order,
  };
}

function find(columns: readonly RelationColumn[], name: string): RelationColumn | undefined {
  return columns.find((column) => column.name === name);
}

export function mvExpand(operator: OperatorOf<'mvExpand'>, input: OperatorInput): Relation {
  const { state } = input;
  const { from, lists, count, order } = prepare(operator, input, operator.bagsAsArrays);
  const index = state.fresh('i');
  const elements = lists.map(() => state.fresh('e'));
  // DuckDB unnests the lists of one SELECT side by side and fills up the shorter ones with NULL.
  const unnested = lists.map((list, at) => `unnest(${list}) AS ${elements[at] ?? ''}`);
  const rows = state.emit(
    `SELECT *, ${unnested.join(', ')}, unnest(range(0, ${count})) AS ${index} FROM ${from}`,
    operator.span,
  );
  const identifiers = new Identifiers();
  const columns: RelationColumn[] = [];
  const list = operator.columns.map((made, at) => {
    const column = identifiers.column(made.name, made.type);
    columns.push(column);
    if (operator.index !== undefined && at === operator.columns.length - 1) {
      return `CAST(${index} AS BIGINT) AS ${column.sql}`;
    }
    const item = operator.items.findIndex((candidate) => candidate.name === made.name);
    const expansion = operator.items[item];
    if (expansion !== undefined) {
      if (expansion.type !== made.type) throw unsupported('the columns of this mv-expand', operator.span);
      return `${elementAs(elements[item] ?? '', expansion.type)} AS ${column.sql}`;
    }
    const kept = find(input.input.columns, made.name);
    if (kept?.type !== made.type) throw unsupported('the columns of this mv-expand', operator.span);
    return `${kept.sql} AS ${column.sql}`;
  });
  const keys: readonly OrderKey[] = [...order, { sql: index, direction: 'ASC NULLS LAST' }];
  const out = state.emit(
    `SELECT ${[...list, ...keys.map((key) => key.sql)].join(', ')} FROM ${rows}`,
    operator.span,
  );
  // A serialized row set stays one (page "window functions").
  const serialized = input.input.serialized === undefined ? {} : { serialized: 'ordered' as const };
  return { from: out, columns, records: false, order: keys, ...serialized };
}

/** The subquery's rows: the record's elements, next to the record's columns that they do not replace. */
function subtable(
  operator: OperatorOf<'mvApply'>,
  input: OperatorInput,
  { lists }: Prepared,
  alias: string,
): Relation {
  const { state } = input;
  const index = state.fresh('i');
  const elements = lists.map(() => state.fresh('e'));
  const unnested = lists.map((list, at) => `unnest(${alias}.${list}) AS ${elements[at] ?? ''}`);
  const lengths = lists.map((list) => `len(${alias}.${list})`);
  const count = lengths.length === 1 ? (lengths[0] ?? '0') : `greatest(${lengths.join(', ')})`;
  const identifiers = new Identifiers();
  const columns: RelationColumn[] = [];
  const list: string[] = [];
  const add = (name: string, type: Expansion['type'], sql: string) => {
    const column = identifiers.column(name, type);
    columns.push(column);
    list.push(`${sql} AS ${column.sql}`);
  };
  for (const column of input.input.columns) {
    if (operator.items.some((item) => item.name === column.name)) continue;
    add(column.name, column.type, `${alias}.${column.sql}`);
  }
  for (const [at, item] of operator.items.entries()) {
    add(item.name, item.type, elementAs(elements[at] ?? '', item.type));
  }
  if (operator.index !== undefined) {
    if (find(columns, operator.index) !== undefined) {
      throw unsupported(`an index named as the column '${operator.index}'`, operator.span);
    }
    add(operator.index, 'long', `CAST(${index} AS BIGINT)`);
  }
  const from = state.emit(
    `SELECT ${list.join(', ')}, ${index} FROM (SELECT ${unnested.join(', ')}, unnest(range(0, ${count})) AS ${index})`,
    operator.span,
  );
  return { from, columns, records: false, order: [{ sql: index, direction: 'ASC NULLS LAST' }] };
}

/**
 * A record that expands to no row has no subtable, so it gives no row, whatever the subquery does with its rows (mv-apply
 * operator's documentation: first the expansion, then a subquery for each subtable).
 */
export function mvApply(operator: OperatorOf<'mvApply'>, input: OperatorInput): Relation {
  const { state } = input;
  const prepared = prepare(operator, input, false);
  const outer = state.emit(`SELECT * FROM ${prepared.from} WHERE ${prepared.count} > 0`, operator.span);
  const alias = state.fresh('t');
  const sub = lateral(
    input,
    operator.subquery,
    () => subtable(operator, input, prepared, alias),
    operator.span,
  );
  const identifiers = new Identifiers();
  const columns: RelationColumn[] = [];
  const used = new Set<string>();
  const list = operator.columns.map((made) => {
    const column = identifiers.column(made.name, made.type);
    columns.push(column);
    const inner = find(sub.relation.columns, made.name);
    const outside = find(input.input.columns, made.name);
    const found = inner ?? outside;
    if (found?.type !== made.type) {
      throw unsupported(`the column '${made.name}' of this mv-apply`, operator.span);
    }
    used.add(made.name);
    return `${inner === undefined ? alias : 's'}.${found.sql} AS ${column.sql}`;
  });
  if (sub.relation.columns.some((column) => !used.has(column.name))) {
    throw unsupported('the columns of this mv-apply', operator.span);
  }
  const keys = [
    ...prepared.order.map((key) => `${alias}.${key.sql}`),
    ...sub.relation.order.map((key) => `s.${key.sql}`),
  ];
  const from = emitLateral(
    input,
    `SELECT ${[...list, ...keys].join(', ')} FROM ${outer} AS ${alias}, ${sub.from}`,
    operator.span,
  );
  return { from, columns, records: false, order: [...prepared.order, ...sub.relation.order] };
}
