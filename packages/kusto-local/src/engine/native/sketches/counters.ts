/**
 * hll values: `[[1024,14],["hash",…],[]]`, the hashes of all distinct values. Unlike the service's they do not estimate; nothing but
 * the functions of the family reads them.
 */
import type { NativeFunction } from '../native-functions.ts';
import type { Json } from '../dynamic/json.ts';
import { isArray, readJson, stringLeaf, stringOf, writeJson } from '../dynamic/json.ts';

function hashesOf(value: Json): readonly string[] {
  const [head, hashes, rest] = isArray(value) ? value : [];
  if (head === undefined || hashes === undefined || rest === undefined || !isArray(hashes)) {
    throw new Error('the value is no hll: only hll(), hll_if() and hll_merge() make one');
  }
  return hashes.map((hash) => stringOf(hash) ?? writeJson(hash));
}

export function counterOf(hashes: Iterable<string>): string {
  const sorted = [...new Set(hashes)].sort();
  return writeJson([['1024', '14'], sorted.map((hash) => stringLeaf(hash)), []]);
}

/** Merges the counters of a JSON array; nulls count for nothing. */
export function mergeCounters(text: string): string {
  const list = readJson(text);
  return counterOf(
    (isArray(list) ? list : []).filter((one) => one !== 'null').flatMap((one) => hashesOf(one)),
  );
}

export function counted(text: string): bigint {
  return BigInt(hashesOf(readJson(text)).length);
}

export const counterNatives: readonly NativeFunction[] = [
  {
    name: 'kql_hll',
    parameters: ['text'],
    result: 'text',
    evaluate: (text) => {
      const hashes = readJson(text as string);
      return counterOf((isArray(hashes) ? hashes : []).map((hash) => writeJson(hash)));
    },
  },
  {
    name: 'kql_hll_merge',
    parameters: ['text'],
    result: 'text',
    evaluate: (text) => mergeCounters(text as string),
  },
  {
    name: 'kql_hll_count',
    parameters: ['text'],
    result: 'long',
    evaluate: (text) => counted(text as string),
  },
];
