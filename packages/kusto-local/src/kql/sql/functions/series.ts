/** Series: arrays of numbers. */
import { invalid, unsupported } from '../../refusal.ts';
import type { Value } from '../value.ts';
import { isNumeric } from '../value.ts';
import type { Call } from '../context.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { argument, argumentSpan } from './definition.ts';
import { jsonText, nativeArgument, nativeCall, nativeFunction } from './native-call.ts';

/** A series, or a number that stands for every element. */
function operand(call: Call, index: number): string {
  const given = argument(call, index);
  if (given.type !== 'dynamic' && !isNumeric(given.type))
    throw invalid(`${call.name}() takes series and numbers, not a ${given.type}`, argumentSpan(call, index));
  return jsonText(given);
}

function binary(name: string, type: 'dynamic' | 'real' = 'dynamic'): ScalarFunction {
  return {
    min: 2,
    max: 2,
    compile: (call): Value => nativeCall(name, [operand(call, 0), operand(call, 1)], type),
  };
}

function unary(name: string): ScalarFunction {
  return nativeFunction(name, ['array'], 'dynamic');
}

function figure(name: string): ScalarFunction {
  return nativeFunction(name, ['array'], 'real');
}

const binaries = [
  'series_add',
  'series_divide',
  'series_equals',
  'series_greater',
  'series_greater_equals',
  'series_less',
  'series_less_equals',
  'series_multiply',
  'series_not_equals',
  'series_pow',
  'series_subtract',
];

const unaries = [
  'series_abs',
  'series_acos',
  'series_asin',
  'series_atan',
  'series_ceiling',
  'series_cos',
  'series_exp',
  'series_floor',
  'series_log',
  'series_sign',
  'series_sin',
  'series_tan',
];

/** The statistics' last argument: whether elements that are no finite numbers are left out. */
export function statistics(call: Call): Value {
  const ignore = call.args.length === 2 ? argument(call, 1).literal : false;
  if (typeof ignore !== 'boolean')
    throw invalid(`${call.name}() takes true or false, written as such`, argumentSpan(call, 1));
  return nativeCall(
    'series_stats_dynamic',
    [nativeArgument(call, 0, 'array'), `'${String(ignore)}'`],
    'dynamic',
  );
}

/** Where columns can be made, and behind `[n]`, a value is taken from the tuple (`tuples.ts`). */
function severalValues(call: Call): Value {
  throw unsupported(`'${call.name}' where one value is expected`, call.span);
}

export const seriesFunctions: FunctionTable = {
  ...Object.fromEntries(binaries.map((name) => [name, binary(name)])),
  ...Object.fromEntries(unaries.map((name) => [name, unary(name)])),
  series_cosine_similarity: nativeFunction(
    'series_cosine_similarity',
    ['array', 'array', 'real', 'real'],
    'real',
    ['', ''],
  ),
  series_dot_product: binary('series_dot_product', 'real'),
  series_fill_backward: nativeFunction('series_fill_backward', ['array', 'json'], 'dynamic', ['null']),
  series_fill_const: nativeFunction('series_fill_const', ['array', 'json', 'json'], 'dynamic', ['null']),
  series_fill_forward: nativeFunction('series_fill_forward', ['array', 'json'], 'dynamic', ['null']),
  series_fill_linear: nativeFunction('series_fill_linear', ['array', 'json', 'json', 'real'], 'dynamic', [
    'null',
    'true',
    '0',
  ]),
  series_fit_line: { min: 1, max: 1, compile: severalValues },
  series_fit_line_dynamic: nativeFunction('series_fit_line', ['array'], 'dynamic'),
  series_iir: nativeFunction('series_iir', ['array', 'array', 'array'], 'dynamic'),
  series_magnitude: figure('series_magnitude'),
  series_pearson_correlation: nativeFunction('series_pearson_correlation', ['array', 'array'], 'real'),
  series_product: figure('series_product'),
  series_stats: { min: 1, max: 2, compile: severalValues },
  series_stats_dynamic: { min: 1, max: 2, compile: statistics },
  series_sum: figure('series_sum'),
};
