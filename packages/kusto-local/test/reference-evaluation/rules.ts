/** The documented meaning of operators and functions on single values (null-values, numerical-operators, string operators). */
import type { Cell } from './cells.ts';
import { compareCells, long, Undetermined } from './cells.ts';

export type Truth = boolean | null;

function isNaNCell(cell: Cell): boolean {
  return typeof cell === 'number' && Number.isNaN(cell);
}

/** A long beside a real is compared as a real. */
function aligned(a: Cell, b: Cell): readonly [Cell, Cell] {
  if (typeof a === 'bigint' && typeof b === 'number') return [Number(a), b];
  if (typeof a === 'number' && typeof b === 'bigint') return [a, Number(b)];
  return [a, b];
}

export function equal(left: Cell, right: Cell): Truth {
  if (left === null && right === null) return null;
  if (left === null || right === null) return false;
  const [a, b] = aligned(left, right);
  if (isNaNCell(a) || isNaNCell(b)) return false;
  return compareCells(a, b) === 0;
}

export function notEqual(left: Cell, right: Cell): Truth {
  const same = equal(left, right);
  return same === null ? null : !same;
}

export function ordering(operator: string, left: Cell, right: Cell): Truth {
  if (left === null || right === null) return null;
  const [a, b] = aligned(left, right);
  if (isNaNCell(a) || isNaNCell(b)) return false;
  const order = compareCells(a, b);
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

export function and(a: Truth, b: Truth): Truth {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

export function or(a: Truth, b: Truth): Truth {
  if (a === true || b === true) return true;
  return a === null || b === null ? null : false;
}

export function not(a: Truth): Truth {
  return a === null ? null : !a;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** `a - b * floor(a / b)` for a positive b. */
export function remainder(a: bigint, b: bigint): bigint {
  const size = absolute(b);
  return ((a % size) + size) % size;
}

export function integerArithmetic(operator: string, a: bigint | null, b: bigint | null): bigint | null {
  if (a === null || b === null) return null;
  switch (operator) {
    case '+':
      return long(a + b);
    case '-':
      return long(a - b);
    case '*':
      return long(a * b);
    case '/':
      return b === 0n ? null : long(a / b);
    default:
      return b === 0n ? null : remainder(a, b);
  }
}

export function realArithmetic(operator: string, a: number | null, b: number | null): number | null {
  if (a === null || b === null) return null;
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      return a / b;
  }
}

/** The multiple of the size at or below. */
export function bin(value: bigint | null, size: bigint): bigint | null {
  return value === null ? null : long(value - remainder(value, size));
}

export function realText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value) || Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-3)) {
    throw new Undetermined('the digits of a real');
  }
  const text = String(value === 0 ? 0 : value);
  if (text.length > 15) throw new Undetermined('the digits of a real');
  return text;
}

const alphanumeric = /^[\p{L}\p{N}]$/u;

/** Whether a term of the text is, begins or ends with the given one (datatypes-string-operators). */
export function hasTerm(
  text: string,
  term: string,
  start: boolean,
  end: boolean,
  sensitive: boolean,
): boolean {
  const all = Array.from(sensitive ? text : text.toLowerCase());
  const wanted = Array.from(sensitive ? term : term.toLowerCase());
  if (wanted.length === 0) return true;
  const inside = (index: number) => alphanumeric.test(all[index] ?? ' ');
  for (let at = 0; at + wanted.length <= all.length; at += 1) {
    if (!wanted.every((character, index) => all[at + index] === character)) continue;
    const last = at + wanted.length - 1;
    const free = (edge: number, beside: number) => !(inside(edge) && beside >= 0 && inside(beside));
    if ((!start || free(at, at - 1)) && (!end || free(last, last + 1))) return true;
  }
  return false;
}

function pad(value: bigint, width: number): string {
  return String(value).padStart(width, '0');
}

const day = 864000000000n;

export function timespanText(ticks: bigint): string {
  const size = absolute(ticks);
  const days = size / day;
  const fraction = size % 10000000n;
  const clock = [(size / 36000000000n) % 24n, (size / 600000000n) % 60n, (size / 10000000n) % 60n];
  return `${ticks < 0n ? '-' : ''}${days > 0n ? `${days}.` : ''}${clock.map((part) => pad(part, 2)).join(':')}${fraction > 0n ? `.${pad(fraction, 7)}` : ''}`;
}

const unixEpoch = 621355968000000000n;

export function datetimeText(ticks: bigint): string {
  // A day's start in milliseconds is exact, whatever the year.
  const midnight = ticks - (ticks % day);
  const date = new Date(Number((midnight - unixEpoch) / 10000n)).toISOString().slice(0, 10);
  const rest = ticks % day;
  const clock = [rest / 36000000000n, (rest / 600000000n) % 60n, (rest / 10000000n) % 60n];
  return `${date}T${clock.map((part) => pad(part, 2)).join(':')}.${pad(rest % 10000000n, 7)}Z`;
}

export function tolong(text: string): bigint | null {
  if (!/^\s*-?\d{1,18}\s*$/.test(text)) {
    if (/^[\s\d.xXeE+-]*$/.test(text) && text.trim() !== '')
      throw new Undetermined('a text that is nearly a number');
    return null;
  }
  return BigInt(text.trim());
}
