/** `in` over lists that a query computes: each item of the JSON array is a value, or an array of values. */
import type { Json } from './json.ts';
import { canonical, isArray, readJson, textOf } from './json.ts';
import type { NativeTable } from '../text-function.ts';
import { native } from '../text-function.ts';

function valuesOf(text: string): readonly Json[] {
  const items = readJson(text);
  return (isArray(items) ? items : []).flatMap((item) => (isArray(item) ? item : [item]));
}

/** A null equals nothing. */
function contains(list: string, sought: string): string {
  const key = canonical(readJson(sought));
  return String(key !== 'null' && valuesOf(list).some((item) => canonical(item) === key));
}

function containsInAnyCase(list: string, sought: string): string {
  const lower = sought.toLowerCase();
  return String(valuesOf(list).some((item) => item !== 'null' && textOf(item).toLowerCase() === lower));
}

export const listNatives: NativeTable = {
  in: native(2, contains),
  in_any_case: native(2, containsInAnyCase),
};
