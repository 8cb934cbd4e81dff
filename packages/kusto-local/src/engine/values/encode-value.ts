import type { KustoType } from '../../types.ts';
import { formatDatetime, formatTimespan } from './times.ts';

/** A value of a small table made in memory (a command's result): ticks are bigint, dynamic is JSON text. */
export type Value = bigint | boolean | null | number | string;

/** One value as JSON text, in the encodings of {@link encodeRowsSql}. */
export function encodeValue(type: KustoType, value: Value): string {
  if (value === null) return type === 'string' ? '""' : 'null';
  if (typeof value === 'bigint') {
    if (type === 'datetime') return `"${formatDatetime(value)}"`;
    return type === 'timespan' ? `"${formatTimespan(value)}"` : value.toString();
  }
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  return type === 'dynamic' ? value : JSON.stringify(value);
}
