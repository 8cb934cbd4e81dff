/** The operators that choose and compute columns, row by row. */
import { invalid } from '../../refusal.ts';
import type { Relation, RelationColumn } from '../relation.ts';
import { carried, Identifiers } from '../relation.ts';
import type { OperatorInput, OperatorOf } from './operator.ts';
import { choose, compileItems, rowContext, selectList } from './operator.ts';

export function project(operator: OperatorOf<'project'>, input: OperatorInput): Relation {
  const { context, hoisting } = rowContext(input);
  const items = compileItems(operator.items, context, new Identifiers());
  const list = [...selectList(items), ...carried(input.input)];
  const from = input.state.emit(
    `SELECT ${list.join(', ')} FROM ${hoisting.from(input.input, operator.span)}`,
    operator.span,
  );
  return { ...input.input, from, columns: items.map((item) => item.column) };
}

export function extend(operator: OperatorOf<'extend' | 'serialize'>, input: OperatorInput): Relation {
  if (operator.items.length === 0) return input.input;
  const { context, hoisting } = rowContext(input);
  const identifiers = new Identifiers();
  const computed = new Map<string, string>();
  // Identifiers of new columns are chosen with the old ones taken, so that a name which differs by case stays apart.
  const columns = operator.columns.map((column) => identifiers.column(column.name, column.type));
  for (const item of compileItems(operator.items, context, new Identifiers())) {
    computed.set(item.column.name, item.value.sql);
  }
  const list = columns.map((column) => {
    const sql = computed.get(column.name) ?? find(input.input, column.name, operator.span).sql;
    return sql === column.sql ? sql : `${sql} AS ${column.sql}`;
  });
  const from = input.state.emit(
    `SELECT ${[...list, ...carried(input.input)].join(', ')} FROM ${hoisting.from(input.input, operator.span)}`,
    operator.span,
  );
  return { ...input.input, from, columns };
}

function find(relation: Relation, name: string, span: OperatorOf<'select'>['span']): RelationColumn {
  const column = relation.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw invalid(`Failed to resolve column named '${name}'`, span);
  return column;
}

export function select(operator: OperatorOf<'select'>, input: OperatorInput): Relation {
  const pairs = operator.columns.map((column) => ({
    from: find(input.input, column.name, operator.span),
    name: column.name,
  }));
  return choose(input, pairs, operator.span);
}

export function rename(operator: OperatorOf<'rename'>, input: OperatorInput): Relation {
  // project-rename keeps every column at its place: the binder's names go by position.
  if (operator.columns.length !== input.input.columns.length) {
    throw invalid('project-rename changes the number of columns', operator.span);
  }
  const pairs = input.input.columns.map((from, index) => ({
    from,
    name: operator.columns[index]?.name ?? from.name,
  }));
  return choose(input, pairs, operator.span);
}
