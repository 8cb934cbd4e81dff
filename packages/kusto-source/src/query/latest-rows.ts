import { quoteIdentifier, type KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { liveColumn, markRows } from './latest-query.ts';
import { foldOperators, ingestedOperator } from './row-fold.ts';
import { bucketExpression, identityColumns, keyText } from './row-identity.ts';
import { keyColumns } from './key-columns.ts';
import { helperColumns, shadowLines, tableInRange, type BoundRange, type RowRange } from './window-query.ts';

/** The rows that latest detection reads; see `EntityRows`. */
export interface LatestRows {
  readonly config: EntityConfig;
  readonly range: RowRange;
  readonly columns: readonly KustoColumn[];
  readonly slice?: string | undefined;
}

const [ingested, was, key, bucket] = [
  helperColumns.ingested,
  helperColumns.was,
  helperColumns.key,
  identityColumns.bucket,
].map(quoteIdentifier);

/** The newest row of each key of the range, of those that are live: whatever passed before and does not pass now is none of them. */
export function liveRows(rows: LatestRows, narrowing?: readonly string[]): readonly string[] {
  return [...newestRows(rows, false, narrowing), `| where ${liveColumn}`, `| project-away ${liveColumn}`];
}

/**
 * The keys of a window whose newest row is not live: their columns, their bucket, when that row was ingested, and
 * whether any row of the window was live (rule R11). Nothing else of them is transferred.
 */
export function leaverRows(rows: LatestRows, bucketCount: number): string {
  const { config, columns } = rows;
  const bucketOf = bucketExpression(keyColumns(config, columns), bucketCount);
  return [
    ...newestRows(rows, true),
    `| where not(${liveColumn})`,
    `| project ${config.primaryKey.map(quoteIdentifier).join(', ')}, ${ingested}, ${was}, ${bucket} = ${bucketOf}`,
  ].join('\n');
}

/** The newest row of each key, live or not. */
function newestRows(rows: LatestRows, withWas: boolean, narrowing?: readonly string[]): readonly string[] {
  const { config, range, columns } = rows;
  // The flag takes part in the order: it may be all that two rows differ in.
  const ordering: readonly KustoColumn[] = [...columns, { name: liveColumn, type: 'bool' }];
  if (config.versionColumn !== undefined && isPart(range))
    return [...rowsWithHistory(rows, range), ...foldOperators(config, ordering, undefined, narrowing)];
  const { lets, rows: marked } = markRows(config.query.text, config.deletedWhen);
  return [
    ...shadowLines(config.table, range),
    lets + marked,
    ...sliceLines(rows),
    ingestedOperator,
    ...foldOperators(config, ordering, withWas ? liveColumn : undefined, narrowing),
  ];
}

/**
 * All rows up to the range's end of the keys that have a row in the range (rule R14): a version that arrived late is no
 * newer than one that came before a window, or before BOOTSTRAP_WINDOW.
 */
function rowsWithHistory(rows: LatestRows, range: BoundRange): readonly string[] {
  const { config, columns } = rows;
  const { table, query, deletedWhen } = config;
  const inWindow = markRows(query.text, deletedWhen, tableInRange(table, range));
  const upToEnd = markRows(query.text, deletedWhen, tableInRange(table, { upTo: range.upTo }));
  const text = keyText(keyColumns(config, columns));
  return [
    `${inWindow.lets}let __drasi_window = ${inWindow.rows}`,
    ...sliceLines(rows),
    `| summarize ${was} = countif(${liveColumn}) > 0 by ${key} = ${text};`,
    upToEnd.rows,
    ...sliceLines(rows),
    ingestedOperator,
    `| extend ${key} = ${text}`,
    `| lookup kind=inner __drasi_window on ${key}`,
    `| project-away ${key}`,
  ];
}

/** Whether older rows than those of the range may be of its keys. */
function isPart(range: RowRange): range is BoundRange {
  return 'after' in range || ('since' in range && range.since !== undefined);
}

function sliceLines({ slice }: LatestRows): readonly string[] {
  return slice === undefined ? [] : [`| where ${slice}`];
}
