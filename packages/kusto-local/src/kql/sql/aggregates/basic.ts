/** Counts, sums and extremes. Nulls are ignored; the value over no rows is the documented default. */
import type { KustoType } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert } from '../expressions/conversions.ts';
import type { Expression } from '../../parser/tree/tree.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import type { AggregateFunction, AggregateTable } from './definition.ts';

/** An argument, computed on the rows that are grouped: aggregates do not nest. */
export function rowArgument(call: Call, index: number): Value {
  const expression: Expression | undefined = call.args[index];
  if (expression === undefined)
    throw unsupported(`'${call.name}' without its argument ${index + 1}`, call.span);
  const { aggregate: _aggregate, ...context } = call.context;
  return call.context.compiler.expression(expression, { ...context, filter: false });
}

/** ` FILTER (WHERE …)` for the `…if` forms; a null predicate counts as false. */
export function filterClause(call: Call, index: number | undefined, extra?: string): string {
  const parts: string[] = extra === undefined ? [] : [extra];
  const expression = index === undefined ? undefined : call.args[index];
  if (expression !== undefined) {
    const { aggregate: _aggregate, ...context } = call.context;
    const predicate = call.context.compiler.expression(expression, { ...context, filter: true });
    parts.push(convert(predicate, 'bool', expression.span).sql);
  }
  return parts.length === 0 ? '' : ` FILTER (WHERE ${parts.join(' AND ')})`;
}

export function grouped(call: Call, sql: string): string {
  const { aggregate } = call.context;
  if (aggregate === undefined) throw unsupported(`the aggregate '${call.name}' here`, call.span);
  return aggregate(sql);
}

/** One definition for `f(x)` and `fif(x, predicate)`. */
export function pair(
  name: string,
  compile: (call: Call, argument: Value, filter: string) => Value,
): Record<string, AggregateFunction> {
  return {
    [name]: { min: 1, max: 1, compile: (call) => compile(call, rowArgument(call, 0), '') },
    [`${name}if`]: {
      min: 2,
      max: 2,
      compile: (call) => compile(call, rowArgument(call, 0), filterClause(call, 1)),
    },
  };
}

function summable(argument: Value, call: Call): Value {
  if (argument.type === 'dynamic')
    throw unsupported(`'${call.name}' over a dynamic value: convert it first, it`, call.span);
  return argument;
}

function sum(call: Call, given: Value, filter: string): Value {
  const argument = summable(given, call);
  const total = `coalesce(sum(${argument.sql})${filter}, 0)`;
  switch (argument.type) {
    case 'int':
    case 'long':
      return value(grouped(call, `CAST(${total} AS BIGINT)`), 'long', false);
    case 'timespan':
      return value(grouped(call, `CAST(${total} AS BIGINT)`), 'timespan', false);
    case 'real':
    case 'decimal':
      return value(grouped(call, total), argument.type, false);
    default:
      throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
  }
}

function average(call: Call, given: Value, filter: string): Value {
  const argument = summable(given, call);
  switch (argument.type) {
    case 'int':
    case 'long':
    case 'real':
      // Over no values, 0 divided by 0 (summarize operator's example of default values).
      return value(
        grouped(call, `coalesce(avg(${argument.sql})${filter}, CAST('nan' AS DOUBLE))`),
        'real',
        false,
      );
    case 'datetime':
    case 'timespan':
      // In whole ticks: a double has too few digits for a datetime.
      return value(
        grouped(
          call,
          `CAST(sum(CAST(${argument.sql} AS HUGEINT))${filter} // nullif(count(${argument.sql})${filter}, 0) AS BIGINT)`,
        ),
        argument.type,
      );
    case 'decimal': {
      // Exact, or an error when the query runs: see `engine/native/decimals.ts`.
      const sum = `CAST(sum(${argument.sql})${filter} AS VARCHAR)`;
      const quotient = `kql_decimal_quotient(${sum}, CAST(count(${argument.sql})${filter} AS VARCHAR))`;
      return value(grouped(call, `CAST(${quotient} AS DECIMAL(38, 18))`), 'decimal');
    }
    default:
      throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
  }
}

function extreme(sql: 'max' | 'min') {
  return (call: Call, argument: Value, filter: string): Value => {
    if (argument.type === 'dynamic' || argument.type === 'guid') {
      throw unsupported(`'${call.name}' over ${argument.type}: convert it first, it`, call.span);
    }
    const result = `${sql}(${argument.sql})${filter}`;
    if (argument.type === 'string') return value(grouped(call, `coalesce(${result}, '')`), 'string');
    return value(grouped(call, result), argument.type);
  };
}

/** Exact, where the service estimates. */
function distinctCount(call: Call, argument: Value, filter: string): Value {
  if (argument.type === 'dynamic')
    throw unsupported(`'${call.name}' over dynamic: use tostring(), it`, call.span);
  return value(grouped(call, `count(DISTINCT ${argument.sql})${filter}`), 'long', false);
}

function bits(sql: 'bit_and' | 'bit_or' | 'bit_xor', type: KustoType = 'long') {
  return (call: Call): Value => {
    const argument = rowArgument(call, 0);
    if (argument.type !== 'int' && argument.type !== 'long') {
      throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
    }
    return value(grouped(call, `${sql}(CAST(${argument.sql} AS BIGINT))`), type);
  };
}

const count: AggregateFunction = {
  min: 0,
  max: 0,
  compile: (call) => value(grouped(call, 'count(*)'), 'long', false),
};

export const basicAggregates: AggregateTable = {
  count,
  countif: {
    min: 1,
    max: 1,
    compile: (call) => value(grouped(call, `count(*)${filterClause(call, 0)}`), 'long', false),
  },
  ...pair('sum', sum),
  ...pair('avg', average),
  ...pair('min', extreme('min')),
  ...pair('max', extreme('max')),
  // The accuracy argument is accepted: the count is exact anyway.
  dcount: { min: 1, max: 2, compile: (call) => distinctCount(call, rowArgument(call, 0), '') },
  dcountif: {
    min: 2,
    max: 3,
    compile: (call) => distinctCount(call, rowArgument(call, 0), filterClause(call, 1)),
  },
  count_distinct: { min: 1, max: 1, compile: (call) => distinctCount(call, rowArgument(call, 0), '') },
  count_distinctif: {
    min: 2,
    max: 2,
    compile: (call) => distinctCount(call, rowArgument(call, 0), filterClause(call, 1)),
  },
  binary_all_and: { min: 1, max: 1, compile: bits('bit_and') },
  binary_all_or: { min: 1, max: 1, compile: bits('bit_or') },
  binary_all_xor: { min: 1, max: 1, compile: bits('bit_xor') },
};
