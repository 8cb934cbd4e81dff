import type { KustoColumn } from '@drasi-kusto/kusto-client';
import type { Detection, EntityConfig } from '../config/entity-config.ts';
import { hashedColumns } from './hashed-columns.ts';
import { liveRows } from './latest-rows.ts';
import { foldOperators, ingestedOperator } from './row-fold.ts';
import { identityOperators } from './row-identity.ts';
import { keyColumns } from './key-columns.ts';
import { shadowLines, type RowRange } from './window-query.ts';

/** Which rows of an entity are read, and what is to be known of each. */
export interface EntityRows {
  readonly config: EntityConfig;
  readonly detection: Detection;
  readonly range: RowRange;
  /** The columns of the query's result that are properties, without helpers. Only the fold and the identity look at them. */
  readonly columns: readonly KustoColumn[];
  /** Several rows may have one key: the newest is taken. Always so for latest, never for a query that is not row-local. */
  readonly fold: boolean;
  /** A predicate over the query's columns, the same for all rows of a key: only these keys. */
  readonly slice?: string | undefined;
  /** Each row comes with the identity columns (`row-identity.ts`). */
  readonly identity?: { readonly bucketCount: number } | undefined;
  /** A predicate over the rows that are left, which may use the identity columns. */
  readonly where?: string | undefined;
  /** Operators behind everything. */
  readonly operators?: readonly string[] | undefined;
}

/**
 * The live rows of an entity in a range, as KQL: windows, bootstraps and scans all read by this text, so that one of them
 * cannot see a state that another does not (rules R3 and R10). The table's name is shadowed by its own range, and the user's
 * text stays as written.
 *
 * With a fold, one row a key is left (`foldOperators`). For latest that is the newest of all rows of the key, and then it is live or not;
 * otherwise it is the newest of those that pass the query's filters.
 *
 * Each row has its ingestion time, unless the range is whole and not folded.
 * @throws KustoSourceError QUERY for a query that latest detection cannot follow, SCHEMA when the key is not among the columns
 */
export function entityRows(rows: EntityRows): string {
  const { config, detection, columns, identity, where, operators = [] } = rows;
  const lines = [...(detection === 'latest' ? liveRows(rows) : queryRows(rows))];
  if (identity !== undefined)
    lines.push(
      ...identityOperators({
        key: keyColumns(config, columns),
        columns: hashedColumns(config, columns),
        ...identity,
      }),
    );
  if (where !== undefined) lines.push(`| where ${where}`);
  return [...lines, ...operators].join('\n');
}

/** The rows as the query gives them, folded or not. */
function queryRows({ config, range, columns, fold, slice }: EntityRows): readonly string[] {
  const folds = fold && config.query.notRowLocal === undefined;
  const lines = [...shadowLines(config.table, range), config.query.text];
  if (slice !== undefined) lines.push(`| where ${slice}`);
  if (folds || !('whole' in range)) lines.push(ingestedOperator);
  if (folds) lines.push(...foldOperators(config, columns));
  return lines;
}
