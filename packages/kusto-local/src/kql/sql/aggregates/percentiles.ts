/**
 * Percentiles by nearest rank: the smallest value with at least that share of the values at or below it. Exact, where the service
 * estimates (pages `percentile(), percentiles()` and `percentilew(), percentilesw()`).
 */
import type { KustoType } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import type { Call, TupleCall } from '../context.ts';
import { conform, convert, toJson } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import { grouped, rowArgument } from './basic.ts';
import type { AggregateTable } from './definition.ts';
import { samples } from './weights.ts';

const note = 'exact, where the service estimates';

function checked(percent: unknown, call: Call): number {
  const number = typeof percent === 'bigint' || typeof percent === 'number' ? Number(percent) : Number.NaN;
  if (number >= 0 && number <= 100) return number;
  throw unsupported(`'${call.name}' with a percentile that is not a literal from 0 to 100`, call.span);
}

function percentAt(call: Call, index: number): number {
  return checked(rowArgument(call, index).literal, call);
}

/** The percentiles of a call: numbers, or one dynamic array of numbers. */
function percentList(call: Call, from: number): readonly number[] {
  const first = rowArgument(call, from);
  if (first.type !== 'dynamic') {
    return call.args.slice(from).map((_argument, index) => percentAt(call, from + index));
  }
  if (typeof first.literal !== 'string') {
    throw unsupported(`'${call.name}' with an array of percentiles that is not a literal`, call.span);
  }
  const list: unknown = JSON.parse(first.literal);
  if (!Array.isArray(list)) throw unsupported(`'${call.name}' with a dynamic that is no array`, call.span);
  return list.map((percent: unknown) => checked(percent, call));
}

function plain(call: Call, percent: number): Value {
  const argument = rowArgument(call, 0);
  switch (argument.type) {
    case 'int':
    case 'long':
    case 'real':
    case 'datetime':
    case 'timespan':
      break;
    case 'decimal':
      return value(grouped(call, quantile(convert(argument, 'real', call.span).sql, percent)), 'real');
    default:
      throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
  }
  return value(grouped(call, quantile(argument.sql, percent)), argument.type);
}

function quantile(sql: string, percent: number): string {
  // 99.9 / 100 is a little above 0.999 as a double: the next rank would be taken.
  return `quantile_disc(${sql}, ${Number((percent / 100).toPrecision(15))})`;
}

function weighted(call: Call, percent: number): Value {
  const { type, values, weights } = samples(call, 1);
  const duck = type === 'real' ? 'DOUBLE' : 'BIGINT';
  const found = `kql_weighted_percentile('${type}', ${values}, ${weights}, CAST(${percent} AS DOUBLE))`;
  return value(grouped(call, `CAST(${found} AS ${duck})`), type);
}

function columns(from: number, one: (call: Call, percent: number) => Value) {
  return (call: TupleCall): readonly Value[] =>
    call.columns.map((column, index) =>
      conform(one(call, percentAt(call, from + index)), column.type, call.span),
    );
}

function single(index: number, one: (call: Call, percent: number) => Value) {
  return (call: Call): Value => {
    const found = one(call, percentAt(call, index));
    const type: KustoType = call.type === 'unknown' ? found.type : call.type;
    return conform(found, type, call.span);
  };
}

function asArray(from: number, one: (call: Call, percent: number) => Value) {
  return (call: Call): Value => {
    const found = percentList(call, from).map((percent) => toJson(one(call, percent)).sql);
    return value(`to_json([${found.join(', ')}])`, 'dynamic', false);
  };
}

export const percentileAggregates: AggregateTable = {
  percentile: { min: 2, max: 2, compile: single(1, plain), note },
  percentiles: { min: 2, max: 64, columns: columns(1, plain), note },
  percentiles_array: { min: 2, max: 64, compile: asArray(1, plain), note },
  percentilesw: { min: 3, max: 64, columns: columns(2, weighted), note },
  percentilesw_array: { min: 3, max: 64, compile: asArray(2, weighted), note },
  percentilew: { min: 3, max: 3, compile: single(2, weighted), note },
};
