import type { CellType } from './cells.ts';
import type { Expression } from './expression.ts';
import { made, truth } from './expression.ts';
import type { Expressions } from './scalars.ts';

/** iff and coalesce, for every type. */
export function choice(e: Expressions, type: CellType, depth: number): Expression {
  const a = e.any(type, depth - 1);
  const b = e.any(type, depth - 1);
  if (e.random.chance(0.5) || type === 'dynamic') {
    const test = e.any('bool', depth - 1);
    return made(type, `iff(${test.text}, ${a.text}, ${b.text})`, (row) =>
      truth(test.evaluate(row)) === true ? a.evaluate(row) : b.evaluate(row),
    );
  }
  return made(type, `coalesce(${a.text}, ${b.text})`, (row) => {
    const first = a.evaluate(row);
    return first === null || first === '' ? b.evaluate(row) : first;
  });
}
