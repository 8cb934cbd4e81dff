/** `+ - * / %` by Kusto's rules: integers divide to integers, times are ticks, and the remainder is never negative. */
import type { KustoType, TextSpan } from '../../../types.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { widerType } from './comparison.ts';
import { conform, convert } from './conversions.ts';
import type { Value } from '../value.ts';
import { isNumeric, nullOf, value } from '../value.ts';

function nullableOf(left: Value, right: Value): boolean {
  return left.nullable || right.nullable;
}

function integer(type: KustoType): boolean {
  return type === 'int' || type === 'long';
}

function numbers(
  operator: string,
  left: Value,
  right: Value,
  bound: KustoType | 'unknown',
  span: TextSpan,
): Value {
  // Of a decimal and a real the language makes a decimal: so it is computed, without the noise of a real.
  const wide = bound === 'decimal' ? bound : widerType(left.type, right.type);
  const type = wide === 'int' ? 'long' : wide;
  const a = convert(left, type, span);
  const b = convert(right, type, span);
  const nullable = nullableOf(a, b);
  switch (operator) {
    case '+':
    case '-':
      return value(`(${a.sql} ${operator} ${b.sql})`, type, nullable);
    case '*':
      if (type === 'decimal') return decimal('product', a, b);
      return value(`(${a.sql} * ${b.sql})`, type, nullable);
    case '/':
      if (type === 'decimal') return decimal('quotient', a, b);
      // DuckDB's // gives NULL for a zero divisor, as Kusto's integer division does.
      if (integer(type)) return value(`(${a.sql} // ${b.sql})`, type);
      return value(`(${a.sql} / ${b.sql})`, type, nullable);
    case '%':
      if (integer(type)) return value(`kql_mod(${a.sql}, ${b.sql})`, type);
      if (type === 'real') return value(`kql_mod_real(${a.sql}, ${b.sql})`, type, nullable);
      return decimal('remainder', a, b);
    default:
      throw unsupported(`the operator '${operator}'`, span);
  }
}

/** Exact, or an error when the query runs: see `engine/native/decimals.ts`. */
function decimal(what: 'product' | 'quotient' | 'remainder', a: Value, b: Value): Value {
  return value(
    `CAST(kql_decimal_${what}(CAST(${a.sql} AS VARCHAR), CAST(${b.sql} AS VARCHAR)) AS DECIMAL(38, 18))`,
    'decimal',
    what !== 'product' || nullableOf(a, b),
  );
}

function times(operator: string, left: Value, right: Value, span: TextSpan): Value | undefined {
  const nullable = nullableOf(left, right);
  const [a, b] = [left.type, right.type];
  const plain = `${left.sql} ${operator} ${right.sql}`;
  if (operator === '+' || operator === '-') {
    if (a === 'datetime' && b === 'datetime' && operator === '-')
      return value(`(${plain})`, 'timespan', nullable);
    if (a === 'datetime' && b === 'timespan') return value(`kql_datetime(${plain})`, 'datetime', nullable);
    if (a === 'timespan' && b === 'datetime' && operator === '+') {
      return value(`kql_datetime(${plain})`, 'datetime', nullable);
    }
    if (a === 'timespan' && b === 'timespan') return value(`(${plain})`, 'timespan', nullable);
  }
  if (operator === '*') {
    if (a === 'timespan' && isNumeric(b)) return scaled(left, right, span);
    if (isNumeric(a) && b === 'timespan') return scaled(right, left, span);
  }
  if (operator === '/') {
    if (a === 'timespan' && b === 'timespan') {
      return value(`(CAST(${left.sql} AS DOUBLE) / CAST(${right.sql} AS DOUBLE))`, 'real', nullable);
    }
    if (a === 'timespan' && integer(b)) return value(`(${left.sql} // ${right.sql})`, 'timespan');
    if (a === 'timespan' && b === 'real') {
      return value(`kql_real_long(CAST(${left.sql} AS DOUBLE) / ${right.sql})`, 'timespan');
    }
  }
  if (operator === '%' && (a === 'timespan' || a === 'datetime') && b === 'timespan') {
    return value(`kql_mod(${left.sql}, ${right.sql})`, 'timespan');
  }
  return undefined;
}

function scaled(time: Value, factor: Value, span: TextSpan): Value {
  if (integer(factor.type)) {
    return value(`(${time.sql} * ${factor.sql})`, 'timespan', nullableOf(time, factor));
  }
  const real = convert(factor, 'real', span);
  return value(`kql_real_long(CAST(${time.sql} AS DOUBLE) * ${real.sql})`, 'timespan');
}

/** @param bound the result's type as the binder has it */
export function arithmetic(
  operator: string,
  left: Value,
  right: Value,
  bound: KustoType | 'unknown',
  span: TextSpan,
): Value {
  if (left.type === 'dynamic' || right.type === 'dynamic') {
    throw unsupported('arithmetic on a dynamic value: convert it first (tolong(), todouble(), …), it', span);
  }
  if (left.literal === null || right.literal === null) {
    return nullOf(bound === 'unknown' ? left.type : bound);
  }
  const result =
    isNumeric(left.type) && isNumeric(right.type)
      ? numbers(operator, left, right, bound, span)
      : times(operator, left, right, span);
  if (result === undefined) {
    throw invalid(`the operator '${operator}' is not defined for ${left.type} and ${right.type}`, span);
  }
  return bound === 'unknown' ? result : conform(result, bound, span);
}
