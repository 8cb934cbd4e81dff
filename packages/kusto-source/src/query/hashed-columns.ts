import type { KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';

/**
 * The columns that an element's state is made of, hence what the text of a row hash covers: those of its properties, and those of
 * its ends, whether they are properties or not. The key's are among them only where they are one of both: a row hash is
 * compared with that of the same key. Another name for a property, or another label of an end, changes no text: it is another
 * configuration.
 */
export function hashedColumns<Column extends Pick<KustoColumn, 'name'>>(
  { properties, ends }: Pick<EntityConfig, 'properties' | 'ends'>,
  columns: readonly Column[],
): readonly Column[] {
  if (properties === undefined) return columns;
  const names = new Set(properties.map(({ column }) => column));
  for (const name of [...(ends?.start.key ?? []), ...(ends?.end.key ?? [])]) names.add(name);
  return columns.filter(({ name }) => names.has(name));
}

/** The columns of which an element knows at all: those, and its key. What becomes of any other column is nothing to it. */
export function usedColumns<Column extends Pick<KustoColumn, 'name'>>(
  entity: Pick<EntityConfig, 'properties' | 'ends' | 'primaryKey'>,
  columns: readonly Column[],
): readonly Column[] {
  const hashed = new Set(hashedColumns(entity, columns));
  return columns.filter((column) => hashed.has(column) || entity.primaryKey.includes(column.name));
}
