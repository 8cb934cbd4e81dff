/** Values of the reference evaluation, and how two of them are told apart. */
export type CellType = 'bool' | 'datetime' | 'dynamic' | 'int' | 'long' | 'real' | 'string' | 'timespan';

export type Json = Json[] | boolean | number | string | { readonly [key: string]: Json } | null;

/** long, int and times (ticks): bigint; real: number; dynamic: JSON in a box, so that its null is not a null cell by mistake. */
export type Cell = Boxed | bigint | boolean | number | string | null;

export interface Boxed {
  readonly json: Json;
}

/** The documentation leaves the answer open (ties, an overflow, digits): the chain is not compared. */
export class Undetermined extends Error {}

const maxLong = 9223372036854775807n;

export function long(value: bigint): bigint {
  if (value > maxLong || value < -maxLong - 1n) throw new Undetermined('overflow');
  return value;
}

export function int(value: bigint): bigint | null {
  return value >= -2147483648n && value <= 2147483647n ? value : null;
}

export const maxTicks = 3155378975999999999n;

export function datetime(ticks: bigint): bigint {
  if (ticks < 0n || ticks > maxTicks) throw new Undetermined('out of range');
  return ticks;
}

function canonical(json: Json, sorted: boolean): Json {
  if (Array.isArray(json)) {
    const items = json.map((item) => canonical(item, false));
    return sorted ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (json === null || typeof json !== 'object') return json;
  const entries = Object.entries(json).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, canonical(item, false)]));
}

/** The same text for the same value. @param sorted the order of an array's elements is open */
export function cellText(cell: Cell, sorted = false): string {
  if (cell === null) return 'null';
  switch (typeof cell) {
    case 'string':
      return `'${cell}'`;
    case 'number':
      return cell === 0 ? '0' : String(cell);
    case 'object':
      return JSON.stringify(canonical(cell.json, sorted));
    default:
      return String(cell);
  }
}

/** By code units of UTF-8, which is by code points. */
function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** For values that are neither null nor NaN. */
export function compareCells(a: Cell, b: Cell): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (a === null || b === null || typeof a === 'object' || typeof b === 'object') return 0;
  return a < b ? -1 : a > b ? 1 : 0;
}

export interface Column {
  readonly name: string;
  readonly type: CellType;
  /** A number whose sums are exact. */
  readonly small: boolean;
  /** An array whose elements have no documented order: passed on, never looked into. */
  readonly unordered?: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** The rows have one documented order. */
  readonly ordered: boolean;
}
