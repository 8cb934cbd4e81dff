import type { NativeFunction } from '../native-functions.ts';
import { betaCdf, betaInv, betaPdf, erf, erfc, welchTest } from './special-functions.ts';

/** A function of reals. */
function ofReals(name: string, count: number, compute: (...args: number[]) => number): NativeFunction {
  return {
    name,
    parameters: Array.from({ length: count }, () => 'real' as const),
    result: 'real',
    evaluate: (...args) => compute(...(args as number[])),
  };
}

export const specialNatives: readonly NativeFunction[] = [
  ofReals('kql_erf', 1, (x = 0) => erf(x)),
  ofReals('kql_erfc', 1, (x = 0) => erfc(x)),
  ofReals('kql_beta_cdf', 3, (x = 0, a = 0, b = 0) => betaCdf(x, a, b)),
  ofReals('kql_beta_inv', 3, (p = 0, a = 0, b = 0) => betaInv(p, a, b)),
  ofReals('kql_beta_pdf', 3, (x = 0, a = 0, b = 0) => betaPdf(x, a, b)),
  ofReals('kql_welch_test', 6, (m1 = 0, v1 = 0, c1 = 0, m2 = 0, v2 = 0, c2 = 0) =>
    welchTest(m1, v1, c1, m2, v2, c2),
  ),
];
