/** Scalar expressions to SQL. */
import type { KustoType, TextSpan } from '../../../types.ts';
import { inBody, invalid, unsupported } from '../../refusal.ts';
import type {
  BetweenExpression,
  BinaryExpression,
  CallExpression,
  ColumnExpression,
  Expression,
  InExpression,
  InvokeExpression,
  LogicalExpression,
} from '../../parser/tree/tree.ts';
import { partitionKeyName } from '../../parser/subquery.ts';
import { isTabular } from '../../parser/tree/tree.ts';
import { aggregates } from '../aggregates/registry.ts';
import { arithmetic } from './arithmetic.ts';
import { equals, notEquals, ordered } from './comparison.ts';
import { conform, convert, toText } from './conversions.ts';
import type { Context } from '../context.ts';
import { refusedFunctions } from '../functions/refused.ts';
import { functions } from '../functions/registry.ts';
import { memberAccess } from './member.ts';
import { matchRegex } from './patterns.ts';
import { inDynamic } from './dynamic-list.ts';
import { termList } from './term-lists.ts';
import { textOperator, textOperators } from './text-operators.ts';
import type { Value } from '../value.ts';
import { isNumeric, literalValue, value } from '../value.ts';

function column(expression: ColumnExpression, context: Context): Value {
  const relation =
    expression.side === undefined
      ? context.row
      : context.sides?.[expression.side === 'left' ? 'left' : 'right'];
  const found = relation?.columns.find((candidate) => candidate.name === expression.name);
  if (found === undefined) {
    // In a partition's subquery with its own source: the key, where that source has no column of the name.
    const key = context.scope.find(partitionKeyName(expression.name));
    if (key?.kind === 'scalar') return key.value;
    throw invalid(`Failed to resolve scalar expression named '${expression.name}'`, expression.span);
  }
  context.touch?.();
  const prefix = expression.side === undefined ? '' : `${expression.side === 'left' ? 'l' : 'r'}.`;
  return value(`${prefix}${found.sql}`, found.type);
}

function variable(name: string, span: TextSpan, context: Context): Value {
  const binding = context.scope.find(name);
  if (binding?.kind === 'scalar') {
    if (binding.row !== undefined) {
      // As the service puts it (page of toscalar()).
      if (binding.row !== context.row) {
        throw invalid(`can't use '${name}' as it is defined outside its row-context scope`, span);
      }
      context.touch?.();
    }
    return binding.value;
  }
  if (binding?.kind === 'calculation') {
    return compileExpression(binding.expression, { ...context, scope: binding.scope });
  }
  throw invalid(`Failed to resolve scalar expression named '${name}'`, span);
}

function logical(expression: LogicalExpression, context: Context): Value {
  const operands = expression.operands.map((operand) => {
    const compiled = compileExpression(operand, context);
    return compiled.type === 'bool' ? compiled : convert(compiled, 'bool', operand.span);
  });
  const joined = operands
    .map((operand) => operand.sql)
    .join(expression.operator === 'and' ? ' AND ' : ' OR ');
  return value(
    `(${joined})`,
    'bool',
    operands.some((operand) => operand.nullable),
  );
}

function binary(expression: BinaryExpression, context: Context): Value {
  const { operator, span } = expression;
  const inner: Context = { ...context, filter: false };
  const left = compileExpression(expression.left, inner);
  const right = compileExpression(expression.right, inner);
  const text = textOperators.get(operator);
  if (text !== undefined) return textOperator(text, left, right);
  const filter = context.filter === true;
  switch (operator) {
    case '==':
      return equals(left, right, filter, span);
    case '!=':
    case '<>':
      return notEquals(left, right, filter, span);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(operator, left, right, filter, span);
    case '=~':
      return value(`(lower(${toText(left).sql}) = lower(${toText(right).sql}))`, 'bool', false);
    case '!~':
      return value(`(lower(${toText(left).sql}) <> lower(${toText(right).sql}))`, 'bool', false);
    case 'matches regex':
      return matchRegex(left, right, span);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(operator, left, right, expression.type, span);
    default:
      throw unsupported(`the operator '${operator}'`, span);
  }
}

