/** Variances, deviations and covariances. Nulls are ignored; of a pair, both count only where neither is null. */
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { isNumeric, value } from '../value.ts';
import { filterClause, grouped, rowArgument } from './basic.ts';
import type { AggregateFunction, AggregateTable } from './definition.ts';

function real(call: Call, index: number): string {
  const argument = rowArgument(call, index);
  if (!isNumeric(argument.type)) throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
  return convert(argument, 'real', call.span).sql;
}

/** @param count how many variables; a predicate after them makes the `…if` form */
function spread(sql: string, count: 1 | 2, conditional: boolean): AggregateFunction {
  const min = count + (conditional ? 1 : 0);
  return {
    min,
    max: min,
    compile: (call): Value => {
      const variables = Array.from({ length: count }, (_unused, index) => real(call, index));
      // 0 of no value and, in a sample, of one; NaN where a value is not finite, for which DuckDB raises an error.
      const finite = variables.map((variable) => `isfinite(${variable})`).join(' AND ');
      const of = (condition: string) => filterClause(call, conditional ? count : undefined, condition);
      const spreadOf = `coalesce(${sql}(${variables.join(', ')})${of(finite)}, 0)`;
      const result = `CASE WHEN count(*)${of(`NOT (${finite})`)} > 0 THEN CAST('nan' AS DOUBLE) ELSE ${spreadOf} END`;
      return value(grouped(call, result), 'real', false);
    },
  };
}

export const spreadAggregates: AggregateTable = {
  covariance: spread('covar_samp', 2, false),
  covarianceif: spread('covar_samp', 2, true),
  covariancep: spread('covar_pop', 2, false),
  covariancepif: spread('covar_pop', 2, true),
  stdev: spread('stddev_samp', 1, false),
  stdevif: spread('stddev_samp', 1, true),
  stdevp: spread('stddev_pop', 1, false),
  variance: spread('var_samp', 1, false),
  varianceif: spread('var_samp', 1, true),
  variancep: spread('var_pop', 1, false),
  variancepif: spread('var_pop', 1, true),
};
