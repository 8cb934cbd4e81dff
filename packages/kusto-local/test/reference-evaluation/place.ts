/** What an operator is made from, and what it makes. */
import type { Cell, CellType, Table } from './cells.ts';
import type { Random } from './random.ts';

export interface Step {
  /** ` | where …` */
  readonly text: string;
  readonly table: Table;
}

/** A table that the query may name, beside the one it starts from. */
export interface Named {
  readonly name: string;
  readonly table: Table;
}

export type Row = readonly Cell[];

export const valueTypes: readonly CellType[] = [
  'long',
  'int',
  'real',
  'string',
  'bool',
  'datetime',
  'timespan',
  'dynamic',
];

export class Names {
  #count = 0;

  fresh(): string {
    this.#count += 1;
    return `c${this.#count}`;
  }
}

export interface Place {
  readonly random: Random;
  readonly names: Names;
  readonly table: Table;
  readonly others: readonly Named[];
  /** Operators and functions that the endpoint has. */
  readonly supported: ReadonlySet<string>;
}
