/** Functions of several values: `f(…)[n]`, or one column each in extend, project and print. */
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import { argument } from './definition.ts';
import { nativeArgument, nativeCall } from './native-call.ts';
import { statistics } from './series.ts';

type TupleFunction = (call: Call, index: number) => Value;

/** The arrays, each in the order of the first one. */
function sorted(order: 'asc' | 'desc'): TupleFunction {
  return (call, index) => {
    const last = call.args.length - 1;
    const flag = argument(call, last);
    const arrays = flag.type === 'bool' ? last : last + 1;
    if (index >= arrays) throw invalid(`${call.name}() has no value ${index} here`, call.span);
    const nullsLast = flag.type === 'bool' ? `coalesce(CAST(${flag.sql} AS VARCHAR), 'true')` : "'true'";
    const first = nativeArgument(call, 0, 'array');
    if (index === 0) return nativeCall('array_sort', [first, `'${order}'`, nullsLast], 'dynamic');
    const array = nativeArgument(call, index, 'array');
    return nativeCall('array_sort_by', [first, array, `'${order}'`, nullsLast], 'dynamic');
  };
}

const figures = ['min', 'min_idx', 'max', 'max_idx', 'avg', 'stdev', 'variance'];

function seriesStatistics(call: Call, index: number): Value {
  const name = figures[index];
  if (name === undefined) throw invalid(`series_stats() has no value ${index}`, call.span);
  const text = `json_extract_string(${statistics(call).sql}, '$.${name}')`;
  return name.endsWith('_idx')
    ? value(`CAST(${text} AS BIGINT)`, 'long')
    : value(`CAST(${text} AS DOUBLE)`, 'real');
}

const line = ['rsquare', 'slope', 'variance', 'rvariance', 'interception', 'line_fit'];

function fittedLine(call: Call, index: number): Value {
  const name = line[index];
  if (name === undefined) throw invalid(`series_fit_line() has no value ${index}`, call.span);
  const fit = nativeCall('series_fit_line', [nativeArgument(call, 0, 'array')], 'dynamic').sql;
  return name === 'line_fit'
    ? value(`json_extract(${fit}, '$.line_fit')`, 'dynamic')
    : value(`CAST(json_extract_string(${fit}, '$.${name}') AS DOUBLE)`, 'real');
}

export const tupleFunctions: ReadonlyMap<string, TupleFunction> = new Map([
  ['array_sort_asc', sorted('asc')],
  ['array_sort_desc', sorted('desc')],
  ['series_fit_line', fittedLine],
  ['series_stats', seriesStatistics],
]);

/** @throws QueryError when the function makes no tuple here */
export function tupleElement(call: Call, index: number): Value {
  const compile = tupleFunctions.get(call.name);
  if (compile === undefined) throw unsupported(`the function '${call.name}'`, call.span);
  return compile(call, index);
}
