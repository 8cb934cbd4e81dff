import type { KustoColumn, KustoType } from '@drasi-kusto/kusto-client';
import { didYouMean } from '../config/nearest.ts';
import type { EntityConfig } from '../config/entity-config.ts';
import { termsOf } from '../config/terms.ts';
import { KustoSourceError } from '../errors.ts';

/** Types whose values have a total order. A real has NaN, which is neither before nor after a number. */
const ordered: ReadonlySet<KustoType> = new Set(['int', 'long', 'decimal', 'datetime', 'timespan', 'string']);

/**
 * Checks that versions can be compared (rule R10).
 * @param columns those of the query's result
 * @throws KustoSourceError SCHEMA
 */
export function checkVersionColumn(
  { versionColumn, place }: Pick<EntityConfig, 'versionColumn' | 'place'>,
  columns: readonly KustoColumn[],
): void {
  if (versionColumn === undefined) return;
  const column = columns.find(({ name }) => name === versionColumn);
  const property = termsOf({ place }).versionColumn;
  const shown = JSON.stringify(versionColumn);
  if (column === undefined) {
    const names = columns.map(({ name }) => name);
    throw new KustoSourceError(
      'SCHEMA',
      `${property}: the column ${shown} is not in the result of the query${didYouMean(versionColumn, names)}`,
    );
  }
  if (ordered.has(column.type)) return;
  throw new KustoSourceError(
    'SCHEMA',
    `${property}: the column ${shown} is ${column.type}, whose values have no order that always holds: make it ${column.type === 'real' ? 'a long or decimal' : 'a number or a datetime'} in the query, with extend`,
  );
}
