import { quoteIdentifier, stringLiteral } from '@drasi-kusto/kusto-client';
import type { Detection, EntityConfig } from '../config/entity-config.ts';
import { liveColumn, markRows } from './latest-query.ts';
import { identityColumns } from './row-identity.ts';
import { isTimeCursor, timeBounds } from './time-cursor.ts';
import { writtenQuery } from './written-query.ts';

/** Columns the Source adds to a query's result for its own use; they are never properties of an element. */
export const helperColumns = {
  /** When the row was ingested. */
  ingested: '__drasi_ingested',
  /** What decides between rows of one key and time. */
  tie: '__drasi_tie',
  /** Whether any row of the key in the window was live. */
  was: '__drasi_was',
  /** The key as one text. */
  key: '__drasi_key',
} as const;

/** The names of all columns that are never properties. */
export const helperNames: ReadonlySet<string> = new Set([
  ...Object.values(helperColumns),
  ...Object.values(identityColumns),
  liveColumn,
]);

/** The rows after one cursor up to and including another: a window of the feed. */
export interface WindowRange {
  readonly after: string;
  readonly upTo: string;
}

/** Which rows of the table a query reads. A cursor is opaque text from the service and only ever handed back to it. */
export type RowRange =
  | WindowRange
  /** Everything up to `upTo`, rows that predate the ingestion-time policy included (rule R4). */
  | { readonly upTo: string; readonly since?: string | undefined }
  /** No bound: for queries that are not row-local, and for questions after what is there now. */
  | { readonly whole: true };

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

/** The query over a range; for latest without its filters, which mark the rows that they would leave out. */
function rowsOf(
  { table, query, deletedWhen }: EntityConfig,
  detection: Detection,
  range: RowRange,
): readonly string[] {
  const shadow = shadowLines(table, range);
  if (detection !== 'latest') return [...shadow, query.text];
  const { lets, rows } = markRows(query.text, deletedWhen);
  return [...shadow, lets + rows];
}

/** How many rows the range has, and how many the most repeated key has. Costs a grouping of the keys alone. */
export function keyCountQuery(config: EntityConfig, range: RowRange, detection: Detection): string {
  const keys = config.primaryKey.map(quoteIdentifier).join(', ');
  return [
    ...rowsOf(config, detection, range),
    `| summarize ['__drasi_rows'] = count() by ${keys}`,
    "| summarize Rows = sum(['__drasi_rows']), Most = max(['__drasi_rows'])",
  ].join('\n');
}

/** How many rows the range has: what is left when the keys are too many to group. For latest, also how many of them are live. */
export function rowCountQuery(config: EntityConfig, range: RowRange, detection: Detection): string {
  const live = detection === 'latest' ? `Live = countif(${liveColumn}), ` : '';
  return [...rowsOf(config, detection, range), `| summarize ${live}Rows = count()`].join('\n');
}

/** The size of some rows, in the bytes that Kusto's own limit counts. */
export function rowSampleQuery(config: EntityConfig, range: RowRange): string {
  return [
    ...rowsOf(config, 'append', range),
    '| take 1000',
    '| summarize Rows = count(), Bytes = sum(estimate_data_size(*))',
  ].join('\n');
}

/** How many rows the table has, of whatever age. */
export function tableCountQuery({ table }: EntityConfig): string {
  return `table(${stringLiteral(table)}) | summarize Rows = count()`;
}

/**
 * The user's query without rows: its answer carries the columns. The filter for the ends of relations is left out: a column that is
 * missing there is told by its place, not by a refusal of text that nobody wrote.
 */
export function schemaQuery(config: EntityConfig): string {
  return `${writtenQuery(config)}\n| take 0`;
}

/** The table itself, without its rows. */
export function tableQuery({ table }: Pick<EntityConfig, 'table'>): string {
  return `table(${stringLiteral(table)}) | take 0`;
}

/** What bears the table's name, be it a table, a view or a function, without its rows. */
export function namedQuery({ table }: Pick<EntityConfig, 'table'>): string {
  return `${quoteIdentifier(table)} | take 0`;
}

/** No rows; refused where the service does not take the cursor. The empty one is before everything. */
export function cursorProbeQuery(config: EntityConfig, cursor: string): string {
  return `${quoteIdentifier(config.table)} | where cursor_after(${stringLiteral(cursor)}) | take 0`;
}

/** The statement that bounds a range; none where there is no bound. */
export function shadowLines(table: string, range: RowRange): readonly string[] {
  return 'whole' in range ? [] : [shadowTable(table, boundsOf(range))];
}

/** Behind this statement the table's name stands for those of its rows for which the predicate holds. */
export function shadowTable(table: string, predicate: string): string {
  return `let ${quoteIdentifier(table)} = ${rowsWhere(table, predicate)};`;
}

/** The rows of the table in a range. */
export function tableInRange(table: string, range: BoundRange): string {
  return rowsWhere(table, boundsOf(range));
}

/** A range that ends at a cursor. */
export type BoundRange = Exclude<RowRange, { readonly whole: true }>;

const rowsWhere = (table: string, predicate: string): string =>
  `table(${stringLiteral(table)}) | where ${predicate}`;

function boundsOf(range: BoundRange): string {
  if (isTimeCursor(range.upTo)) return timeBounds(range);
  const upper = `cursor_before_or_at(${stringLiteral(range.upTo)})`;
  if ('after' in range) return `cursor_after(${stringLiteral(range.after)}) and ${upper}`;
  // One predicate, never a union: a row that met both halves would be sent twice, and a second insert counts twice.
  if (range.since === undefined) return `${upper} or isnull(ingestion_time())`;
  return `${upper} and ingestion_time() >= datetime(${range.since})`;
}
