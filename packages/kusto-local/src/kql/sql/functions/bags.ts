/** Property bags (of the type dynamic), held as JSON. */
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { toJson } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import { allArguments, argument, argumentSpan, typed } from './definition.ts';
import { jsonText, nativeCall, nativeFunction, nativeListFunction } from './native-call.ts';

const many = Number.POSITIVE_INFINITY;
const emptyArray = value(`CAST('[]' AS JSON)`, 'dynamic', false);
const emptyBag = value(`CAST('{}' AS JSON)`, 'dynamic', false);

/** An element: a null is JSON's null inside an array or bag. */
function element(given: Value): string {
  const json = toJson(given).sql;
  return given.nullable ? `coalesce(${json}, CAST('null' AS JSON))` : json;
}

/** The columns of the rows at hand, as elements by their names. */
function columnsOf(call: Call): readonly { readonly name: string; readonly value: Value }[] {
  const columns = call.context.row?.columns ?? [];
  if (columns.length === 0) throw unsupported(`'${call.name}' without columns`, call.span);
  return columns.map((column) => ({ name: column.name, value: value(column.sql, column.type) }));
}

function packArray(call: Call): Value {
  const [first] = call.args;
  const star = call.args.some((expression) => expression.kind === 'star');
  if (star && (call.args.length > 1 || first?.kind !== 'star'))
    throw invalid('pack_array(*) takes nothing beside the star', call.span);
  const values = star ? columnsOf(call).map((column) => column.value) : allArguments(call);
  if (values.length === 0) return emptyArray;
  return value(`json_array(${values.map((given) => element(given)).join(', ')})`, 'dynamic', false);
}

function bagPack(call: Call): Value {
  if (call.args.length % 2 !== 0) throw invalid(`${call.name}() needs a value for each key`, call.span);
  if (call.args.length === 0) return emptyBag;
  const keys = new Set<string>();
  let computed = false;
  for (let index = 0; index < call.args.length; index += 2) {
    const key = typed(call, index, 'string').literal;
    if (typeof key !== 'string') computed = true;
    else if (keys.has(key)) throw unsupported(`'${call.name}' with a key twice`, argumentSpan(call, index));
    else keys.add(key);
  }
  if (computed) {
    const parts = call.args.map((_argument, index) =>
      index % 2 === 0 ? jsonText(typed(call, index, 'string')) : jsonText(argument(call, index)),
    );
    return nativeCall('bag_pack', [`('[' || ${parts.join(` || ',' || `)} || ']')`], 'dynamic');
  }
  const pairs = allArguments(call).map((given, index) =>
    index % 2 === 1 ? element(given) : quoteText(String(given.literal)),
  );
  return value(`json_object(${pairs.join(', ')})`, 'dynamic', false);
}

function bagPackColumns(call: Call): Value {
  const pairs = call.args.map((expression, index) => {
    if (expression.kind !== 'column')
      throw invalid('bag_pack_columns() takes columns', argumentSpan(call, index));
    return `${quoteText(expression.name)}, ${element(argument(call, index))}`;
  });
  return value(`json_object(${pairs.join(', ')})`, 'dynamic', false);
}

/** What `pack_all(true)` leaves out: nulls and empty strings. */
function isAbsent(given: Value): string {
  return given.type === 'string' ? `${given.sql} = ''` : `${given.sql} IS NULL`;
}

function packAll(call: Call): Value {
  const columns = columnsOf(call);
  const ignore = call.args.length === 0 ? false : argument(call, 0).literal;
  if (typeof ignore !== 'boolean')
    throw unsupported("'pack_all' with an argument that is not true or false", argumentSpan(call, 0));
  if (!ignore) {
    const pairs = columns.map((column) => `${quoteText(column.name)}, ${element(column.value)}`);
    return value(`json_object(${pairs.join(', ')})`, 'dynamic', false);
  }
  const slots = columns.map(
    (column) =>
      `CASE WHEN ${isAbsent(column.value)} THEN NULL ELSE CAST(to_json(${quoteText(column.name)}) AS VARCHAR) || ':' || ${jsonText(column.value)} END`,
  );
  return value(
    `CAST('{' || array_to_string(list_filter([${slots.join(', ')}], lambda s: s IS NOT NULL), ',') || '}' AS JSON)`,
    'dynamic',
    false,
  );
}

function bagKeys(call: Call): Value {
  const bag = argument(call, 0);
  if (bag.type !== 'dynamic') throw unsupported(`'bag_keys' of a ${bag.type}`, argumentSpan(call, 0));
  return value(
    `CASE WHEN json_type(${bag.sql}) = 'OBJECT' THEN to_json(json_keys(${bag.sql})) END`,
    'dynamic',
  );
}

/** dynamic_to_json(): a value that is not dynamic is written as tostring() does. */
function dynamicToJson(call: Call): Value {
  const given = argument(call, 0);
  if (given.type !== 'dynamic') return typed(call, 0, 'string');
  if (!given.nullable) return nativeCall('dynamic_to_json', [jsonText(given)], 'string');
  return value(
    `CASE WHEN ${given.sql} IS NULL THEN '' ELSE kql_js_dynamic_to_json(${jsonText(given)}) END`,
    'string',
  );
}

const pack = { min: 0, max: many, compile: bagPack };

export const bagFunctions: FunctionTable = {
  bag_has_key: nativeFunction('bag_has_key', ['bag', 'text'], 'bool'),
  bag_keys: { min: 1, max: 1, compile: bagKeys },
  bag_merge: nativeListFunction('bag_merge', 'bag', 'dynamic', [2, 64]),
  bag_pack: pack,
  bag_pack_columns: { min: 1, max: many, compile: bagPackColumns },
  bag_remove_keys: nativeFunction('bag_remove_keys', ['bag', 'array'], 'dynamic'),
  bag_set_key: nativeFunction('bag_set_key', ['bag', 'text', 'json'], 'dynamic'),
  bag_zip: nativeFunction('bag_zip', ['array', 'array'], 'dynamic'),
  dynamic_to_json: { min: 1, max: 1, compile: dynamicToJson },
  pack,
  pack_all: { min: 0, max: 1, compile: packAll },
  pack_array: { min: 0, max: many, compile: packArray },
  pack_dictionary: pack,
  treepath: nativeFunction('treepath', ['bag'], 'dynamic'),
};
