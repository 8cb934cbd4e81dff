import type { Column } from '../../../types.ts';
import type { OutputItem } from '../../parser/tree/tree.ts';
import { unsupported } from '../../refusal.ts';
import { aggregates } from '../aggregates/registry.ts';
import type { Context } from '../context.ts';
import { conform } from '../expressions/conversions.ts';
import type { Relation } from '../relation.ts';
import { Identifiers } from '../relation.ts';
import type { Value } from '../value.ts';
import type { OperatorInput, OperatorOf } from './operator.ts';
import { compileItems, rowContext } from './operator.ts';

/**
 * Two SELECTs: the inner one groups and gives each key and aggregate a column, the outer one computes what the query makes of
 * them, so that no aggregate is written twice.
 */
export function summarize(operator: OperatorOf<'summarize'>, input: OperatorInput): Relation {
  const { context, hoisting } = rowContext(input);
  const keys = compileItems(operator.by, context, new Identifiers());
  const inner: string[] = [];
  const outer: string[] = [];
  const identifiers = new Identifiers();
  const columns = keys.map((key) => {
    const name = input.state.fresh('k');
    inner.push(`${key.value.sql} AS ${name}`);
    const column = identifiers.column(key.column.name, key.column.type);
    outer.push(`${name} AS ${column.sql}`);
    return column;
  });
  const aggregated: Context = {
    ...context,
    groupColumns: new Set(
      operator.by.flatMap((item) => (item.expression.kind === 'column' ? [item.expression.name] : [])),
    ),
    aggregate: (sql) => {
      const name = input.state.fresh('a');
      inner.push(`${sql} AS ${name}`);
      return name;
    },
  };
  for (const item of operator.aggregates) {
    for (const [index, value] of itemValues(item, aggregated).entries()) {
      const made = item.columns[index];
      if (made === undefined) throw unsupported('this aggregate', item.expression.span);
      const column = identifiers.column(made.name, made.type);
      columns.push(column);
      outer.push(`${conform(value, made.type, item.expression.span).sql} AS ${column.sql}`);
    }
  }
  const group = keys.length === 0 ? '' : ` GROUP BY ${keys.map((_key, index) => index + 1).join(', ')}`;
  if (inner.length === 0) throw unsupported('a summarize without keys and aggregates', operator.span);
  const source = input.state.emit(
    `SELECT ${inner.join(', ')} FROM ${hoisting.from(input.input, operator.span)}${group}`,
    operator.span,
  );
  const from = input.state.emit(`SELECT ${outer.join(', ')} FROM ${source}`, operator.span);
  return { from, columns, records: false, order: [] };
}

function itemValues(item: OutputItem, context: Context): readonly Value[] {
  const { expression } = item;
  if (expression.kind === 'call') {
    const aggregate = aggregates.get(expression.name);
    const star = expression.args.some((argument) => argument.kind === 'star');
    const several = star || item.columns.length !== 1 || aggregate?.compile === undefined;
    if (aggregate?.columns !== undefined && several) {
      if (expression.args.length < aggregate.min || expression.args.length > aggregate.max) {
        throw unsupported(`'${expression.name}' with ${expression.args.length} arguments`, expression.span);
      }
      return checkWidth(
        aggregate.columns({
          name: expression.name,
          args: expression.args,
          type: expression.type,
          span: expression.span,
          context,
          columns: item.columns,
        }),
        item.columns,
        item,
      );
    }
  }
  return checkWidth([context.compiler.expression(expression, context)], item.columns, item);
}

/** The binder and this compiler must agree on what a star stands for; if they do not, the columns would be shifted. */
function checkWidth(
  values: readonly Value[],
  columns: readonly Column[],
  item: OutputItem,
): readonly Value[] {
  if (values.length === columns.length) return values;
  throw unsupported('this form of the aggregate', item.expression.span);
}
