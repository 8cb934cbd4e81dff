/** Aggregates that make arrays, and percentiles. */
import { unsupported } from '../../refusal.ts';
import type { Call, TupleCall } from '../context.ts';
import { conform, toJson } from '../conversions.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import { filterClause, grouped, rowArgument } from './basic.ts';
import type { AggregateFunction, AggregateTable } from './definition.ts';

/** make_list and make_set take at most this many elements without a size (their documentation). */
const defaultSize = 1_048_576n;

function size(call: Call, index: number): bigint {
  if (call.args[index] === undefined) return defaultSize;
  const given = rowArgument(call, index);
  if (typeof given.literal !== 'bigint' || given.literal < 0n) {
    throw unsupported(`'${call.name}' with a size that is not a literal`, call.span);
  }
  return given.literal;
}

function order(call: Call): string {
  const keys = call.context.row?.order ?? [];
  return keys.length === 0 ? '' : ` ORDER BY ${keys.map((key) => `${key.sql} ${key.direction}`).join(', ')}`;
}

/** Elements as JSON; nulls are left out, and so are nulls inside dynamic values. Empty strings stay. */
function collect(call: Call, distinct: boolean, condition: number | undefined, sizeIndex: number): Value {
  const argument = rowArgument(call, 0);
  if (distinct && argument.type === 'dynamic') {
    throw unsupported(`'${call.name}' over dynamic values`, call.span);
  }
  const present = argument.nullable ? `${argument.sql} IS NOT NULL` : undefined;
  const filter = filterClause(call, condition, present);
  const json = toJson(argument).sql;
  const list = `list(${distinct ? 'DISTINCT ' : ''}${json}${distinct ? '' : order(call)})${filter}`;
  const limited = `list_slice(coalesce(${list}, []), 1, ${size(call, sizeIndex)})`;
  return value(grouped(call, `to_json(${limited})`), 'dynamic', false);
}

function collection(distinct: boolean): AggregateFunction {
  return { min: 1, max: 2, compile: (call) => collect(call, distinct, undefined, 1) };
}

function collectionIf(distinct: boolean): AggregateFunction {
  return { min: 2, max: 3, compile: (call) => collect(call, distinct, 1, 2) };
}

/** The smallest value with at least that share of the values at or below it; exact, where the service estimates. */
function percentileOf(call: Call, index: number): Value {
  const argument = rowArgument(call, 0);
  const share = rowArgument(call, index);
  const percent =
    typeof share.literal === 'bigint' || typeof share.literal === 'number'
      ? Number(share.literal)
      : undefined;
  if (percent === undefined || !(percent >= 0 && percent <= 100)) {
    throw unsupported(`'${call.name}' with a percentile that is not a literal from 0 to 100`, call.span);
  }
  switch (argument.type) {
    case 'int':
    case 'long':
    case 'real':
    case 'datetime':
    case 'timespan':
      // 99.9 / 100 is a little above 0.999 as a double: the next rank would be taken.
      return value(
        grouped(call, `quantile_disc(${argument.sql}, ${Number((percent / 100).toPrecision(15))})`),
        argument.type,
      );
    default:
      throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
  }
}

function percentiles(call: TupleCall): readonly Value[] {
  return call.columns.map((column, index) => conform(percentileOf(call, index + 1), column.type, call.span));
}

export const collectionAggregates: AggregateTable = {
  make_list: collection(false),
  make_list_if: collectionIf(false),
  make_set: collection(true),
  make_set_if: collectionIf(true),
  makelist: collection(false),
  makeset: collection(true),
  percentile: { min: 2, max: 2, compile: (call) => percentileOf(call, 1) },
  percentiles: { min: 2, max: 64, columns: percentiles },
};
