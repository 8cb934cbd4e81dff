import { quoteIdentifier, stringLiteral, type KustoColumn } from '@drasi-kusto/kusto-client';

/** Columns by which the key index knows a row; the service computes them, and they are never properties. */
export const identityColumns = {
  bucket: '__drasi_bucket',
  first: '__drasi_first',
  second: '__drasi_second',
} as const;

/** `strcat` takes at most 64 arguments. */
const mostArguments = 60;

/**
 * KQL for one text over the key's cells, injective: each cell by its length and its text, null apart from all texts. It decides the
 * bucket of a key, so it depends on nothing but the key.
 */
export function keyText(key: readonly KustoColumn[]): string {
  return concatenated(key.map((column) => cellText(column, '', "'-'")));
}

/**
 * KQL for one text over the cells of a row (rule R17), in the order of the columns' names. A null cell is left out, as a property that is
 * null and one that is absent are the same to a reader: a column that was added, or dropped, changes the text of
 * exactly the rows in which it has a value. The type is part of it, since 5 and 5.0 are two values to Drasi.
 */
export function rowText(columns: readonly KustoColumn[]): string {
  const sorted = columns.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return concatenated(sorted.map((column) => cellText(column, `${column.name}:${column.type}=`, "''")));
}

function cellText({ name, type }: KustoColumn, prefix: string, absent: string): string {
  const cell = quoteIdentifier(name);
  const text = type === 'string' ? cell : `tostring(${cell})`;
  const head = prefix === '' ? '' : `${stringLiteral(prefix)}, `;
  const present = `strcat(${head}tostring(strlen(${text})), ':', ${text})`;
  return type === 'string' ? present : `iff(isnull(${cell}), ${absent}, ${present})`;
}

function concatenated(terms: readonly string[]): string {
  // A text that is always the same: elements without properties have one state.
  if (terms.length === 0) return "''";
  let parts = terms;
  while (parts.length > mostArguments)
    parts = Array.from({ length: Math.ceil(parts.length / mostArguments) }, (_, group) =>
      strcat(parts.slice(group * mostArguments, (group + 1) * mostArguments)),
    );
  return strcat(parts);
}

const strcat = (terms: readonly string[]): string =>
  terms.length === 1 ? terms.join('') : `strcat(${terms.join(', ')})`;

export interface IdentityPlan {
  /** The key columns, in their order. */
  readonly key: readonly KustoColumn[];
  /** The columns that are properties. */
  readonly columns: readonly KustoColumn[];
  readonly bucketCount: number;
}

/**
 * Operators that give every row its identity columns: the bucket of its key, and two hashes of its text. To be put behind whatever
 * reduces the rows to one a key.
 */
export function identityOperators({ key, columns, bucketCount }: IdentityPlan): readonly string[] {
  const [bucket, first, second] = [identityColumns.bucket, identityColumns.first, identityColumns.second].map(
    quoteIdentifier,
  );
  const text = quoteIdentifier('__drasi_text');
  return [
    `| extend ${bucket} = ${bucketExpression(key, bucketCount)}, ${text} = ${rowText(columns)}`,
    // Two hashes that fail together for no reason but chance: of the text, and of the text behind another beginning.
    `| extend ${first} = hash(${text}), ${second} = hash(strcat('#', ${text}))`,
    `| project-away ${text}`,
  ];
}

/** KQL for the bucket of a key, from 0 to below the count. */
export function bucketExpression(key: readonly KustoColumn[], bucketCount: number): string {
  return bucketCount === 1 ? 'tolong(0)' : `hash(${keyText(key)}, ${bucketCount})`;
}
