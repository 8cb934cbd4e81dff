/** An expression: KQL and, beside it, its meaning over a row. */
import type { Cell, CellType, Json } from './cells.ts';
import { long, Undetermined } from './cells.ts';
import * as rules from './rules.ts';

export interface Expression {
  readonly type: CellType;
  readonly text: string;
  readonly small: boolean;
  readonly evaluate: (row: readonly Cell[]) => Cell;
}

export function made(type: CellType, text: string, evaluate: Expression['evaluate']): Expression {
  return { type, text, small: false, evaluate };
}

export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

export function literalText(cell: Cell, type: CellType): string {
  if (typeof cell === 'string') return quoted(cell);
  if (cell !== null && typeof cell === 'object') return `dynamic(${JSON.stringify(cell.json)})`;
  if (cell === null) return `${type}(null)`;
  switch (type) {
    case 'int':
      return `int(${String(cell)})`;
    case 'long':
      return cell === -9223372036854775808n ? '(-9223372036854775807 - 1)' : `(${String(cell)})`;
    case 'real':
      return `real(${String(cell).toLowerCase().replace('infinity', 'inf')})`;
    case 'datetime':
      return `datetime(${rules.datetimeText(BigInt(String(cell)))})`;
    case 'timespan':
      return `time(${rules.timespanText(BigInt(String(cell)))})`;
    default:
      return String(cell);
  }
}

export function truth(cell: Cell): rules.Truth {
  return typeof cell === 'boolean' ? cell : null;
}
export function big(cell: Cell): bigint | null {
  return typeof cell === 'bigint' ? cell : null;
}
export function real(cell: Cell): number | null {
  return typeof cell === 'bigint' ? Number(cell) : typeof cell === 'number' ? cell : null;
}
export function str(cell: Cell): string {
  return typeof cell === 'string' ? cell : '';
}
export function json(cell: Cell): Json {
  return cell !== null && typeof cell === 'object' ? cell.json : null;
}
export function boxed(value: Json | undefined): Cell {
  return value === undefined || value === null ? null : { json: value };
}

/** A cell inside an array or bag. */
export function element(cell: Cell): Json {
  if (cell === null || typeof cell === 'string' || typeof cell === 'boolean') return cell;
  if (typeof cell === 'object') return cell.json;
  if (typeof cell === 'number') {
    if (!Number.isFinite(cell)) throw new Undetermined('a real that JSON has no number for');
    return cell;
  }
  return Number(long(cell));
}

export function textOf(cell: Cell, type: CellType): string {
  if (cell === null || typeof cell === 'object') return '';
  if (type === 'timespan') return rules.timespanText(big(cell) ?? 0n);
  if (type === 'datetime') return rules.datetimeText(big(cell) ?? 0n);
  if (typeof cell === 'number') return rules.realText(cell);
  return String(cell);
}
