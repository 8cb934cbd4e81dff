/** series_…() element by element, and the figures of whole series. What is no number gives null, or an error where nothing is documented. */
import type { Json } from '../dynamic/json.ts';
import { isArray, kindOf, readJson, realLeaf, writeJson } from '../dynamic/json.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

const nonFinite: Readonly<Record<string, number>> = {
  '"NaN"': Number.NaN,
  '"Infinity"': Number.POSITIVE_INFINITY,
  '"-Infinity"': Number.NEGATIVE_INFINITY,
};

/** The number of an element; dynamic holds NaN and the infinities as texts. */
export function seriesNumber(item: Json | undefined): number | undefined {
  if (typeof item !== 'string') return undefined;
  return kindOf(item) === 'number' ? Number(item) : nonFinite[item];
}

export function isWhole(item: Json): item is string {
  return typeof item === 'string' && /^-?\d+$/.test(item);
}

type Binary = (a: Json, b: Json) => Json;

/** Whole numbers stay whole. @throws NativeError beyond 64 bits */
function exact(whole: (a: bigint, b: bigint) => bigint, real: (a: number, b: number) => number): Binary {
  return (a, b) => {
    if (!isWhole(a) || !isWhole(b)) return asReal(real)(a, b);
    const result = whole(BigInt(a), BigInt(b));
    if (BigInt.asIntN(64, result) !== result) throw new NativeError('an element of the series overflows');
    return result.toString();
  };
}

function asReal(compute: (a: number, b: number) => number): Binary {
  return (a, b) => {
    const [x, y] = [seriesNumber(a), seriesNumber(b)];
    return x === undefined || y === undefined ? 'null' : realLeaf(compute(x, y));
  };
}

function compared(holds: (order: number) => boolean): Binary {
  return (a, b) => {
    const [x, y] = [seriesNumber(a), seriesNumber(b)];
    if (x === undefined || y === undefined) return 'null';
    if (isWhole(a) && isWhole(b)) {
      const difference = BigInt(a) - BigInt(b);
      return String(holds(difference === 0n ? 0 : difference < 0n ? -1 : 1));
    }
    // NaN is ordered with nothing: only != holds for it.
    if (Number.isNaN(x) || Number.isNaN(y)) return String(holds(Number.NaN));
    return String(holds(x === y ? 0 : x < y ? -1 : 1));
  };
}

/** Two series, or a series and a number that stands for every element. The longer one's rest gives nulls. */
function elementwise(compute: Binary) {
  return (first: string, second: string): string => {
    const [a, b] = [readJson(first), readJson(second)];
    if (!isArray(a) && !isArray(b)) return 'null';
    const length = Math.max(isArray(a) ? a.length : 0, isArray(b) ? b.length : 0);
    const at = (from: Json, index: number): Json => (isArray(from) ? (from[index] ?? 'null') : from);
    return writeJson(Array.from({ length }, (_item, index) => compute(at(a, index), at(b, index))));
  };
}

function mapped(compute: (number: number, item: string) => Json) {
  return (text: string): string => {
    const series = readJson(text);
    if (!isArray(series)) return 'null';
    return writeJson(
      series.map((item) => {
        const number = seriesNumber(item);
        return number === undefined || typeof item !== 'string' ? 'null' : compute(number, item);
      }),
    );
  };
}

function real(compute: (number: number) => number) {
  return mapped((number) => realLeaf(compute(number)));
}

/** The elements of a series as numbers; undefined for what is no array. */
export function numbersOf(text: string): readonly (number | undefined)[] | undefined {
  const series = readJson(text);
  return isArray(series) ? series.map((item) => seriesNumber(item)) : undefined;
}

function folded(name: string, compute: (numbers: readonly number[]) => number) {
  return (text: string): string => {
    const numbers = numbersOf(text);
    if (numbers === undefined) return 'null';
    const known = numbers.filter((number) => number !== undefined);
    if (known.length < numbers.length)
      throw new NativeError(`${name}() of a series with elements that are no numbers`);
    return String(compute(known));
  };
}

/** Pairs of numbers as far as the shorter series goes, without those that are no numbers; a number stands for every element. */
function pairs(first: string, second: string): readonly (readonly [number, number])[] | undefined {
  const [a, b] = [readJson(first), readJson(second)];
  const lengths = [a, b].flatMap((one) => (isArray(one) ? [one.length] : []));
  if (lengths.length === 0 || lengths.includes(0) || a === 'null' || b === 'null') return undefined;
  const found: (readonly [number, number])[] = [];
  for (let index = 0; index < Math.min(...lengths); index += 1) {
    const [x, y] = [a, b].map((one) => seriesNumber(isArray(one) ? one[index] : one));
    if (x !== undefined && y !== undefined) found.push([x, y]);
  }
  return found;
}

function dotProduct(first: string, second: string): string {
  const found = pairs(first, second);
  return found === undefined ? 'null' : String(found.reduce((sum, [x, y]) => sum + x * y, 0));
}

