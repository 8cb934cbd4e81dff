/** Aggregates that make arrays and bags. */
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { toJson } from '../expressions/conversions.ts';
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
  return given.literal < defaultSize ? given.literal : defaultSize;
}

function order(call: Call): string {
  const keys = call.context.row?.order ?? [];
  return keys.length === 0 ? '' : ` ORDER BY ${keys.map((key) => `${key.sql} ${key.direction}`).join(', ')}`;
}

/** Elements as JSON; nulls are left out, and so are nulls inside dynamic values. Empty strings stay. */
function collect(call: Call, distinct: boolean, condition: number | undefined, sizeIndex: number): Value {
  const argument = rowArgument(call, 0);
  const present = argument.nullable ? `${argument.sql} IS NOT NULL` : undefined;
  const filter = filterClause(call, condition, present);
  const json = toJson(argument).sql;
  if (distinct && argument.type === 'dynamic') {
    // An array stands for its elements (page `make_set()`).
    const values = `coalesce(CAST(to_json(list(${json})${filter}) AS VARCHAR), '[]')`;
    const set = `kql_distinct_elements(${values}, ${size(call, sizeIndex)})`;
    return value(grouped(call, `CAST(${set} AS JSON)`), 'dynamic', false);
  }
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

function makeBag(condition: number | undefined, sizeIndex: number) {
  return (call: Call): Value => {
    const argument = rowArgument(call, 0);
    if (argument.type !== 'dynamic') throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
    const filter = filterClause(call, condition, `${argument.sql} IS NOT NULL`);
    const bags = `coalesce(CAST(to_json(list(${argument.sql}${order(call)})${filter}) AS VARCHAR), '[]')`;
    return value(
      grouped(call, `CAST(kql_merged_bag(${bags}, ${size(call, sizeIndex)}) AS JSON)`),
      'dynamic',
      false,
    );
  };
}

/** With nulls, where make_list() leaves them out. */
function listWithNulls(call: Call): Value {
  const json = `coalesce(${toJson(rowArgument(call, 0)).sql}, CAST('null' AS JSON))`;
  return value(grouped(call, `to_json(coalesce(list(${json}${order(call)}), []))`), 'dynamic', false);
}

function buildSchema(call: Call): Value {
  const argument = rowArgument(call, 0);
  if (argument.type !== 'dynamic') throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
  const values = `coalesce(CAST(to_json(list(${argument.sql}${order(call)}) FILTER (WHERE ${argument.sql} IS NOT NULL)) AS VARCHAR), '[]')`;
  // Of no values null (page `summarize operator`, "Default values of aggregations").
  return value(grouped(call, `CAST(kql_schema(nullif(${values}, '[]')) AS JSON)`), 'dynamic');
}

export const collectionAggregates: AggregateTable = {
  buildschema: { min: 1, max: 1, compile: buildSchema, note: 'the type of a bool is called bool' },
  make_bag: { min: 1, max: 2, compile: makeBag(undefined, 1) },
  make_bag_if: { min: 2, max: 3, compile: makeBag(1, 2) },
  make_dictionary: { min: 1, max: 2, compile: makeBag(undefined, 1) },
  make_list: collection(false),
  make_list_if: collectionIf(false),
  make_list_with_nulls: { min: 1, max: 1, compile: listWithNulls },
  make_set: collection(true),
  make_set_if: collectionIf(true),
  makelist: collection(false),
  makeset: collection(true),
};
