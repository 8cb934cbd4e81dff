/** series_fit_line() and series_iir(): figures that need every element of a series to be a number. */
import { realLeaf, writeJson } from '../dynamic/json.ts';
import { numbersOf } from './series.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

function allNumbers(name: string, text: string): readonly number[] | undefined {
  const numbers = numbersOf(text);
  const known = numbers?.filter((number) => number !== undefined);
  if (known !== undefined && known.length < (numbers?.length ?? 0))
    throw new NativeError(`${name}() of a series with elements that are no numbers`);
  return known;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/**
 * Least squares. As the documented example has it: the first element stands at x = 1, and both variances are those of a sample.
 */
function fitLine(text: string): string {
  const y = allNumbers('series_fit_line', text);
  if (y === undefined) return 'null';
  if (y.length < 2) throw new NativeError('series_fit_line() of fewer than two elements is not documented');
  const [meanX, meanY] = [(y.length + 1) / 2, total(y) / y.length];
  const squareX = total(y.map((_value, index) => (index + 1 - meanX) ** 2));
  const slope = total(y.map((value, index) => (index + 1 - meanX) * (value - meanY))) / squareX;
  const interception = meanY - slope * meanX;
  const line = y.map((_value, index) => interception + slope * (index + 1));
  const square = total(y.map((value) => (value - meanY) ** 2));
  if (square === 0) throw new NativeError('series_fit_line() of equal elements is not documented');
  const residual = total(y.map((value, index) => (value - (line[index] ?? 0)) ** 2));
  return writeJson(
    new Map([
      ['rsquare', realLeaf(1 - residual / square)],
      ['slope', realLeaf(slope)],
      ['variance', realLeaf(square / (y.length - 1))],
      ['rvariance', realLeaf(residual / (y.length - 1))],
      ['interception', realLeaf(interception)],
      ['line_fit', `[${line.map((value) => realLeaf(value)).join(',')}]`],
    ]),
  );
}

/** The documented recursion; what lies before the series counts as 0. */
function recursiveFilter(text: string, numerators: string, denominators: string): string {
  const x = allNumbers('series_iir', text);
  const b = allNumbers('series_iir', numerators);
  const a = allNumbers('series_iir', denominators);
  if (x === undefined || b === undefined || a === undefined) return 'null';
  const [first] = a;
  if (first === undefined || first === 0)
    throw new NativeError('series_iir() takes denominators whose first one is not 0');
  const y: number[] = [];
  for (const index of x.keys()) {
    const forward = total(b.map((coefficient, back) => coefficient * (x[index - back] ?? 0)));
    const feedback = total(a.slice(1).map((coefficient, back) => coefficient * (y[index - back - 1] ?? 0)));
    y.push((forward - feedback) / first);
  }
  return `[${y.map((value) => realLeaf(value)).join(',')}]`;
}

export const seriesLineNatives: NativeTable = {
  series_fit_line: native(1, fitLine),
  series_iir: native(3, recursiveFilter),
};
