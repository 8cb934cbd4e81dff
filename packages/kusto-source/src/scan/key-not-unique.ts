import type { EntityConfig } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';

/** Two rows with one key are two states of one element: which of them Drasi would have is chance. */
export function keyNotUnique({ label, primaryKey }: EntityConfig, id: string): KustoSourceError {
  const columns = primaryKey.join(', ');
  return new KustoSourceError(
    'KEY_NOT_UNIQUE',
    `the key of ${id} is in several rows of the query of ${label}: the columns of its key (${columns}) must tell the rows apart. Name more columns as the key, or let the query return one row a key, for example with "| summarize arg_max(…, *) by ${columns}"`,
  );
}
