/** Arrays (of the type dynamic), held as JSON. What is no array gives null. */
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { argument, argumentSpan } from './definition.ts';
import { jsonText, nativeArgument, nativeCall, nativeFunction, nativeListFunction } from './native-call.ts';

function dynamic(call: Call, index: number): string {
  const given = argument(call, index);
  if (given.type !== 'dynamic')
    throw unsupported(`'${call.name}' of a ${given.type}`, argumentSpan(call, index));
  return given.sql;
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

const scalars: ReadonlySet<string> = new Set([
  'bool',
  'datetime',
  'guid',
  'int',
  'long',
  'string',
  'timespan',
]);

/** array_index_of(): an element equal to a scalar, which a dynamic may hold too. */
function indexOf(call: Call): Value {
  const sought = argument(call, 1);
  if (!scalars.has(sought.type) && sought.type !== 'dynamic' && sought.type !== 'real')
    throw unsupported(`'${call.name}' of a ${sought.type}`, argumentSpan(call, 1));
  const rest = ['0', '-1', '1'].map((otherwise, index) =>
    index + 2 < call.args.length ? nativeArgument(call, index + 2, 'long') : `'${otherwise}'`,
  );
  return nativeCall('array_index_of', [nativeArgument(call, 0, 'array'), jsonText(sought), ...rest], 'long');
}

/** array_sort_asc() and array_sort_desc() of one array, with the place of its nulls. */
function sort(order: 'asc' | 'desc') {
  return (call: Call): Value => {
    const last = call.args.length - 1;
    const flag = argument(call, last);
    const hasFlag = last > 0 && flag.type === 'bool';
    const arrays = hasFlag ? last : last + 1;
    if (arrays > 1) throw unsupported(`'${call.name}' of several arrays here`, call.span);
    const nullsLast = hasFlag ? `coalesce(CAST(${flag.sql} AS VARCHAR), 'true')` : "'true'";
    return nativeCall('array_sort', [nativeArgument(call, 0, 'array'), `'${order}'`, nullsLast], 'dynamic');
  };
}

function shift(name: string): ScalarFunction {
  return nativeFunction(name, ['array', 'long', 'json'], 'dynamic', ['']);
}

function range(call: Call): Value {
  const [start, stop] = [argument(call, 0), argument(call, 1)];
  const step = call.args.length === 3 ? argument(call, 2) : undefined;
  const { span } = call;
  if (start.type === 'datetime' || start.type === 'timespan') {
    if (stop.type !== start.type || (step !== undefined && step.type !== 'timespan'))
      throw unsupported(`'range' from a ${start.type} to a ${stop.type}`, span);
    const ticks = [start.sql, stop.sql, step?.sql ?? '36000000000'].map(
      (sql) => `coalesce(CAST(${sql} AS VARCHAR), 'null')`,
    );
    return nativeCall('range', [...ticks, `'${start.type}'`], 'dynamic');
  }
  const given = step === undefined ? [start, stop] : [start, stop, step];
  const real = given.some((part) => part.type === 'real');
  const numbers = given.map((part, index) => {
    if (part.type !== 'int' && part.type !== 'long' && part.type !== 'real')
      throw unsupported(`'range' with a ${part.type}`, argumentSpan(call, index));
    return jsonText(convert(part, real ? 'real' : 'long', span));
  });
  if (step === undefined) numbers.push("'1'");
  return nativeCall('range', [...numbers, real ? "'real'" : "'long'"], 'dynamic');
}

function repeat(call: Call): Value {
  const given = argument(call, 0);
  if (given.type === 'dynamic' || given.type === 'decimal' || given.type === 'guid')
    throw unsupported(`'repeat' of a ${given.type}`, argumentSpan(call, 0));
  return nativeCall('repeat', [jsonText(given), nativeArgument(call, 1, 'long')], 'dynamic');
}

function hasElement(call: Call): Value {
  const sought = argument(call, 1);
  return nativeCall('set_has_element', [nativeArgument(call, 0, 'array'), jsonText(sought)], 'bool');
}

const length: ScalarFunction = { min: 1, max: 1, compile: arrayLength };
const iff = nativeFunction('array_iff', ['array', 'json', 'json'], 'dynamic');
const joined = nativeFunction('strcat_array', ['array', 'text'], 'string');
const most = 64;

export const arrayFunctions: FunctionTable = {
  array_concat: { min: 1, max: most, compile: arrayConcat },
  array_iff: iff,
  array_iif: iff,
  array_index_of: { min: 2, max: 5, compile: indexOf },
  array_length: length,
  array_reverse: { min: 1, max: 1, compile: arrayReverse },
  array_rotate_left: nativeFunction('array_rotate_left', ['array', 'long'], 'dynamic'),
  array_rotate_right: nativeFunction('array_rotate_right', ['array', 'long'], 'dynamic'),
  array_shift_left: shift('array_shift_left'),
  array_shift_right: shift('array_shift_right'),
  array_slice: nativeFunction('array_slice', ['array', 'long', 'long'], 'dynamic'),
  array_sort_asc: { min: 1, max: most, compile: sort('asc') },
  array_sort_desc: { min: 1, max: most, compile: sort('desc') },
  array_split: nativeFunction('array_split', ['array', 'json'], 'dynamic'),
  array_strcat: joined,
  array_sum: nativeFunction('array_sum', ['array'], 'real'),
  arraylength: length,
  jaccard_index: nativeFunction('jaccard_index', ['array', 'array'], 'dynamic'),
  range: { min: 2, max: 3, compile: range },
  repeat: { min: 2, max: 2, compile: repeat },
  set_difference: nativeListFunction('set_difference', 'array', 'dynamic', [2, most]),
  set_equals: nativeFunction('set_equals', ['array', 'array'], 'bool'),
  set_has_element: { min: 2, max: 2, compile: hasElement },
  set_intersect: nativeListFunction('set_intersect', 'array', 'dynamic', [2, most]),
  set_union: nativeListFunction('set_union', 'array', 'dynamic', [2, most]),
  strcat_array: joined,
  zip: nativeListFunction('zip', 'array', 'dynamic', [2, 16]),
};
