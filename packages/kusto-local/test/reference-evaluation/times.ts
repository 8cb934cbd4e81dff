/** Random times. */
import { datetime } from './cells.ts';
import { choice } from './choice.ts';
import type { Expression } from './expression.ts';
import { big, made } from './expression.ts';
import * as rules from './rules.ts';
import type { Expressions } from './scalars.ts';

export function datetimeValue(e: Expressions, depth: number): Expression {
  const a = e.any('datetime', depth - 1);
  switch (e.random.below(3)) {
    case 0:
      return choice(e, 'datetime', depth);
    case 1: {
      const [text, size] = e.random.pick([
        ['1d', 864000000000n],
        ['1h', 36000000000n],
        ['7d', 6048000000000n],
      ] as const);
      return made('datetime', `bin(${a.text}, ${text})`, (row) => rules.bin(big(a.evaluate(row)), size));
    }
    default: {
      const b = e.any('timespan', depth - 1);
      const operator = e.random.pick(['+', '-']);
      return made('datetime', `(${a.text} ${operator} ${b.text})`, (row) => {
        const sum = rules.integerArithmetic(operator, big(a.evaluate(row)), big(b.evaluate(row)));
        return sum === null ? null : datetime(sum);
      });
    }
  }
}

export function timespanValue(e: Expressions, depth: number): Expression {
  switch (e.random.below(4)) {
    case 0:
      return choice(e, 'timespan', depth);
    case 1: {
      const [a, b] = [e.any('datetime', depth - 1), e.any('datetime', depth - 1)];
      return made('timespan', `(${a.text} - ${b.text})`, (row) =>
        rules.integerArithmetic('-', big(a.evaluate(row)), big(b.evaluate(row))),
      );
    }
    case 2: {
      const a = e.any('timespan', depth - 1);
      return made('timespan', `(${a.text} * 3)`, (row) =>
        rules.integerArithmetic('*', big(a.evaluate(row)), 3n),
      );
    }
    default: {
      const [a, b] = [e.any('timespan', depth - 1), e.any('timespan', depth - 1)];
      const operator = e.random.pick(['+', '-']);
      return made('timespan', `(${a.text} ${operator} ${b.text})`, (row) =>
        rules.integerArithmetic(operator, big(a.evaluate(row)), big(b.evaluate(row))),
      );
    }
  }
}
