/** series_fill_…(): missing elements of a series, those equal to a placeholder (null unless given), are replaced. */
import type { Json } from '../dynamic/json.ts';
import { canonical, isArray, kindOf, readJson, realLeaf, writeJson } from '../dynamic/json.ts';
import { isWhole, seriesNumber } from './series.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

/** The series with undefined for what is missing; undefined for what is no array. */
function withGaps(text: string, placeholder: string): readonly (Json | undefined)[] | undefined {
  const series = readJson(text);
  if (!isArray(series)) return undefined;
  const missing = canonical(readJson(placeholder));
  return series.map((item) => (canonical(item) === missing ? undefined : item));
}

function forward(items: readonly (Json | undefined)[]): readonly (Json | undefined)[] {
  let last: Json | undefined;
  return items.map((item) => (last = item ?? last));
}

function filled(fill: (items: readonly (Json | undefined)[]) => readonly (Json | undefined)[]) {
  return (text: string, placeholder: string): string => {
    const items = withGaps(text, placeholder);
    if (items === undefined) return 'null';
    const rest = readJson(placeholder);
    return writeJson(fill(items).map((item) => item ?? rest));
  };
}

function constant(text: string, value: string, placeholder: string): string {
  const items = withGaps(text, placeholder);
  const fill = readJson(value);
  return items === undefined ? 'null' : writeJson(items.map((item) => item ?? fill));
}

/** The number between two others; whole ones give a whole one, cut off as in the documented example. */
function between(from: number, to: number, share: number, whole: boolean): Json {
  const number = from + (to - from) * share;
  return whole ? String(Math.trunc(number) + 0) : realLeaf(number);
}

/** series_fill_linear(): `edges` says whether the ends are filled too; `value` fills a series of gaps only. */
function linear(text: string, placeholder: string, edges: string, value: string): string {
  const items = withGaps(text, placeholder);
  if (items === undefined) return 'null';
  const known = items.flatMap((item, index) => (item === undefined ? [] : [{ item, index }]));
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) {
    const fill = value === 'null' ? readJson(placeholder) : realLeaf(Number(value));
    return writeJson(items.map(() => fill));
  }
  for (const { item } of known) {
    if (seriesNumber(item) === undefined)
      throw new NativeError(`series_fill_linear() of a series with a ${kindOf(item)}`);
  }
  const whole = known.every(({ item }) => isWhole(item));
  const gap = readJson(placeholder);
  let next = 0;
  return writeJson(
    items.map((item, index) => {
      if (item !== undefined) {
        next += 1;
        return item;
      }
      const before = known[next - 1];
      const after = known[next];
      if (before === undefined || after === undefined) {
        return edges === 'false' ? gap : before === undefined ? first.item : last.item;
      }
      const share = (index - before.index) / (after.index - before.index);
      return between(Number(before.item), Number(after.item), share, whole);
    }),
  );
}

export const seriesFillNatives: NativeTable = {
  series_fill_backward: native(
    2,
    filled((items) => [...forward([...items].toReversed())].toReversed()),
  ),
  series_fill_const: native(3, constant),
  series_fill_forward: native(2, filled(forward)),
  series_fill_linear: native(4, linear),
};
