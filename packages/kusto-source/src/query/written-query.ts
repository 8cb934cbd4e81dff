import { quoteIdentifier } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { endFilter } from './relation-query.ts';

/** An entity's query as its user wrote it: of relations, without the filter for their ends. */
export function writtenQuery({ query: { text }, ends }: Pick<EntityConfig, 'query' | 'ends'>): string {
  const filter = ends === undefined ? '' : endFilter(ends);
  return text.endsWith(filter) ? text.slice(0, text.length - filter.length) : text;
}

/** Whether the query is its table and nothing else, so that the user may have written none. */
export function isWholeTable(config: Pick<EntityConfig, 'query' | 'ends' | 'table'>): boolean {
  return [config.table, quoteIdentifier(config.table)].includes(writtenQuery(config));
}
