import { quoteIdentifier, type KustoColumn } from '@drasi-kusto/kusto-client';
import type { Detection, EntityConfig } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import { hashedColumns } from './hashed-columns.ts';
import { identityOperators } from './row-identity.ts';
import { helperColumns, shadowLines, type RowRange } from './window-query.ts';

/** Which rows of an entity are read, and what is to be known of each. */
export interface EntityRows {
  readonly config: EntityConfig;
  readonly detection: Detection;
  readonly range: RowRange;
  /** The columns of the query's result that are properties, without helpers. Only the fold and the identity look at them. */
  readonly columns: readonly KustoColumn[];
  /** Several rows may have one key: the newest is taken. A query that is not row-local is never folded. */
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
 * With a fold, one row a key is left: the newest by VERSION_COLUMN where it is set, then by ingestion time, and among
 * equals (one ingestion may bring a key twice) the one with the greatest hash. A null is older than everything.
 *
 * Each row has its ingestion time, unless the range is whole and not folded.
 */
export function entityRows(rows: EntityRows): string {
  const { config, range, columns, slice, identity, where, operators = [] } = rows;
  const folds = rows.fold && config.query.notRowLocal === undefined;
  const lines = [...shadowLines(config.table, range), config.query.text];
  if (slice !== undefined) lines.push(`| where ${slice}`);
  if (folds || !('whole' in range)) lines.push(ingestedOperator);
  if (folds) lines.push(...foldOperators(config, columns));
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

const [ingested, tie] = [helperColumns.ingested, helperColumns.tie].map(quoteIdentifier);

const ingestedOperator = `| extend ${ingested} = ingestion_time()`;

function foldOperators(config: EntityConfig, columns: readonly KustoColumn[]): readonly string[] {
  const key = config.primaryKey.map(quoteIdentifier);
  const version = config.versionColumn === undefined ? [] : [quoteIdentifier(config.versionColumn)];
  // From the least of the order to the first: what is taken at each step is the newest among rows that agree in the rest.
  const order = [...version, ingested, tie];
  const steps = order.map((column, at) => {
    const rest = [...key, ...order.slice(0, at)];
    return `| summarize arg_max(${column}, *) by ${rest.join(', ')}`;
  });
  return [`| extend ${tie} = ${rowHash(columns)}`, ...steps.toReversed(), `| project-away ${tie}`];
}

/** The key's columns with their types. @throws KustoSourceError SCHEMA when the result lacks one */
export function keyColumns(
  { primaryKey }: Pick<EntityConfig, 'primaryKey'>,
  columns: readonly KustoColumn[],
): readonly KustoColumn[] {
  return primaryKey.map((name) => {
    const column = columns.find((each) => each.name === name);
    if (column !== undefined) return column;
    throw new KustoSourceError(
      'SCHEMA',
      `PRIMARY_KEY: the key column ${JSON.stringify(name)} is not in the result of the query`,
    );
  });
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
