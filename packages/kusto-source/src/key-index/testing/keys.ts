import type { KeyEntry } from '../key-entry.ts';

/** A bucket for an id, well spread, as good as Kusto's for a test. */
export function bucketOf(id: string, count: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(id)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return ((hash ^ (hash >>> 15)) >>> 0) % count;
}

/** A 64-bit number for a small one. */
export const spread = (value: number): bigint =>
  BigInt.asUintN(64, BigInt(value + 1) * 0x9e37_79b9_7f4a_7c15n);

/** The key in the state `value`; without one, unknown. */
export function key(id: string, count: number, value?: number): KeyEntry {
  return {
    id,
    bucket: bucketOf(id, count),
    row: value === undefined ? undefined : { first: spread(value), second: spread(value * 7 + 3) },
    local: value === undefined ? undefined : spread(value * 13 + 5),
  };
}