/** `in` lists: literals, expressions, dynamic arrays written as literals, or one tabular expression. */
function membership(expression: InExpression, context: Context): Value {
  const { operator, span } = expression;
  const inner: Context = { ...context, filter: false };
  if (operator === 'has_any' || operator === 'has_all') return termList(expression, inner);
  const left = compileExpression(expression.left, inner);
  const items = expression.items.flatMap((item) => expandItem(item, inner, span));
  const negated = operator.startsWith('!');
  const insensitive = operator.endsWith('~');
  const [only] = expression.items;
  if (only?.kind === 'subquery' && expression.items.length === 1) {
    return inTable(left, only.source, negated, insensitive, inner, span);
  }
  if (items.length === 0) return value(negated ? 'true' : 'false', 'bool', false);
  if (items.some((item) => item.type === 'dynamic'))
    return inDynamic(left, items, negated, insensitive, span);
  if (insensitive) {
    const list = items.map((item) => `lower(${toText(item).sql})`).join(', ');
    return value(`(lower(${toText(left).sql}) ${negated ? 'NOT ' : ''}IN (${list}))`, 'bool', false);
  }
  const plain = items.every(
    (item) =>
      !item.nullable && item.literal !== undefined && item.type === left.type && left.type !== 'dynamic',
  );
  if (plain) {
    const list = `${left.sql} IN (${items.map((item) => item.sql).join(', ')})`;
    if (!left.nullable || (context.filter === true && !negated)) {
      return value(`(${negated ? 'NOT ' : ''}(${list}))`, 'bool', left.nullable);
    }
    return value(`(${negated ? 'NOT ' : ''}coalesce(${list}, false))`, 'bool', false);
  }
  // The documented meaning: a chain of == (or of !=).
  const filter = context.filter === true;
  const chain = items.map(
    (item) => (negated ? notEquals(left, item, filter, span) : equals(left, item, filter, span)).sql,
  );
  return value(`(${chain.join(negated ? ' AND ' : ' OR ')})`, 'bool');
}

function expandItem(item: Expression, context: Context, span: TextSpan): readonly Value[] {
  if (item.kind === 'subquery') return [];
  const compiled = compileExpression(item, context);
  if (compiled.type !== 'dynamic') return [compiled];
  if (typeof compiled.literal !== 'string') return [compiled];
  const list: unknown = JSON.parse(compiled.literal);
  if (!Array.isArray(list)) throw invalid("a dynamic list of 'in' must be an array", span);
  return list.map((element: unknown) => {
    if (typeof element === 'string') return literalValue('string', element);
    if (typeof element === 'boolean') return literalValue('bool', element);
    if (typeof element === 'number') {
      if (!Number.isInteger(element)) return literalValue('real', element);
      if (Number.isSafeInteger(element)) return literalValue('long', BigInt(element));
    }
    throw unsupported("this element of the dynamic list of 'in'", span);
  });
}

function inTable(
  left: Value,
  source: Parameters<Context['compiler']['tabular']>[0],
  negated: boolean,
  insensitive: boolean,
  context: Context,
  span: TextSpan,
): Value {
  const relation = context.compiler.tabular(source, context.state, context.scope);
  const [first] = relation.columns;
  if (first === undefined) throw invalid("the table of 'in' has no column", span);
  if (first.type !== left.type && !(isInteger(first.type) && isInteger(left.type))) {
    throw unsupported(`'in' over a table whose first column is ${first.type}, for a ${left.type},`, span);
  }
  if (insensitive && first.type !== 'string')
    throw unsupported("'in~' over values that are no strings", span);
  if (first.type === 'dynamic') throw unsupported("'in' over dynamic values", span);
  const fold = (sql: string) => (insensitive ? `lower(${sql})` : sql);
  const test = `${fold(left.sql)} IN (SELECT ${fold(first.sql)} FROM ${relation.from} WHERE ${first.sql} IS NOT NULL)`;
  return value(`(${negated ? 'NOT ' : ''}coalesce(${test}, false))`, 'bool', false);
}