/** A magnitude that the call does not give is ''. */
function cosineSimilarity(first: string, second: string, magnitude1: string, magnitude2: string): string {
  const found = pairs(first, second);
  if (found === undefined || magnitude1 === 'null' || magnitude2 === 'null') return 'null';
  const length = (given: string, side: 0 | 1): number =>
    given === '' ? Math.sqrt(found.reduce((sum, pair) => sum + pair[side] ** 2, 0)) : Number(given);
  const product = found.reduce((sum, [x, y]) => sum + x * y, 0);
  return String(product / (length(magnitude1, 0) * length(magnitude2, 1)));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function pearson(first: string, second: string): string {
  const [a, b] = [numbersOf(first), numbersOf(second)];
  if (a === undefined || b === undefined || a.length !== b.length || a.length === 0) return 'null';
  const x = a.filter((number) => number !== undefined);
  const y = b.filter((number) => number !== undefined);
  if (x.length < a.length || y.length < b.length) return 'null';
  const [meanX, meanY] = [mean(x), mean(y)];
  let [product, squareX, squareY] = [0, 0, 0];
  for (const [index, value] of x.entries()) {
    const [dx, dy] = [value - meanX, (y[index] ?? 0) - meanY];
    product += dx * dy;
    squareX += dx * dx;
    squareY += dy * dy;
  }
  return String(product / Math.sqrt(squareX * squareY));
}

/**
 * series_stats_dynamic(). Without `ignore` a series with an element that is no finite number gives null; with it such elements
 * are left out, and places still count in the whole series.
 */
function stats(text: string, ignore: string): string {
  const numbers = numbersOf(text);
  if (numbers === undefined) return 'null';
  const finite = numbers.flatMap((number, index) =>
    number !== undefined && Number.isFinite(number) ? [{ number, index }] : [],
  );
  if (finite.length < numbers.length && ignore !== 'true') return 'null';
  const [first, second] = finite;
  if (first === undefined || second === undefined)
    throw new NativeError(
      `series statistics of fewer than two finite numbers are not supported by this endpoint`,
    );
  let [least, most] = [first, first];
  for (const one of finite) {
    if (one.number < least.number) least = one;
    if (one.number > most.number) most = one;
  }
  const values = finite.map((one) => one.number);
  const average = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
  return writeJson(
    new Map([
      ['min', realLeaf(least.number)],
      ['min_idx', String(least.index)],
      ['max', realLeaf(most.number)],
      ['max_idx', String(most.index)],
      ['avg', realLeaf(average)],
      ['stdev', realLeaf(Math.sqrt(variance))],
      ['variance', realLeaf(variance)],
      ['sum', realLeaf(values.reduce((sum, value) => sum + value, 0))],
      ['len', String(numbers.length)],
    ]),
  );
}

export const seriesNatives: NativeTable = {
  series_abs: native(
    1,
    mapped((number, item) => (isWhole(item) ? item.replace('-', '') : realLeaf(Math.abs(number)))),
  ),
  series_acos: native(1, real(Math.acos)),
  series_add: native(
    2,
    elementwise(
      exact(
        (a, b) => a + b,
        (a, b) => a + b,
      ),
    ),
  ),
  series_asin: native(1, real(Math.asin)),
  series_atan: native(1, real(Math.atan)),
  series_ceiling: native(1, real(Math.ceil)),
  series_cos: native(1, real(Math.cos)),
  series_cosine_similarity: native(4, cosineSimilarity),
  series_divide: native(2, elementwise(asReal((a, b) => a / b))),
  series_dot_product: native(2, dotProduct),
  series_equals: native(2, elementwise(compared((order) => order === 0))),
  series_exp: native(1, real(Math.exp)),
  series_floor: native(1, real(Math.floor)),
  series_greater: native(2, elementwise(compared((order) => order > 0))),
  series_greater_equals: native(2, elementwise(compared((order) => order >= 0))),
  series_less: native(2, elementwise(compared((order) => order < 0))),
  series_less_equals: native(2, elementwise(compared((order) => order <= 0))),
  series_log: native(1, real(Math.log)),
  series_magnitude: native(
    1,
    folded('series_magnitude', (numbers) => Math.sqrt(numbers.reduce((sum, one) => sum + one * one, 0))),
  ),
  series_multiply: native(
    2,
    elementwise(
      exact(
        (a, b) => a * b,
        (a, b) => a * b,
      ),
    ),
  ),
  series_not_equals: native(2, elementwise(compared((order) => order !== 0))),
  series_pearson_correlation: native(2, pearson),
  series_pow: native(2, elementwise(asReal((a, b) => a ** b))),
  series_product: native(
    1,
    folded('series_product', (numbers) => numbers.reduce((all, one) => all * one, 1)),
  ),
  series_sign: native(
    1,
    mapped((number) => String(Math.sign(number) + 0)),
  ),
  series_sin: native(1, real(Math.sin)),
  series_stats_dynamic: native(2, stats),
  series_subtract: native(
    2,
    elementwise(
      exact(
        (a, b) => a - b,
        (a, b) => a - b,
      ),
    ),
  ),
  series_sum: native(
    1,
    folded('series_sum', (numbers) => numbers.reduce((sum, one) => sum + one, 0)),
  ),
  series_tan: native(1, real(Math.tan)),
};
