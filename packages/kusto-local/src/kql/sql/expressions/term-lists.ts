/** `has_any` and `has_all`: terms written one by one, in dynamic arrays and in the first column of tables. */
import type { InExpression, SubqueryExpression } from '../../parser/tree/tree.ts';
import { unsupported } from '../../refusal.ts';
import type { Context } from '../context.ts';
import { toText } from './conversions.ts';
import { matchText } from './text-operators.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';

function inTable(text: string, source: SubqueryExpression, all: boolean, context: Context): string {
  const relation = context.compiler.tabular(source.source, context.state, context.scope);
  const [first] = relation.columns;
  if (first === undefined || first.type !== 'string')
    throw unsupported('a table whose first column is no string, here,', source.span);
  // A name of its own: the column must not hide one of the rows at hand.
  const term = context.state.fresh('t');
  const terms = `(SELECT ${first.sql} AS ${term} FROM ${relation.from})`;
  return all
    ? `(NOT EXISTS (SELECT 1 FROM ${terms} WHERE NOT kql_has(${text}, ${term})))`
    : `EXISTS (SELECT 1 FROM ${terms} WHERE kql_has(${text}, ${term}))`;
}

export function termList(expression: InExpression, context: Context): Value {
  const all = expression.operator === 'has_all';
  const left = toText(context.compiler.expression(expression.left, context));
  const matches = expression.items.map((item) => {
    if (item.kind === 'subquery') return inTable(left.sql, item, all, context);
    const given = context.compiler.expression(item, context);
    if (given.type !== 'dynamic') return matchText('has', false, left, given).sql;
    const found = `len(list_filter(kql_texts(${given.sql}), lambda t: kql_has(${left.sql}, t)))`;
    return all ? `(${found} = len(kql_texts(${given.sql})))` : `(${found} > 0)`;
  });
  if (matches.length === 0) return value(all ? 'true' : 'false', 'bool', false);
  return value(`(${matches.join(all ? ' AND ' : ' OR ')})`, 'bool', false);
}
