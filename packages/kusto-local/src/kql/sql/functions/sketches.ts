/** What is read from hll and tdigest values (pages `dcount_hll()`, `percentile_tdigest()`, `rank_tdigest()` and their neighbours). */
import type { KustoType } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { isNumeric, value } from '../value.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { allArguments, argument, argumentSpan, typed } from './definition.ts';

function sketch(call: Call, index: number): string {
  const given = argument(call, index);
  if (given.type !== 'dynamic') {
    throw unsupported(`'${call.name}' of a ${given.type}`, argumentSpan(call, index));
  }
  return `CAST(${given.sql} AS VARCHAR)`;
}

function merge(sql: string): ScalarFunction {
  return {
    min: 2,
    max: 64,
    compile: (call) => {
      const parts = allArguments(call).map((_given, index) => `coalesce(${sketch(call, index)}, 'null')`);
      return value(`CAST(${sql}('[' || ${parts.join(" || ',' || ")} || ']') AS JSON)`, 'dynamic', false);
    },
  };
}

/** The type that a call ends with, `typeof(…)`, and the number of arguments before it. */
function typeArgument(call: Call): { readonly type: KustoType | undefined; readonly count: number } {
  const last = call.args.at(-1);
  if (last?.kind === 'type') return { type: last.type, count: call.args.length - 1 };
  return { type: undefined, count: call.args.length };
}

function percentile(call: Call): Value {
  const { type } = typeArgument(call);
  const text = `kql_tdigest_percentile(${sketch(call, 0)}, ${typed(call, 1, 'real').sql})`;
  const found = value(`kql_json(CAST(${text} AS JSON))`, 'dynamic');
  return type === undefined ? found : convert(found, type, call.span);
}

function percentiles(call: Call): Value {
  const { type, count } = typeArgument(call);
  const from = sketch(call, 0);
  const first = argument(call, 1);
  const one = (percent: string) => `CAST(kql_tdigest_percentile(${from}, ${percent}) AS JSON)`;
  if (first.type === 'dynamic') {
    const list = `CAST(json_extract(${first.sql}, '$[*]') AS DOUBLE[])`;
    return value(`to_json(list_transform(${list}, lambda percent: ${one('percent')}))`, 'dynamic');
  }
  if (count === 2 && type !== undefined && call.type !== 'dynamic') return percentile(call);
  const found = Array.from({ length: count - 1 }, (_unused, index) =>
    one(typed(call, index + 1, 'real').sql),
  );
  return value(`to_json([${found.join(', ')}])`, 'dynamic', false);
}

function rank(sql: string): ScalarFunction {
  return {
    min: 2,
    max: 2,
    compile: (call) => {
      const given = argument(call, 1);
      let type: string;
      let text: string;
      if (given.type === 'datetime' || given.type === 'timespan') {
        ({ type } = given);
        text = `CAST(${given.sql} AS VARCHAR)`;
      } else if (given.type === 'int' || given.type === 'long') {
        type = 'long';
        text = `CAST(${given.sql} AS VARCHAR)`;
      } else if (isNumeric(given.type)) {
        type = 'real';
        text = `kql_real_text(${convert(given, 'real', call.span).sql})`;
      } else {
        throw unsupported(`'${call.name}' of a ${given.type}`, argumentSpan(call, 1));
      }
      return value(`${sql}(${sketch(call, 0)}, '${type}', ${text})`, 'real');
    },
  };
}

const mergeDigests = merge('kql_tdigest_merge');

export const sketchFunctions: FunctionTable = {
  dcount_hll: {
    min: 1,
    max: 1,
    compile: (call) => value(`kql_hll_count(${sketch(call, 0)})`, 'long'),
  },
  hll_merge: merge('kql_hll_merge'),
  merge_tdigest: mergeDigests,
  percentile_tdigest: { min: 2, max: 3, compile: percentile },
  percentiles_array_tdigest: { min: 2, max: 64, compile: percentiles },
  percentrank_tdigest: rank('kql_tdigest_percentrank'),
  rank_tdigest: rank('kql_tdigest_rank'),
  tdigest_merge: mergeDigests,
};
