/** A random query over the tables, and the rows it must answer. */
import type { Table } from './cells.ts';
import { Undetermined } from './cells.ts';
import { makers } from './operators.ts';
import type { Named } from './place.ts';
import { Names } from './place.ts';
import type { Random } from './random.ts';

export interface Chain {
  readonly text: string;
  readonly expected: Table;
}

/** @returns undefined where the documentation leaves the answer open */
export function randomChain(
  random: Random,
  tables: readonly Named[],
  supported: ReadonlySet<string>,
): Chain | undefined {
  const first = random.pick(tables);
  const names = new Names();
  const usable = makers.filter(([operator]) => supported.has(operator));
  const total = usable.reduce((sum, [, weight]) => sum + weight, 0);
  let text = first.name;
  let { table } = first;
  const length = 1 + random.below(5);
  for (let step = 0; step < length; step += 1) {
    let at = random.next() * total;
    const [, , make] = usable.find(([, weight]) => (at -= weight) < 0) ?? random.pick(usable);
    try {
      const made = make({ random, names, table, others: tables, supported });
      text += `\n| ${made.text}`;
      ({ table } = made);
    } catch (error) {
      if (error instanceof Undetermined) return undefined;
      throw error;
    }
    if (table.rows.length > 400) break;
  }
  return { text, expected: table };
}
