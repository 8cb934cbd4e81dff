import type { KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { termsOf } from '../config/terms.ts';
import { KustoSourceError } from '../errors.ts';

/** The key's columns with their types. @throws KustoSourceError SCHEMA when the result lacks one */
export function keyColumns(
  { primaryKey, place }: Pick<EntityConfig, 'primaryKey' | 'place'>,
  columns: readonly KustoColumn[],
): readonly KustoColumn[] {
  return primaryKey.map((name) => {
    const column = columns.find((each) => each.name === name);
    if (column !== undefined) return column;
    throw new KustoSourceError(
      'SCHEMA',
      `${termsOf({ place }).key}: the key column ${JSON.stringify(name)} is not in the result of the query`,
    );
  });
}
