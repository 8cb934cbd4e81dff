import { stringLiteral } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import type { RowRange } from './window-query.ts';

/**
 * Where a service has no database cursors, the greatest ingestion time of a table stands for one (rule R16). It is no proof: of two
 * ingestions the later one may be committed first (Kusto's page of `ingestion_time()`). So windows reach back behind their
 * beginning, the key index tells what of that was published, and scans find what was committed later still.
 */
const prefix = 'ingested:';

/** How far a window reaches back, as a KQL timespan. */
const overlap = '5m';

export function isTimeCursor(cursor: string): boolean {
  return cursor.startsWith(prefix);
}

/** @param time ISO 8601, as the service wrote it; null when no row has one */
export function timeCursor(time: string | null): string {
  return prefix + (time ?? '1601-01-01T00:00:00Z');
}

/** The greatest ingestion time of the table's rows, and the service's clock. */
export function timePositionQuery({ table }: Pick<EntityConfig, 'table'>): string {
  return `table(${stringLiteral(table)}) | summarize Cursor = max(ingestion_time()) | extend Now = now()`;
}

/** A predicate over the table's rows for a range whose cursors are times. */
export function timeBounds(range: Exclude<RowRange, { readonly whole: true }>): string {
  const upper = `ingestion_time() <= ${datetime(range.upTo)}`;
  if ('after' in range) return `ingestion_time() > ${datetime(range.after)} - ${overlap} and ${upper}`;
  if (range.since === undefined) return `(${upper} or isnull(ingestion_time()))`;
  return `${upper} and ingestion_time() >= datetime(${range.since})`;
}

const datetime = (cursor: string): string => `todatetime(${stringLiteral(cursor.slice(prefix.length))})`;
