/** Arrays and property bags (the type dynamic), held as JSON. */
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { toJson, toText } from '../conversions.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import { allArguments, argument, argumentSpan, literalInteger, literalText } from './definition.ts';

const many = Number.POSITIVE_INFINITY;

function dynamic(call: Call, index: number): string {
  const given = argument(call, index);
  if (given.type !== 'dynamic')
    throw unsupported(`'${call.name}' of a ${given.type}`, argumentSpan(call, index));
  return given.sql;
}

/** An element: a null is JSON's null inside an array or bag. */
function element(given: Value): string {
  const json = toJson(given).sql;
  return given.nullable ? `coalesce(${json}, CAST('null' AS JSON))` : json;
}

function packArray(call: Call): Value {
  if (call.args.some((expression) => expression.kind === 'star')) {
    throw unsupported("'pack_array(*)'", call.span);
  }
  if (call.args.length === 0) return value(`CAST('[]' AS JSON)`, 'dynamic', false);
  return value(
    `json_array(${allArguments(call)
      .map((given) => element(given))
      .join(', ')})`,
    'dynamic',
    false,
  );
}

function bagPack(call: Call): Value {
  if (call.args.length % 2 !== 0) throw invalid(`${call.name}() needs a value for each key`, call.span);
  if (call.args.length === 0) return value(`CAST('{}' AS JSON)`, 'dynamic', false);
  const keys = new Set<string>();
  const pairs = allArguments(call).map((given, index) => {
    if (index % 2 === 1) return element(given);
    const key = literalText(call, index);
    if (keys.has(key)) throw unsupported(`'${call.name}' with a key twice`, argumentSpan(call, index));
    keys.add(key);
    return quoteText(key);
  });
  return value(`json_object(${pairs.join(', ')})`, 'dynamic', false);
}

function packAll(call: Call): Value {
  const columns = call.context.row?.columns ?? [];
  if (call.args.length > 0) throw unsupported("'pack_all' with an argument", call.span);
  if (columns.length === 0) throw unsupported("'pack_all' without columns", call.span);
  const pairs = columns.map(
    (column) => `${quoteText(column.name)}, ${element(value(column.sql, column.type))}`,
  );
  return value(`json_object(${pairs.join(', ')})`, 'dynamic', false);
}

function arrayLength(call: Call): Value {
  const array = dynamic(call, 0);
  return value(
    `CASE WHEN json_type(${array}) = 'ARRAY' THEN CAST(json_array_length(${array}) AS BIGINT) END`,
    'long',
  );
}

/** The elements of an array as a list of JSON; NULL for what is no array. */
function list(sql: string): string {
  return `CASE WHEN json_type(${sql}) = 'ARRAY' THEN CAST(json_extract(${sql}, '$[*]') AS JSON[]) END`;
}

function arrayConcat(call: Call): Value {
  const arrays = call.args.map((_expression, index) => list(dynamic(call, index)));
  return value(`to_json(list_concat(${arrays.join(', ')}))`, 'dynamic');
}

function arrayReverse(call: Call): Value {
  return value(`to_json(list_reverse(${list(dynamic(call, 0))}))`, 'dynamic');
}

function arraySlice(call: Call): Value {
  const array = dynamic(call, 0);
  const place = (index: bigint, length: string) => (index < 0n ? `(${length} + ${index})` : `${index}`);
  const length = `len(${list(array)})`;
  const start = place(literalInteger(call, 1), length);
  const end = place(literalInteger(call, 2), length);
  return value(`to_json(list_slice(${list(array)}, greatest(${start}, 0) + 1, ${end} + 1))`, 'dynamic');
}

function bagKeys(call: Call): Value {
  const bag = dynamic(call, 0);
  return value(`CASE WHEN json_type(${bag}) = 'OBJECT' THEN to_json(json_keys(${bag})) END`, 'dynamic');
}

function bagHasKey(call: Call): Value {
  const bag = dynamic(call, 0);
  return value(
    `CASE WHEN json_type(${bag}) = 'OBJECT' THEN list_contains(json_keys(${bag}), ${toText(argument(call, 1)).sql}) END`,
    'bool',
  );
}

function hasElement(call: Call): Value {
  const given = argument(call, 1);
  if (given.type === 'dynamic')
    throw unsupported("'set_has_element' of a dynamic value", argumentSpan(call, 1));
  const array = dynamic(call, 0);
  return value(`list_contains(${list(array)}, ${toJson(given).sql})`, 'bool');
}

function setOperation(sql: (a: string, b: string) => string) {
  return (call: Call): Value => {
    const [a = 'NULL', b = 'NULL'] = call.args.map((_expression, index) => list(dynamic(call, index)));
    return value(`to_json(list_distinct(${sql(a, b)}))`, 'dynamic');
  };
}

const bag = { min: 0, max: many, compile: bagPack };

export const dynamicFunctions: FunctionTable = {
  array_concat: { min: 1, max: 64, compile: arrayConcat },
  array_length: { min: 1, max: 1, compile: arrayLength },
  array_reverse: { min: 1, max: 1, compile: arrayReverse },
  array_slice: { min: 3, max: 3, compile: arraySlice },
  bag_has_key: { min: 2, max: 2, compile: bagHasKey },
  bag_keys: { min: 1, max: 1, compile: bagKeys },
  bag_pack: bag,
  pack: bag,
  pack_all: { min: 0, max: 1, compile: packAll },
  pack_array: { min: 0, max: many, compile: packArray },
  set_difference: {
    min: 2,
    max: 2,
    compile: setOperation((a, b) => `list_filter(${a}, lambda e: NOT list_contains(${b}, e))`),
  },
  set_has_element: { min: 2, max: 2, compile: hasElement },
  set_intersect: {
    min: 2,
    max: 2,
    compile: setOperation((a, b) => `list_filter(${a}, lambda e: list_contains(${b}, e))`),
  },
  set_union: { min: 2, max: 2, compile: setOperation((a, b) => `list_concat(${a}, ${b})`) },
};
