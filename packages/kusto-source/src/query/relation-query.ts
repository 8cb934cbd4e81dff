import { quoteIdentifier } from '@drasi-kusto/kusto-client';
import type { RelationEnd } from '../config/entity-config.ts';
import type { SourceQuery } from './source-query.ts';

/**
 * The query of relations, without those rows in which an end is missing: a dangling relation is no element, and a row that
 * loses an end leaves the result as one that fails a filter does. Missing is null and, of a string, empty: Kusto's strings
 * have no null, and a join that found nothing leaves the empty one. One missing column of several is enough.
 */
export function relationQuery(
  query: SourceQuery,
  { start, end }: { readonly start: RelationEnd; readonly end: RelationEnd },
): SourceQuery {
  const columns = [...new Set([...start.key, ...end.key])].map(quoteIdentifier);
  const present = columns.map((column) => `isnotempty(${column})`).join(' and ');
  return { ...query, text: `${query.text}\n| where ${present}` };
}
