/** Random conditions: comparisons, tests of texts, lists and ranges, and their combinations. */
import type { CellType } from './cells.ts';
import type { Expression } from './expression.ts';
import { literalText, made, quoted, str, truth } from './expression.ts';
import * as rules from './rules.ts';
import type { Expressions } from './scalars.ts';
import { randomCell } from './table-data.ts';

function comparison(e: Expressions, depth: number): Expression {
  const type = e.random.pick<CellType>(['int', 'long', 'real', 'string', 'datetime', 'timespan', 'bool']);
  const a = e.any(type, depth - 1);
  const mixed = e.random.chance(0.2) && type === 'long' ? 'real' : type;
  const b = e.any(mixed, depth - 1);
  const equalities = ['==', '!='];
  const operator = e.random.pick(
    type === 'string' || type === 'bool' ? equalities : [...equalities, '<', '<=', '>', '>='],
  );
  return made('bool', `(${a.text} ${operator} ${b.text})`, (row) => {
    const [left, right] = [a.evaluate(row), b.evaluate(row)];
    if (operator === '==') return rules.equal(left, right);
    if (operator === '!=') return rules.notEqual(left, right);
    return rules.ordering(operator, left, right);
  });
}

function textTest(e: Expressions, depth: number): Expression {
  const a = e.any('string', depth - 1);
  const term = e.random.pick(['a', 'A', 'b', 'ab', 'a b', 'ä', 'Äb', '😀', '-', '1', 'c', '_b']);
  const base = e.random.pick(['contains', 'startswith', 'endswith', 'has', 'hasprefix', 'hassuffix', '=~']);
  if (base === '=~') {
    const operator = e.random.pick(['=~', '!~']);
    return made('bool', `(${a.text} ${operator} ${quoted(term)})`, (row) => {
      const same = str(a.evaluate(row)).toLowerCase() === term.toLowerCase();
      return same === (operator === '=~');
    });
  }
  const sensitive = e.random.chance(0.5);
  const negated = e.random.chance(0.3);
  const operator = `${negated ? '!' : ''}${base}${sensitive ? '_cs' : ''}`;
  const fold = (text: string) => (sensitive ? text : text.toLowerCase());
  return made('bool', `(${a.text} ${operator} ${quoted(term)})`, (row) => {
    const text = str(a.evaluate(row));
    const match = {
      contains: () => fold(text).includes(fold(term)),
      startswith: () => fold(text).startsWith(fold(term)),
      endswith: () => fold(text).endsWith(fold(term)),
      has: () => rules.hasTerm(text, term, true, true, sensitive),
      hasprefix: () => rules.hasTerm(text, term, true, false, sensitive),
      hassuffix: () => rules.hasTerm(text, term, false, true, sensitive),
    }[base as 'contains' | 'endswith' | 'has' | 'hasprefix' | 'hassuffix' | 'startswith']();
    return match !== negated;
  });
}

function membership(e: Expressions, depth: number): Expression {
  const type = e.random.pick<CellType>(['long', 'string', 'int', 'datetime']);
  const a = e.any(type, depth - 1);
  if (type !== 'string' && e.random.chance(0.4)) {
    const low = e.leaf(type);
    const high = e.leaf(type);
    const negated = e.random.chance(0.3);
    return made('bool', `(${a.text} ${negated ? '!' : ''}between (${low.text} .. ${high.text}))`, (row) => {
      const cell = a.evaluate(row);
      const both = rules.and(
        rules.ordering('>=', cell, low.evaluate(row)),
        rules.ordering('<=', cell, high.evaluate(row)),
      );
      return negated ? rules.not(both) : both;
    });
  }
  const items = Array.from({ length: 1 + e.random.below(3) }, () => randomCell(e.random, type, 0.1));
  const negated = e.random.chance(0.4);
  const list = items.map((item) => literalText(item, type)).join(', ');
  return made('bool', `(${a.text} ${negated ? '!in' : 'in'} (${list}))`, (row) => {
    const cell = a.evaluate(row);
    return negated
      ? items.map((item) => rules.notEqual(cell, item)).reduce(rules.and, true)
      : items.map((item) => rules.equal(cell, item)).reduce(rules.or, false);
  });
}

export function condition(e: Expressions, depth: number): Expression {
  switch (e.random.below(8)) {
    case 0: {
      const a = e.any('bool', depth - 1);
      return made('bool', `not(${a.text})`, (row) => rules.not(truth(a.evaluate(row))));
    }
    case 1:
    case 2: {
      const [a, b] = [e.any('bool', depth - 1), e.any('bool', depth - 1)];
      const conjunction = e.random.chance(0.5);
      return made('bool', `(${a.text} ${conjunction ? 'and' : 'or'} ${b.text})`, (row) =>
        (conjunction ? rules.and : rules.or)(truth(a.evaluate(row)), truth(b.evaluate(row))),
      );
    }
    case 3: {
      const type = e.random.pick<CellType>(['long', 'real', 'string', 'datetime', 'bool', 'dynamic']);
      const a = e.any(type, depth - 1);
      const wanted = e.random.chance(0.5);
      return made('bool', `${wanted ? 'isnull' : 'isnotnull'}(${a.text})`, (row) => {
        return (a.evaluate(row) === null) === wanted;
      });
    }
    case 4:
      return textTest(e, depth);
    case 5:
      return membership(e, depth);
    default:
      return comparison(e, depth);
  }
}
