/** array_…() functions over JSON texts. What is no array gives null, as for array_length(). */
import type { Json } from './json.ts';
import { canonical, isArray, kindOf, numberOf, readJson, stringOf, textOf, writeJson } from './json.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

export function arrayOf(text: string): readonly Json[] | undefined {
  const value = readJson(text);
  return isArray(value) ? value : undefined;
}

/** An integer argument; undefined for null. */
function integer(text: string): number | undefined {
  return text === 'null' ? undefined : Number(text);
}

function onArray(compute: (array: readonly Json[], ...rest: string[]) => Json | undefined) {
  return (text: string, ...rest: string[]): string => {
    const array = arrayOf(text);
    const result = array === undefined ? undefined : compute(array, ...rest);
    return result === undefined ? 'null' : writeJson(result);
  };
}

function truth(value: Json): boolean | undefined {
  if (value === 'true') return true;
  if (value === 'false') return false;
  const number = numberOf(value);
  return number === undefined ? undefined : number !== 0;
}

/** array_iff(): a value that is no array stands for every element; missing elements are null. */
function choose(conditions: readonly Json[], whenTrue: string, whenFalse: string): Json {
  const yes = readJson(whenTrue);
  const no = readJson(whenFalse);
  return conditions.map((condition, index) => {
    const choice = truth(condition);
    if (choice === undefined) return 'null';
    const from = choice ? yes : no;
    return isArray(from) ? (from[index] ?? 'null') : from;
  });
}

/** array_index_of(): a negative start counts from the end; a length of -1 has no limit. */
function indexOf(
  array: readonly Json[],
  sought: string,
  from: string,
  count: string,
  nth: string,
): Json | undefined {
  const start = integer(from);
  const length = integer(count);
  const occurrence = integer(nth);
  if (start === undefined || length === undefined || occurrence === undefined) return undefined;
  if (length < -1 || occurrence < 0) return undefined;
  if (occurrence === 0) throw new NativeError('array_index_of() counts occurrences from 1');
  const first = start < 0 ? Math.max(array.length + start, 0) : start;
  const end = length === -1 ? array.length : Math.min(first + length, array.length);
  const key = canonical(readJson(sought));
  let left = occurrence;
  for (let index = first; index < end; index += 1) {
    if (canonical(array[index] ?? 'null') !== key) continue;
    left -= 1;
    if (left === 0) return String(index);
  }
  return '-1';
}

function rotate(array: readonly Json[], by: string): Json | undefined {
  const count = integer(by);
  if (count === undefined) return undefined;
  if (array.length === 0) return array;
  const offset = ((count % array.length) + array.length) % array.length;
  return [...array.slice(offset), ...array.slice(0, offset)];
}

function allStrings(array: readonly Json[]): boolean {
  return array.every((item) => kindOf(item) === 'string');
}

/** array_shift_left(): `filler` is the empty text when the call has none: null then, or '' among strings. */
function shift(array: readonly Json[], by: string, filler: string): Json | undefined {
  const count = integer(by);
  if (count === undefined) return undefined;
  const fill = filler === '' ? (allStrings(array) ? '""' : 'null') : readJson(filler);
  return array.map((_item, index) => array[index + count] ?? fill);
}

function negated(by: string): string {
  return by === 'null' ? by : String(-Number(by));
}

/** array_slice(): both ends inclusive, negative ones from the end; what is out of bounds is ignored. */
function slice(array: readonly Json[], from: string, to: string): Json | undefined {
  const start = integer(from);
  const end = integer(to);
  if (start === undefined || end === undefined) return undefined;
  const first = start < 0 ? Math.max(array.length + start, 0) : start;
  const last = end < 0 ? array.length + end : end;
  return array.slice(first, Math.max(last + 1, first));
}

/** array_split(): N indices give N + 1 arrays. */
function split(array: readonly Json[], at: string): Json | undefined {
  const given = readJson(at);
  const places = (isArray(given) ? given : [given]).map((place) => numberOf(place));
  const parts: Json[] = [];
  let from = 0;
  for (const place of places) {
    if (place === undefined || !Number.isInteger(place)) return undefined;
    const absolute = place < 0 ? Math.max(array.length + place, 0) : place;
    if (absolute < from) throw new NativeError('array_split() takes its indices in ascending order');
    parts.push(array.slice(from, absolute));
    from = Math.min(absolute, array.length);
  }
  parts.push(array.slice(from));
  return parts;
}

/** array_sum(): a real; null when an element is no number. */
function sum(array: readonly Json[]): Json | undefined {
  let total = 0;
  for (const item of array) {
    const number = numberOf(item);
    if (number === undefined) return undefined;
    total += number;
  }
  return String(total);
}

/** zip(): as long as the longest; a shorter array is filled up with nulls. */
function zip(text: string): string {
  const arrays = readJson(text);
  if (!isArray(arrays)) return 'null';
  const lists: (readonly Json[])[] = [];
  for (const array of arrays) {
    if (!isArray(array)) return 'null';
    lists.push(array);
  }
  const length = Math.max(0, ...lists.map((list) => list.length));
  return writeJson(Array.from({ length }, (_item, index) => lists.map((list) => list[index] ?? 'null')));
}

function repeat(value: string, times: string): string {
  const count = integer(times);
  if (count === undefined || count < 0) return 'null';
  if (count > 1_048_576) throw new NativeError('repeat() makes at most 1048576 elements');
  return `[${Array.from({ length: count }, () => value).join(',')}]`;
}

function concatenateText(array: readonly Json[], delimiter: string): string {
  return array.map((item) => textOf(item)).join(delimiter);
}

export const arrayNatives: NativeTable = {
  array_iff: native(3, onArray(choose)),
  array_index_of: native(5, onArray(indexOf)),
  array_rotate_left: native(2, onArray(rotate)),
  array_rotate_right: native(
    2,
    onArray((array, by) => rotate(array, negated(by))),
  ),
  array_shift_left: native(3, onArray(shift)),
  array_shift_right: native(
    3,
    onArray((array, by, fill) => shift(array, negated(by), fill)),
  ),
  array_slice: native(3, onArray(slice)),
  array_split: native(2, onArray(split)),
  array_sum: native(1, onArray(sum)),
  repeat: native(2, repeat),
  strcat_array: native(2, (text, delimiter) => concatenateText(arrayOf(text) ?? [], delimiter)),
  zip: native(1, zip),
};

/** Elements that are strings, by their content: other elements are left out as undefined. */
export function stringsOf(text: string): readonly (string | undefined)[] {
  return (arrayOf(text) ?? []).map((item) => stringOf(item));
}
