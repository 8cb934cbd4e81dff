import { quoteIdentifier } from '@drasi-kusto/kusto-client';
import { KustoSourceError } from '../errors.ts';

/** The keys whose hash leaves `index` when divided by `modulus`: a part of a table that is whole for every key in it. */
export interface Slice {
  readonly modulus: number;
  readonly index: number;
}

export const wholeTable: Slice = { modulus: 1, index: 0 };

/** All slices of one size. */
export function slicesOf(modulus: number): readonly Slice[] {
  return Array.from({ length: modulus }, (_, index) => ({ modulus, index }));
}

/** The two halves of a slice: what leaves `i` when divided by `n` leaves `i` or `i + n` when divided by `2n`. */
export function halves({ modulus, index }: Slice): readonly [Slice, Slice] {
  return [
    { modulus: modulus * 2, index },
    { modulus: modulus * 2, index: index + modulus },
  ];
}

/** A slice that is still too large after this many halvings has single rows beyond the service's limit. */
export const maxHalvings = 12;

export function tooLarge(slice: Slice): KustoSourceError {
  return new KustoSourceError(
    'SLICE',
    `the service refuses a slice of 1/${slice.modulus} of the table as too large or too slow: single rows, or the versions of a single key, are beyond its limits. Project fewer columns in KUSTO_QUERY`,
  );
}

/**
 * The KQL predicate of a slice over the key's columns; undefined for the whole table. The hash must be the same in all queries of a
 * snapshot and may change afterwards (Kusto's page of `hash()` reserves that): who stores slices has to store what the hash made
 * of some values as well. A key of null has no hash in every engine: it belongs to slice 0, so that no row is in none.
 */
export function slicePredicate({ modulus, index }: Slice, key: readonly string[]): string | undefined {
  if (modulus === 1) return undefined;
  const columns = key.map(quoteIdentifier);
  const [only] = columns;
  const value = columns.length === 1 && only !== undefined ? only : `hash_many(${columns.join(', ')})`;
  return `coalesce(hash(${value}, ${modulus}), 0) == ${index}`;
}
