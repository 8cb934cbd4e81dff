import { quoteIdentifier, stringLiteral, type KustoColumn, type KustoType } from '@drasi-kusto/kusto-client';
import { bucketExpression } from './row-identity.ts';

/** A key as the components of its element's id say it (`keyOfId`). */
export type KeyComponents = readonly (string | null)[];

const conversions: Readonly<Partial<Record<KustoType, string>>> = {
  bool: 'tobool',
  int: 'toint',
  long: 'tolong',
  real: 'todouble',
  decimal: 'todecimal',
  datetime: 'todatetime',
  timespan: 'totimespan',
  guid: 'toguid',
};

/** The value of a component as KQL, whatever text it is: a text that the type does not have is null. */
function literal(component: string | null, type: KustoType): string {
  const conversion = conversions[type];
  return conversion === undefined
    ? stringLiteral(component ?? '')
    : `${conversion}(${stringLiteral(component ?? '')})`;
}

/**
 * A predicate that holds for the rows of these keys, and of a key of several columns for some others: who reads the rows
 * compares their ids.
 */
export function keysPredicate(keys: readonly KeyComponents[], columns: readonly KustoColumn[]): string {
  return columns
    .map(({ name, type }, place) => {
      const components = [...new Set(keys.map((key) => key[place] ?? null))];
      const column = quoteIdentifier(name);
      const present = components.filter((component) => component !== null);
      const among = `${column} in (${present.map((component) => literal(component, type)).join(', ')})`;
      const absent = type === 'string' ? `isempty(${column})` : `isnull(${column})`;
      if (present.length === components.length) return among;
      return present.length === 0 ? absent : `(${absent} or ${among})`;
    })
    .join(' and ');
}

/**
 * How many keys one query asks for at most. A service has to parse the text; and of a key of several columns the predicate holds for rows
 * of other keys as well, at worst for the square of them.
 */
export const keysPerQuery = 250;

/** The buckets of some keys, in their order: one column, `Bucket`. */
export function bucketsQuery(
  keys: readonly KeyComponents[],
  columns: readonly KustoColumn[],
  bucketCount: number,
): string {
  const place = quoteIdentifier('__drasi_place');
  const texts = columns.map((_, index) => `['c${index}']`);
  const cells = keys.flatMap((key, index) => [
    String(index),
    ...columns.map((_column, at) => stringLiteral(key[at] ?? '')),
  ]);
  const typed = columns.map(({ name, type }, index) => {
    const conversion = conversions[type];
    const text = texts[index] as string;
    return `${quoteIdentifier(name)} = ${conversion === undefined ? text : `${conversion}(${text})`}`;
  });
  return [
    `datatable(${place}: long, ${texts.map((text) => `${text}: string`).join(', ')}) [${cells.join(', ')}]`,
    `| project ${place}, ${typed.join(', ')}`,
    `| project ${place}, Bucket = ${bucketExpression(columns, bucketCount)}`,
    `| order by ${place} asc`,
    '| project Bucket',
  ].join('\n');
}
