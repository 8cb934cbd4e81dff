/** Random texts and dynamic values. */
import type { CellType } from './cells.ts';
import { choice } from './choice.ts';
import type { Expression } from './expression.ts';
import { boxed, element, json, made, str, textOf } from './expression.ts';
import type { Expressions } from './scalars.ts';

function tostring(e: Expressions, depth: number): Expression {
  const type = e.random.pick<CellType>(['long', 'int', 'real', 'bool', 'datetime', 'timespan', 'string']);
  const a = e.any(type, depth - 1);
  return made('string', `tostring(${a.text})`, (row) => textOf(a.evaluate(row), type));
}

export function text(e: Expressions, depth: number): Expression {
  switch (e.random.below(7)) {
    case 0:
      return choice(e, 'string', depth);
    case 1: {
      const a = e.any('string', depth - 1);
      const from = e.random.below(3);
      const length = e.random.below(3);
      return made('string', `substring(${a.text}, ${from}, ${length})`, (row) =>
        Array.from(str(a.evaluate(row)))
          .slice(from, from + length)
          .join(''),
      );
    }
    case 2: {
      const a = e.any('string', depth - 1);
      const upper = e.random.chance(0.5);
      return made('string', `${upper ? 'toupper' : 'tolower'}(${a.text})`, (row) => {
        const text = str(a.evaluate(row));
        return upper ? text.toUpperCase() : text.toLowerCase();
      });
    }
    case 3: {
      const a = e.any('string', depth - 1);
      return made('string', `replace_string(${a.text}, 'a', 'xy')`, (row) =>
        str(a.evaluate(row)).replaceAll('a', 'xy'),
      );
    }
    case 4: {
      const [a, b] = [e.any('string', depth - 1), e.any('long', depth - 1)];
      return made(
        'string',
        `strcat(${a.text}, '-', ${b.text})`,
        (row) => `${str(a.evaluate(row))}-${textOf(b.evaluate(row), 'long')}`,
      );
    }
    default:
      return tostring(e, depth);
  }
}

export function dynamic(e: Expressions, depth: number): Expression {
  const columns = e.of('dynamic');
  const a = columns.length === 0 ? e.leaf('dynamic') : e.column(e.random.pick(columns));
  switch (columns.length === 0 ? 3 : e.random.below(5)) {
    case 0:
      return made('dynamic', `${a.text}.a`, (row) => {
        const bag = json(a.evaluate(row));
        return bag !== null && typeof bag === 'object' && !Array.isArray(bag) ? boxed(bag['a']) : null;
      });
    case 1: {
      // The binder knows some of the others to be bags.
      if (!a.text.endsWith('_dynamic')) return a;
      const index = e.random.below(4) - 2;
      return made('dynamic', `${a.text}[${index < 0 ? `(${index})` : index}]`, (row) => {
        const list = json(a.evaluate(row));
        return Array.isArray(list) ? boxed(list.at(index)) : null;
      });
    }
    case 2: {
      const [first, second] = [e.any('long', depth - 1), e.any('string', depth - 1)];
      return made('dynamic', `bag_pack('a', ${first.text}, 'b', ${second.text})`, (row) => ({
        json: { a: element(first.evaluate(row)), b: element(second.evaluate(row)) },
      }));
    }
    case 3: {
      const items = [e.any('long', depth - 1), e.any('string', depth - 1), e.leaf('bool')];
      return made('dynamic', `pack_array(${items.map((item) => item.text).join(', ')})`, (row) => ({
        json: items.map((item) => element(item.evaluate(row))),
      }));
    }
    default:
      return a;
  }
}
