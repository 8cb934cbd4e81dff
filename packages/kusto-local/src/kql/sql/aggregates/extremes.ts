/** arg_max, arg_min and take_any: whole rows picked from a group. */
import { unsupported } from '../../refusal.ts';
import type { Call, TupleCall } from '../context.ts';
import type { RelationColumn } from '../relation.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import { filterClause, grouped, rowArgument } from './basic.ts';
import type { AggregateFunction, AggregateTable } from './definition.ts';

/** The columns a star stands for: those of the rows but the keys and the columns named beside it. */
function starColumns(call: TupleCall): readonly RelationColumn[] {
  const named = new Set<string>(call.context.groupColumns);
  for (const expression of call.args) {
    if (expression.kind === 'column') named.add(expression.name);
  }
  return (call.context.row?.columns ?? []).filter((column) => !named.has(column.name));
}

/** The values to return from the picked row: the named ones, a star expanded. */
function returned(call: TupleCall, from: number): readonly Value[] {
  return call.args
    .slice(from)
    .flatMap((expression, index) =>
      expression.kind === 'star'
        ? starColumns(call).map((column) => value(column.sql, column.type))
        : [rowArgument(call, from + index)],
    );
}

/** Reads the fields of a struct that an aggregate picked. A string over no rows is ''. */
function fields(picked: string, values: readonly Value[]): readonly Value[] {
  return values.map((field, index) => {
    const read = `struct_extract(${picked}, 'f${index}')`;
    return field.type === 'string' ? value(`coalesce(${read}, '')`, 'string') : value(read, field.type);
  });
}

function pack(values: readonly Value[]): string {
  return `struct_pack(${values.map((field, index) => `f${index} := ${field.sql}`).join(', ')})`;
}

function extreme(sql: 'arg_max' | 'arg_min'): AggregateFunction {
  return {
    min: 1,
    max: Number.POSITIVE_INFINITY,
    columns: (call) => {
      const key = rowArgument(call, 0);
      if (key.type === 'dynamic' || key.type === 'guid') {
        throw unsupported(`'${call.name}' by a ${key.type}: convert it first, it`, call.span);
      }
      // All columns come from one struct, so that they are of one row also when the extreme value repeats.
      const values = [key, ...returned(call, 1)];
      const row = pack(values);
      const picked = `${sql}(${row}, ${key.sql})`;
      // Rows whose key is null are ignored, unless all are: then any row is taken.
      return fields(grouped(call, key.nullable ? `coalesce(${picked}, first(${row}))` : picked), values);
    },
  };
}

const takeAny: AggregateFunction = {
  min: 1,
  max: Number.POSITIVE_INFINITY,
  compile: (call) => {
    const argument = rowArgument(call, 0);
    if (call.args.length !== 1) throw unsupported(`'${call.name}' here`, call.span);
    // A value that is not null is preferred (take_any's documentation); for strings, one that is not empty.
    const present = argument.type === 'string' ? `nullif(${argument.sql}, '')` : argument.sql;
    const result = `any_value(${present})`;
    return value(
      grouped(call, argument.type === 'string' ? `coalesce(${result}, '')` : result),
      argument.type,
    );
  },
  columns: (call) => {
    const values = returned(call, 0);
    return fields(grouped(call, `first(${pack(values)})`), values);
  },
};

/** One column, of the rows that meet the predicate; null, or '', when none does. */
function takeAnyIf(call: Call): Value {
  const argument = rowArgument(call, 0);
  const filter = filterClause(call, 1);
  if (argument.type !== 'string')
    return value(grouped(call, `any_value(${argument.sql})${filter}`), argument.type);
  return value(grouped(call, `coalesce(any_value(nullif(${argument.sql}, ''))${filter}, '')`), 'string');
}

const takeAnyIfOnce: AggregateFunction = { min: 2, max: 2, compile: takeAnyIf };

export const extremeAggregates: AggregateTable = {
  any: takeAny,
  anyif: takeAnyIfOnce,
  arg_max: extreme('arg_max'),
  arg_min: extreme('arg_min'),
  take_any: takeAny,
  argmax: extreme('arg_max'),
  argmin: extreme('arg_min'),
  take_anyif: takeAnyIfOnce,
};
