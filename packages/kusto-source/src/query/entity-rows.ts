import { quoteIdentifier, type KustoColumn } from '@drasi-kusto/kusto-client';
import type { Detection, EntityConfig } from '../config/entity-config.ts';
import { hashedColumns } from './hashed-columns.ts';
import { liveColumn } from './latest-query.ts';
import { liveRows } from './latest-rows.ts';
import { foldOperators, ingestedOperator, orderColumns } from './row-fold.ts';
import { identityColumns, identityOperators } from './row-identity.ts';
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
  /** Nothing is wanted of the rows but key and identity: what is folded is not the other columns. */
  readonly identityAlone?: boolean | undefined;
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
  const { config, detection, columns, identity, identityAlone = false, where, operators = [] } = rows;
  const folds = detection === 'latest' || (rows.fold && config.query.notRowLocal === undefined);
  const identified =
    identity === undefined
      ? []
      : identityOperators({
          key: keyColumns(config, columns),
          columns: hashedColumns(config, columns),
          ...identity,
        });
  const isNarrow = folds && identityAlone && identity !== undefined;
  const narrowing = isNarrow ? [...identified, projectIdentity(rows)] : [];
  const lines = [...(detection === 'latest' ? liveRows(rows, narrowing) : queryRows(rows, folds, narrowing))];
  if (!isNarrow) lines.push(...identified);
  if (where !== undefined) lines.push(`| where ${where}`);
  return [...lines, ...operators].join('\n');
}

/** The rows as the query gives them, folded or not. */
function queryRows(
  { config, range, columns, slice }: EntityRows,
  folds: boolean,
  narrowing: readonly string[],
): readonly string[] {
  const lines = [...shadowLines(config.table, range), config.query.text];
  if (slice !== undefined) lines.push(`| where ${slice}`);
  if (folds || !('whole' in range)) lines.push(ingestedOperator);
  if (folds) lines.push(...foldOperators(config, columns, undefined, narrowing));
  return lines;
}

/** Of a row, what is needed to fold it and to know it by. */
function projectIdentity({ config, detection }: EntityRows): string {
  const columns = [
    ...config.primaryKey.map(quoteIdentifier),
    ...orderColumns(config),
    ...(detection === 'latest' ? [liveColumn] : []),
    ...Object.values(identityColumns).map(quoteIdentifier),
  ];
  // A version may be a part of the key.
  return `| project ${[...new Set(columns)].join(', ')}`;
}
