import type { EntityConfig } from '../config/entity-config.ts';
import { termsOf } from '../config/terms.ts';
import { KustoSourceError } from '../errors.ts';

/** Two rows with one key are two states of one element: which of them Drasi would have is chance. */
export function keyNotUnique(config: EntityConfig, id: string): KustoSourceError {
  const { label, primaryKey } = config;
  const { key } = termsOf(config);
  const columns = primaryKey.join(', ');
  return new KustoSourceError(
    'KEY_NOT_UNIQUE',
    `${key}: the key of ${id} is in several rows of the query of ${label}: the columns of its key (${columns}) must tell the rows apart. Name more columns in ${key}, or let the query return one row a key, for example with "| summarize arg_max(…, *) by ${columns}"`,
  );
}
