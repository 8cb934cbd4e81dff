/** array_sort_asc() and array_sort_desc(): numbers and times, then strings, then guids, then the rest; nulls at one end. */
import { parseDatetime, parseTimespan } from '../../../kql/parser/literals/times.ts';
import type { Json } from './json.ts';
import { isArray, kindOf, numberOf, readJson, stringOf, writeJson } from './json.ts';
import type { NativeTable } from '../text-function.ts';
import { native } from '../text-function.ts';

type Key = readonly [group: number, key: bigint | number | string];

const datetimeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?Z$/;
const timespanForm = /^-?(?:\d{1,8}\.)?\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?$/;
const guidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What dynamic writes for a time or a guid is read as one: Kusto does so with the strings of a dynamic value. */
function keyOf(item: Json): Key {
  const number = numberOf(item);
  if (number !== undefined)
    return [0, typeof item === 'string' && /^-?\d+$/.test(item) ? BigInt(item) : number];
  const text = stringOf(item);
  if (text === undefined) return [3, kindOf(item)];
  const ticks = datetimeForm.test(text)
    ? parseDatetime(text)
    : timespanForm.test(text)
      ? parseTimespan(text)
      : undefined;
  if (ticks !== undefined && ticks !== null) return [0, ticks];
  return guidForm.test(text) ? [2, text.toLowerCase()] : [1, text];
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function compareKeys(a: Key, b: Key, sign: -1 | 1): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[0] === 3) return 0;
  if (typeof a[1] === 'string' && typeof b[1] === 'string') return sign * byCodePoint(a[1], b[1]);
  return a[1] < b[1] ? -sign : a[1] > b[1] ? sign : 0;
}

/** The order of an array's places. Equal elements keep their order. */
function places(array: readonly Json[], order: string, nullsLast: string): readonly number[] {
  const keyed = array.map((item, index) => ({ index, key: item === 'null' ? undefined : keyOf(item) }));
  const nulls = keyed.filter((one) => one.key === undefined);
  const sign = order === 'asc' ? 1 : -1;
  const rest = keyed
    .filter((one) => one.key !== undefined)
    .toSorted((a, b) => compareKeys(a.key ?? [4, 0], b.key ?? [4, 0], sign));
  return (nullsLast === 'false' ? [...nulls, ...rest] : [...rest, ...nulls]).map((one) => one.index);
}

function sort(text: string, order: string, nullsLast: string): string {
  const array = readJson(text);
  if (!isArray(array)) return 'null';
  return writeJson(places(array, order, nullsLast).map((place) => array[place] ?? 'null'));
}

/** The second array in the order of the first; null when their lengths differ. */
function sortBy(first: string, second: string, order: string, nullsLast: string): string {
  const keys = readJson(first);
  const array = readJson(second);
  if (!isArray(keys) || !isArray(array) || keys.length !== array.length) return 'null';
  return writeJson(places(keys, order, nullsLast).map((place) => array[place] ?? 'null'));
}

export const sortNatives: NativeTable = {
  array_sort: native(3, sort),
  array_sort_by: native(4, sortBy),
};
