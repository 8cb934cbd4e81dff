/** `top-nested`: the top values of a column, and within each of them the top values of the next one. */
import type { TextSpan } from '../../../types.ts';
import type { NestedClause } from '../../parser/tree/tree-tables.ts';
import type { OutputItem } from '../../parser/tree/tree.ts';
import { unsupported } from '../../refusal.ts';
import type { Context } from '../context.ts';
import { conform } from '../expressions/conversions.ts';
import type { OrderKey, Relation, RelationColumn } from '../relation.ts';
import { Identifiers } from '../relation.ts';
import type { OperatorInput, OperatorOf } from './operator.ts';
import { rowContext } from './operator.ts';
import { rowCount } from './rows.ts';

function columnOf(item: OutputItem, span: TextSpan): RelationColumn {
  const [column] = item.columns;
  if (column === undefined) throw unsupported('the columns of this top-nested', span);
  return new Identifiers().column(column.name, column.type);
}

/** One level: the columns that it adds to the rows' keys, its measure, and its place within the level above. */
interface Level {
  readonly key: string;
  readonly measure: string;
  readonly rank: string;
}

/** Nulls, and NaN with them, as in a sort: first when ascending, last when descending. */
function measureOrder(measure: string, type: string, descending: boolean): string {
  const way = descending ? 'DESC NULLS LAST' : 'ASC NULLS FIRST';
  const plain = `${measure} ${way}`;
  return type === 'real' ? `kql_nan_rank(${measure}) ${descending ? 'DESC' : 'ASC'}, ${plain}` : plain;
}

export function topNested(operator: OperatorOf<'topNested'>, input: OperatorInput): Relation {
  const { state } = input;
  const { span } = operator;
  const { context, hoisting } = rowContext(input);
  const keys = operator.clauses.map(({ of }) => {
    const { type } = columnOf(of, span);
    if (type === 'dynamic') throw unsupported('top-nested of a dynamic value', of.expression.span);
    const sql = conform(context.compiler.expression(of.expression, context), type, of.expression.span).sql;
    return { sql, name: state.fresh('k') };
  });
  // The aggregates' arguments may hoist too: they are compiled before the rows' SELECT is written.
  const measures = operator.clauses.map((clause) => compileMeasure(clause, context, input));
  let rows = state.emit(
    `SELECT *, ${keys.map(({ sql, name }) => `${sql} AS ${name}`).join(', ')} FROM ${hoisting.from(input.input, span)}`,
    span,
  );
  const levels: Level[] = [];
  let top = '';
  for (const [at, clause] of operator.clauses.entries()) {
    const key = keys[at]?.name ?? '';
    const measured = measures[at];
    if (measured === undefined) throw unsupported('this top-nested', span);
    const above = levels.flatMap((level) => [level.key, level.measure, level.rank]);
    const level: Level = { key, measure: state.fresh('m'), rank: state.fresh('o') };
    const groups = state.emit(
      `SELECT ${[...above, key, ...measured.inner].join(', ')} FROM ${rows} GROUP BY ${[...above, key].join(', ')}`,
      span,
    );
    const values = state.emit(
      `SELECT ${[...above, key].join(', ')}, ${measured.sql} AS ${level.measure} FROM ${groups}`,
      span,
    );
    const partition = levels.length === 0 ? '' : `PARTITION BY ${levels.map((one) => one.key).join(', ')} `;
    // The key last: every evaluation then breaks ties in the same way.
    const ranked = state.emit(
      `SELECT *, row_number() OVER (${partition}ORDER BY ${measureOrder(level.measure, measured.type, clause.descending)}, ${key}) AS ${level.rank} FROM ${values}`,
      span,
      true,
    );
    const limit =
      clause.count === undefined ? '' : ` WHERE ${level.rank} <= ${rowCount(clause.count, input)}`;
    top = state.emit(`SELECT * FROM ${ranked}${limit}`, span);
    const same = [...levels, level].map((one) => `r.${one.key} IS NOT DISTINCT FROM g.${one.key}`);
    rows = state.emit(
      `SELECT r.*, g.${level.measure}, g.${level.rank} FROM ${rows} AS r JOIN ${top} AS g ON ${same.join(' AND ')}`,
      span,
    );
    levels.push(level);
  }
  const identifiers = new Identifiers();
  const columns: RelationColumn[] = [];
  const list: string[] = [];
  for (const [at, { of, by }] of operator.clauses.entries()) {
    for (const [item, sql] of [
      [of, levels[at]?.key ?? ''],
      [by, levels[at]?.measure ?? ''],
    ] as const) {
      const made = columnOf(item, span);
      const column = identifiers.column(made.name, made.type);
      columns.push(column);
      list.push(`${sql} AS ${column.sql}`);
    }
  }
  const order: readonly OrderKey[] = levels.map((level) => ({
    sql: level.rank,
    direction: 'ASC NULLS LAST',
  }));
  const from = state.emit(`SELECT ${[...list, ...order.map((key) => key.sql)].join(', ')} FROM ${top}`, span);
  return { from, columns, records: false, order };
}

function compileMeasure(
  { by }: NestedClause,
  context: Context,
  input: OperatorInput,
): { readonly inner: readonly string[]; readonly sql: string; readonly type: string } {
  const inner: string[] = [];
  const { expression } = by;
  const { type } = columnOf(by, expression.span);
  if (type === 'dynamic') throw unsupported('top-nested by a dynamic value', expression.span);
  const aggregated: Context = {
    ...context,
    groupColumns: new Set(),
    aggregate: (sql) => {
      const name = input.state.fresh('a');
      inner.push(`${sql} AS ${name}`);
      return name;
    },
  };
  const { sql } = conform(context.compiler.expression(expression, aggregated), type, expression.span);
  if (inner.length === 0) throw unsupported('top-nested by a value that is no aggregate', expression.span);
  return { inner, sql, type };
}
