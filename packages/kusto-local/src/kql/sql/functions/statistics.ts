/** Functions of statistics (pages `beta_cdf()`, `erf()`, `gamma()`, `welch_test()` and their neighbours). */
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { template } from './definition.ts';

function reals(sql: string, count: number): ScalarFunction {
  return template(
    Array.from({ length: count }, () => 'real' as const),
    'real',
    (...args) => `${sql}(${args.join(', ')})`,
  );
}

const nan = "CAST('nan' AS DOUBLE)";

export const statisticsFunctions: FunctionTable = {
  beta_cdf: reals('kql_beta_cdf', 3),
  // Out of range the page's notes and its example say NaN and null each for what the other calls null and NaN.
  beta_inv: template(
    ['real', 'real', 'real'],
    'real',
    (p, a, b) =>
      `CASE WHEN ${p} IS NULL OR ${a} IS NULL OR ${b} IS NULL THEN NULL WHEN ${p} > 0 AND ${p} <= 1 AND ${a} > 0 AND ${b} > 0 THEN kql_beta_inv(${p}, ${a}, ${b}) ELSE CAST(error('beta_inv() of a probability outside ]0, 1] or a parameter of 0 or less') AS DOUBLE) END`,
    { nullable: true },
  ),
  beta_pdf: reals('kql_beta_pdf', 3),
  erf: reals('kql_erf', 1),
  erfc: reals('kql_erfc', 1),
  // At 0 and the negative whole numbers the gamma function has no value.
  gamma: template(
    ['real'],
    'real',
    (x) =>
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${x} <= 0 AND ${x} = floor(${x}) THEN ${nan} ELSE gamma(${x}) END`,
  ),
  loggamma: template(
    ['real'],
    'real',
    (x) =>
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${x} <= 0 AND ${x} = floor(${x}) THEN CAST('inf' AS DOUBLE) ELSE lgamma(${x}) END`,
  ),
  welch_test: reals('kql_welch_test', 6),
};
