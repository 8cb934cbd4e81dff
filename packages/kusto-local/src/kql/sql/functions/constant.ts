/** Values that are known before the query runs: what `assert` needs. */
import type { Expression } from '../../parser/tree/tree.ts';
import type { Context } from '../context.ts';

export type Constant = bigint | boolean | number | string | null;

type Comparable = bigint | number | string;

function comparable(value: Constant | undefined): value is Comparable {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string';
}

function compared(
  operator: string,
  left: Constant | undefined,
  right: Constant | undefined,
): boolean | undefined {
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    if (operator === '==') return left === right;
    return operator === '!=' ? left !== right : undefined;
  }
  if (!comparable(left) || !comparable(right)) return undefined;
  if ((typeof left === 'string') !== (typeof right === 'string')) return undefined;
  if (Number.isNaN(left) || Number.isNaN(right)) return undefined;
  // A bigint and a number are compared by value.
  const less = left < right;
  const greater = left > right;
  switch (operator) {
    case '==':
      return !less && !greater;
    case '!=':
    case '<>':
      return less || greater;
    case '<':
      return less;
    case '<=':
      return !greater;
    case '>':
      return greater;
    case '>=':
      return !less;
    default:
      return undefined;
  }
}

function call(name: string, value: Constant | undefined): Constant | undefined {
  switch (name) {
    case 'not':
      return typeof value === 'boolean' ? !value : undefined;
    case 'isempty':
      return value === undefined ? undefined : value === '' || value === null;
    case 'isnotempty':
      return value === undefined ? undefined : value !== '' && value !== null;
    case 'isnull':
      return value === undefined ? undefined : value === null;
    case 'isnotnull':
      return value === undefined ? undefined : value !== null;
    case 'strlen':
      return typeof value === 'string' ? BigInt(Array.from(value).length) : undefined;
    default:
      return undefined;
  }
}

/** The value of an expression of literals, comparisons, `and`, `or` and a few functions; undefined for any other. */
export function constantValue(expression: Expression, context: Context): Constant | undefined {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'variable': {
      const binding = context.scope.find(expression.name);
      return binding?.kind === 'scalar' ? binding.value.literal : undefined;
    }
    case 'unary': {
      const value = constantValue(expression.operand, context);
      if (expression.operator === '+') return value;
      return typeof value === 'bigint' || typeof value === 'number' ? -value : undefined;
    }
    case 'binary':
      return compared(
        expression.operator,
        constantValue(expression.left, context),
        constantValue(expression.right, context),
      );
    case 'logical': {
      const values = expression.operands.map((operand) => constantValue(operand, context));
      if (!values.every((value) => typeof value === 'boolean')) return undefined;
      return expression.operator === 'and' ? values.every(Boolean) : values.some(Boolean);
    }
    case 'call': {
      const [first] = expression.args;
      if (first === undefined || expression.args.length !== 1) return undefined;
      return call(expression.name, constantValue(first, context));
    }
    default:
      return undefined;
  }
}
