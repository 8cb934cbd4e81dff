import type { KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';

/** The key's columns with their types. @throws KustoSourceError SCHEMA when the result lacks one */
export function keyColumns(
  { primaryKey }: Pick<EntityConfig, 'primaryKey'>,
  columns: readonly KustoColumn[],
): readonly KustoColumn[] {
  return primaryKey.map((name) => {
    const column = columns.find((each) => each.name === name);
    if (column !== undefined) return column;
    throw new KustoSourceError(
      'SCHEMA',
      `PRIMARY_KEY: the key column ${JSON.stringify(name)} is not in the result of the query`,
    );
  });
}
