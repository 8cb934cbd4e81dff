/** Random expressions over the columns of a table. */
import type { CellType, Column } from './cells.ts';
import { condition } from './conditions.ts';
import type { Expression } from './expression.ts';
import { literalText } from './expression.ts';
import { intNumber, longNumber, realNumber } from './numbers.ts';
import type { Random } from './random.ts';
import { randomCell } from './table-data.ts';
import { dynamic, text } from './texts.ts';
import { datetimeValue, timespanValue } from './times.ts';

export class Expressions {
  readonly random: Random;
  readonly #columns: readonly Column[];

  constructor(random: Random, columns: readonly Column[]) {
    this.random = random;
    this.#columns = columns;
  }

  column(column: Column): Expression {
    const index = this.#columns.findIndex((one) => one.name === column.name);
    return {
      type: column.type,
      text: column.name,
      small: column.small,
      evaluate: (row) => row[index] ?? null,
    };
  }

  of(type: CellType): readonly Column[] {
    return this.#columns.filter((column) => column.type === type && column.unordered !== true);
  }

  /** A column of the type, or a literal. */
  leaf(type: CellType): Expression {
    const columns = this.of(type);
    if (columns.length > 0 && this.random.chance(0.75)) return this.column(this.random.pick(columns));
    const cell = randomCell(this.random, type, 0.08);
    return { type, text: literalText(cell, type), small: true, evaluate: () => cell };
  }

  any(type: CellType, depth: number): Expression {
    if (depth <= 0 || this.random.chance(0.25)) return this.leaf(type);
    switch (type) {
      case 'bool':
        return condition(this, depth);
      case 'long':
        return longNumber(this, depth);
      case 'int':
        return intNumber(this, depth);
      case 'real':
        return realNumber(this, depth);
      case 'string':
        return text(this, depth);
      case 'datetime':
        return datetimeValue(this, depth);
      case 'timespan':
        return timespanValue(this, depth);
      case 'dynamic':
      default:
        return dynamic(this, depth);
    }
  }
}
