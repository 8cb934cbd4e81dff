/** Random numbers: long, int and real. */
import type { CellType } from './cells.ts';
import { int } from './cells.ts';
import { choice } from './choice.ts';
import type { Expression } from './expression.ts';
import { big, json, made, real, str } from './expression.ts';
import * as rules from './rules.ts';
import type { Expressions } from './scalars.ts';

export function longNumber(e: Expressions, depth: number): Expression {
  switch (e.random.below(9)) {
    case 0:
      return choice(e, 'long', depth);
    case 1: {
      const a = e.any('string', depth - 1);
      return made('long', `strlen(${a.text})`, (row) => BigInt(Array.from(str(a.evaluate(row))).length));
    }
    case 2: {
      const a = e.any('long', depth - 1);
      const size = BigInt(1 + e.random.below(4));
      return made('long', `bin(${a.text}, ${size})`, (row) => rules.bin(big(a.evaluate(row)), size));
    }
    case 3: {
      const a = e.any('string', depth - 1);
      return made('long', `tolong(${a.text})`, (row) => rules.tolong(str(a.evaluate(row))));
    }
    case 4: {
      // The binder knows others to be no arrays.
      const columns = e.of('dynamic').filter((column) => column.name.endsWith('_dynamic'));
      if (columns.length === 0) return e.leaf('long');
      const a = e.column(e.random.pick(columns));
      return made('long', `array_length(${a.text})`, (row) => {
        const list = json(a.evaluate(row));
        return Array.isArray(list) ? BigInt(list.length) : null;
      });
    }
    case 5: {
      const a = e.any(e.random.pick<CellType>(['long', 'int']), depth - 1);
      const b = e.any('long', depth - 1);
      const largest = e.random.chance(0.5);
      return made('long', `${largest ? 'max_of' : 'min_of'}(tolong(${a.text}), ${b.text})`, (row) => {
        const [x, y] = [big(a.evaluate(row)), big(b.evaluate(row))];
        if (x === null || y === null) return x ?? y;
        return x > y === largest ? x : y;
      });
    }
    default: {
      const types: readonly CellType[] = ['long', 'int'];
      const a = e.any(e.random.pick(types), depth - 1);
      const b = e.any('long', depth - 1);
      const operator = e.random.pick(['+', '-', '*', '/', '%']);
      return made('long', `(${a.text} ${operator} ${b.text})`, (row) =>
        rules.integerArithmetic(operator, big(a.evaluate(row)), big(b.evaluate(row))),
      );
    }
  }
}

export function intNumber(e: Expressions, depth: number): Expression {
  const a = e.any('long', depth - 1);
  return made('int', `toint(${a.text})`, (row) => {
    const value = big(a.evaluate(row));
    return value === null ? null : int(value);
  });
}

export function realNumber(e: Expressions, depth: number): Expression {
  switch (e.random.below(5)) {
    case 0:
      return choice(e, 'real', depth);
    case 1: {
      const a = e.any(e.random.pick<CellType>(['long', 'int']), depth - 1);
      return made('real', `todouble(${a.text})`, (row) => real(a.evaluate(row)));
    }
    case 2: {
      const a = e.any('real', depth - 1);
      return made('real', `bin(${a.text}, 0.5)`, (row) => {
        const value = real(a.evaluate(row));
        return value === null ? null : Math.floor(value / 0.5) * 0.5;
      });
    }
    default: {
      const a = e.any('real', depth - 1);
      const b = e.any(e.random.pick<CellType>(['real', 'long']), depth - 1);
      const operator = e.random.pick(['+', '-', '*', '/']);
      return made('real', `(${a.text} ${operator} ${b.text})`, (row) =>
        rules.realArithmetic(operator, real(a.evaluate(row)), real(b.evaluate(row))),
      );
    }
  }
}
