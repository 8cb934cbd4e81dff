/** range(): arrays of equal steps. Times come and go as ticks of 100 ns and are written as dynamic holds them. */
import { datetimeText } from '../../../kql/parser/literals/datetime-text.ts';
import { timespanText } from '../../../kql/parser/literals/literals.ts';
import { realLeaf } from './json.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

/** Longer arrays are cut, as documented. */
const maxLength = 1_048_576;

const maxTicks = 3_155_378_975_999_999_999n;

function wholeRange(from: bigint, to: bigint, step: bigint): bigint[] {
  const items: bigint[] = [];
  for (let item = from; items.length < maxLength && (step > 0n ? item <= to : item >= to); item += step)
    items.push(item);
  return items;
}

function realRange(from: number, to: number, step: number): number[] {
  const items: number[] = [];
  // A product, not a sum: the error of a step does not grow.
  for (let index = 0; index < maxLength; index += 1) {
    const item = from + index * step;
    if (!(step > 0 ? item <= to : item >= to)) break;
    items.push(item);
  }
  return items;
}

function range(from: string, to: string, step: string, type: string): string {
  if ([from, to, step].includes('null')) return 'null';
  if (type === 'real') {
    const [start, stop, by] = [from, to, step].map(Number) as [number, number, number];
    if (![start, stop, by].every((number) => Number.isFinite(number)) || by === 0)
      throw new NativeError('range() takes finite numbers and a step that is not 0');
    return `[${realRange(start, stop, by)
      .map((item) => realLeaf(item))
      .join(',')}]`;
  }
  if (BigInt(step) === 0n) throw new NativeError('range() takes a step that is not 0');
  const items = wholeRange(BigInt(from), BigInt(to), BigInt(step));
  if (type === 'long') return `[${items.join(',')}]`;
  const inRange = type === 'datetime' ? items.filter((item) => item >= 0n && item <= maxTicks) : items;
  return JSON.stringify(
    inRange.map((item) => (type === 'datetime' ? datetimeText(item) : timespanText(item))),
  );
}

export const rangeNatives: NativeTable = { range: native(4, range) };