function isInteger(type: KustoType): boolean {
  return type === 'int' || type === 'long';
}

function between(expression: BetweenExpression, context: Context): Value {
  const { span } = expression;
  const inner: Context = { ...context, filter: false };
  const operand = compileExpression(expression.value, inner);
  const low = compileExpression(expression.low, inner);
  let high = compileExpression(expression.high, inner);
  // `between (start .. 7d)`: a timespan after a datetime is a length.
  if (operand.type === 'datetime' && high.type === 'timespan')
    high = arithmetic('+', low, high, 'datetime', span);
  const filter = context.filter === true && !expression.negated;
  const a = ordered('>=', operand, low, filter, span);
  const b = ordered('<=', operand, high, filter, span);
  const both = `(${a.sql} AND ${b.sql})`;
  return value(expression.negated ? `(NOT ${both})` : both, 'bool', a.nullable || b.nullable);
}

/** Functions that read the row without naming a column. */
const rowFunctions = /^(?:cursor_|extent_|ingestion_time|next$|pack_all$|prev$|row_)/;

function call(expression: CallExpression, context: Context): Value {
  const { name, args, type, span } = expression;
  const aggregate = aggregates.get(name);
  if (context.aggregate !== undefined && aggregate?.compile !== undefined) {
    checkCount(name, args.length, aggregate.min, aggregate.max, span);
    const result = aggregate.compile({ name, args, type, span, context });
    return type === 'unknown' ? result : conform(result, type, span);
  }
  const definition = functions.get(name);
  if (definition === undefined) {
    const reason = refusedFunctions.get(name);
    throw unsupported(`the function '${name}'${reason === undefined ? '' : ` (${reason})`}`, span);
  }
  checkCount(name, args.length, definition.min, definition.max, span);
  if (rowFunctions.test(name)) context.touch?.();
  const result = definition.compile({ name, args, type, span, context: { ...context, filter: false } });
  if (definition.ownType === true || type === 'unknown') return result;
  return conform(result, type, span);
}

function checkCount(name: string, count: number, min: number, max: number, span: TextSpan): void {
  if (count < min || count > max) {
    throw unsupported(`the function '${name}' with ${count} argument${count === 1 ? '' : 's'}`, span);
  }
}

function invoke(expression: InvokeExpression, context: Context): Value {
  const { invocation } = expression;
  const { result } = invocation.body;
  if (isTabular(result)) throw unsupported('a table where a value is expected', expression.span);
  const scope = context.compiler.enter(invocation, context);
  return inBody(invocation, () => compileExpression(result, { ...context, scope }));
}

function unary(operator: '+' | '-', operand: Value, span: TextSpan): Value {
  if (operator === '+') return operand;
  if (!isNumeric(operand.type) && operand.type !== 'timespan') {
    throw unsupported(`the operator '-' before a ${operand.type}`, span);
  }
  return value(`(-${operand.sql})`, operand.type, operand.nullable);
}

export function compileExpression(expression: Expression, context: Context): Value {
  switch (expression.kind) {
    case 'literal':
      return literalValue(expression.type, expression.value);
    case 'column':
      return column(expression, context);
    case 'variable':
      return variable(expression.name, expression.span, context);
    case 'logical':
      return logical(expression, context);
    case 'binary':
      return binary(expression, context);
    case 'unary':
      return unary(
        expression.operator,
        compileExpression(expression.operand, { ...context, filter: false }),
        expression.span,
      );
    case 'in':
      return membership(expression, context);
    case 'between':
      return between(expression, context);
    case 'member':
    case 'index':
      return memberAccess(expression, { ...context, filter: false });
    case 'call':
      return call(expression, context);
    case 'invoke':
      return invoke(expression, context);
    case 'star':
    case 'subquery':
    case 'type':
      throw unsupported('this expression here', expression.span);
    default:
      throw unsupported('this expression', { start: 0, length: 0 });
  }
}
