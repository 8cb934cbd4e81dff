import { quoteIdentifier } from '@drasi-kusto/kusto-client';
import type { RelationEnd } from '../config/entity-config.ts';
import type { SourceQuery } from './source-query.ts';

interface RelationEnds {
  readonly start: RelationEnd;
  readonly end: RelationEnd;
}

/**
 * The query of relations, without those rows in which an end is missing: a dangling relation is no element, and a row that
 * loses an end leaves the result as one that fails a filter does. Missing is null and, of a string, empty: Kusto's strings
 * have no null, and a join that found nothing leaves the empty one. One missing column of several is enough.
 */
export function relationQuery(query: SourceQuery, ends: RelationEnds): SourceQuery {
  return { ...query, text: query.text + endFilter(ends) };
}

/** What is behind the user's query in that of relations. */
export function endFilter({ start, end }: RelationEnds): string {
  const columns = [...new Set([...start.key, ...end.key])].map(quoteIdentifier);
  const present = columns.map((column) => `isnotempty(${column})`).join(' and ');
  return `\n| where ${present}`;
}
