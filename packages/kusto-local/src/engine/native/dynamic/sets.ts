/** set_…() and jaccard_index(): arrays as sets. The first appearance of an element gives its place. */
import type { Json } from './json.ts';
import { canonical, isArray, readJson, writeJson } from './json.ts';
import { arrayOf } from './arrays.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

function asSet(array: readonly Json[]): ReadonlyMap<string, Json> {
  const set = new Map<string, Json>();
  for (const item of array) {
    const key = canonical(item);
    if (!set.has(key)) set.set(key, item);
  }
  return set;
}

/** The arrays of a JSON array; undefined when one of them is none. */
function setsOf(text: string): readonly ReadonlyMap<string, Json>[] | undefined {
  const arrays = readJson(text);
  if (!isArray(arrays)) return undefined;
  const sets: ReadonlyMap<string, Json>[] = [];
  for (const array of arrays) {
    if (!isArray(array)) return undefined;
    sets.push(asSet(array));
  }
  return sets;
}

function operation(keep: (key: string, others: readonly ReadonlyMap<string, Json>[]) => boolean) {
  return (text: string): string => {
    const [first, ...others] = setsOf(text) ?? [];
    if (first === undefined) return 'null';
    return writeJson([...first].filter(([key]) => keep(key, others)).map(([, item]) => item));
  };
}

function union(text: string): string {
  const sets = setsOf(text);
  if (sets === undefined) return 'null';
  const all = new Map<string, Json>();
  for (const set of sets) for (const [key, item] of set) if (!all.has(key)) all.set(key, item);
  return writeJson([...all.values()]);
}

function hasElement(text: string, value: string): string {
  const array = arrayOf(text);
  if (array === undefined) return 'null';
  const key = canonical(readJson(value));
  return String(array.some((item) => canonical(item) === key));
}

function equal(first: string, second: string): string {
  const sets = setsOf(`[${first},${second}]`);
  const [a, b] = sets ?? [];
  if (a === undefined || b === undefined) return 'null';
  return String(a.size === b.size && [...a.keys()].every((key) => b.has(key)));
}

function jaccard(first: string, second: string): string {
  const [a, b] = setsOf(`[${first},${second}]`) ?? [];
  if (a === undefined || b === undefined) return 'null';
  const common = [...a.keys()].filter((key) => b.has(key)).length;
  const all = a.size + b.size - common;
  if (all === 0) throw new NativeError('jaccard_index() of two empty sets is not defined');
  return String(common / all);
}

export const setNatives: NativeTable = {
  jaccard_index: native(2, jaccard),
  set_difference: native(
    1,
    operation((key, others) => others.every((other) => !other.has(key))),
  ),
  set_equals: native(2, equal),
  set_has_element: native(2, hasElement),
  set_intersect: native(
    1,
    operation((key, others) => others.every((other) => other.has(key))),
  ),
  set_union: native(1, union),
};
