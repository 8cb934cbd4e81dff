import { quoteIdentifier, stringLiteral, type KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';

/** Columns the Source adds to a query's result for its own use; they are never properties of an element. */
export const helperColumns = { ingested: '__drasi_ingested', tie: '__drasi_tie' } as const;

/** Which rows of the table a query reads. A cursor is opaque text from the service and only ever handed back to it. */
export type RowRange =
  /** Rows after `after` up to and including `upTo`: a window of the feed. */
  | { readonly after: string; readonly upTo: string }
  /** Everything up to `upTo`, rows that predate the ingestion-time policy included (rule R4). */
  | { readonly upTo: string; readonly since?: string | undefined };

/** The service's cursor and clock, of one moment. */
export const positionQuery = 'print Cursor = cursor_current(), Now = now()';

/** The cursor alone, asked with every poll. */
export const cursorQuery = 'print Cursor = cursor_current()';

/** What the hash function makes of some values of the types that keys have. */
export const hashQuery = `print ${[
  "'Drasi'",
  '20260101',
  '0.5',
  'datetime(2026-01-01)',
  'guid(74be27de-1e4e-49d9-b579-fe0b331d3642)',
  "hash_many('Drasi', 20260101)",
]
  .map((value) => `hash(${value}, 1000003)`)
  .join(', ')}`;

/** How a range's rows are reduced to one state a key. */
export interface FoldPlan {
  /** All columns of the query's result, for the tie-break hash. */
  readonly columns: readonly KustoColumn[];
}

/**
 * The user's query over a range, or over a slice of it, each row with its ingestion time. The table's name is shadowed by its own
 * range, so the user's text stays as written.
 *
 * With a fold, one row a key is left: the newest by ingestion time, and among equals (one ingestion may bring a key
 * twice) the one with the greatest hash. The order is total and the same in windows and bootstraps (rule R10), because
 * both are folded by this text, in the service.
 */
export function rangeQuery(
  config: EntityConfig,
  range: RowRange,
  fold: FoldPlan | undefined,
  slice?: string,
): string {
  const ingested = quoteIdentifier(helperColumns.ingested);
  const lines = [shadow(config, range), config.query.text];
  if (slice !== undefined) lines.push(`| where ${slice}`);
  lines.push(`| extend ${ingested} = ingestion_time()`);
  if (fold !== undefined) {
    const tie = quoteIdentifier(helperColumns.tie);
    const keys = config.primaryKey.map(quoteIdentifier).join(', ');
    lines.push(
      `| extend ${tie} = ${rowHash(fold.columns)}`,
      `| summarize arg_max(${tie}, *) by ${keys}, ${ingested}`,
      `| summarize arg_max(${ingested}, *) by ${keys}`,
      `| project-away ${tie}`,
    );
  }
  return lines.join('\n');
}

/** KQL for one hash over all columns. `hash_many` takes no dynamic values and at most 64 arguments. */
function rowHash(columns: readonly KustoColumn[]): string {
  const most = 60;
  let terms = columns.map(({ name, type }) =>
    type === 'dynamic' ? `tostring(${quoteIdentifier(name)})` : quoteIdentifier(name),
  );
  while (terms.length > most) {
    const groups = Array.from({ length: Math.ceil(terms.length / most) }, (_, group) =>
      terms.slice(group * most, (group + 1) * most),
    );
    terms = groups.map(hashOf);
  }
  return hashOf(terms);
}

const hashOf = (terms: readonly string[]): string =>
  terms.length === 1 ? `hash(${terms.join('')})` : `hash_many(${terms.join(', ')})`;

/** How many rows the range has, and how many the most repeated key has. Costs a grouping of the keys alone. */
export function keyCountQuery(config: EntityConfig, range: RowRange): string {
  const keys = config.primaryKey.map(quoteIdentifier).join(', ');
  return [
    shadow(config, range),
    config.query.text,
    `| summarize ['__drasi_rows'] = count() by ${keys}`,
    "| summarize Rows = sum(['__drasi_rows']), Most = max(['__drasi_rows'])",
  ].join('\n');
}

/** How many rows the range has: what is left when the keys are too many to group. */
export function rowCountQuery(config: EntityConfig, range: RowRange): string {
  return [shadow(config, range), config.query.text, '| summarize Rows = count()'].join('\n');
}

/** The size of some rows, in the bytes that Kusto's own limit counts. */
export function rowSampleQuery(config: EntityConfig, range: RowRange): string {
  return [
    shadow(config, range),
    config.query.text,
    '| take 1000',
    '| summarize Rows = count(), Bytes = sum(estimate_data_size(*))',
  ].join('\n');
}

/** The user's query without rows: its answer carries the columns. */
export function schemaQuery(config: EntityConfig): string {
  return `${config.query.text}\n| take 0`;
}

/** No rows; refused where the service does not take the cursor. The empty one is before everything. */
export function cursorProbeQuery(config: EntityConfig, cursor: string): string {
  return `${quoteIdentifier(config.table)} | where cursor_after(${stringLiteral(cursor)}) | take 0`;
}

function shadow(config: EntityConfig, range: RowRange): string {
  return shadowTable(config.table, predicate(range));
}

/** Behind this statement the table's name stands for those of its rows for which the predicate holds. */
export function shadowTable(table: string, predicate: string): string {
  return `let ${quoteIdentifier(table)} = table(${stringLiteral(table)}) | where ${predicate};`;
}

function predicate(range: RowRange): string {
  const upper = `cursor_before_or_at(${stringLiteral(range.upTo)})`;
  if ('after' in range) return `cursor_after(${stringLiteral(range.after)}) and ${upper}`;
  // One predicate, never a union: a row that met both halves would be sent twice, and a second insert counts twice.
  if (range.since === undefined) return `${upper} or isnull(ingestion_time())`;
  return `${upper} and ingestion_time() >= datetime(${range.since})`;
}
