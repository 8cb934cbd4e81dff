import { quoteIdentifier, stringLiteral, type KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { entityRows } from '../query/entity-rows.ts';
import type { Position } from '../query/source-reader.ts';
import { positionQuery, shadowTable } from '../query/window-query.ts';
import { bootstrapRange } from '../snapshot/bootstrap.ts';
import { slicePredicate } from '../snapshot/slice.ts';

/** The texts a source sends most, as it sends them. */
export interface CheckedQueries {
  /** At every poll. */
  readonly position: string;
  /** The rows of one window. */
  readonly window: string;
  /** The rows of the first slice of a bootstrap. */
  readonly slice: string;
}

/** Asks nothing but whether the service answers in this database, and when. */
export const reachableQuery = 'print Now = now()';

/** Who asks. The second form is for services that know the name only. */
export const identityQueries: readonly string[] = [
  "print Identity = current_principal(), Name = tostring(current_principal_details()['DisplayName'])",
  'print Identity = current_principal()',
];

/** The table itself, without its rows. */
export function tableQuery({ table }: EntityConfig): string {
  return `table(${stringLiteral(table)}) | take 0`;
}

/** What bears the table's name, be it a table, a view or a function, without its rows. */
export function namedQuery({ table }: EntityConfig): string {
  return `${quoteIdentifier(table)} | take 0`;
}

export function policyCommand({ table }: EntityConfig): string {
  return `.show table ${quoteIdentifier(table)} policy ingestiontime`;
}

/** How many rows of the query have no ingestion time. */
export function undatedQuery({ table, query }: EntityConfig): string {
  return [shadowTable(table, 'isnull(ingestion_time())'), query.text, '| summarize Rows = count()'].join(
    '\n',
  );
}

/** A window and a slice at once, of no rows: whether the service takes the texts. */
export function emptyWindowQuery(
  config: EntityConfig,
  columns: readonly KustoColumn[],
  { cursor }: Position,
): string {
  const slice = slicePredicate({ modulus: 2, index: 0 }, config.primaryKey);
  const range = { after: cursor, upTo: cursor };
  return entityRows({ config, detection: 'append', range, columns, fold: true, slice });
}

/** The texts a source will send, with the cursors of this moment. */
export function queriesOf(
  config: EntityConfig,
  columns: readonly KustoColumn[],
  at: { readonly from: Position; readonly to: Position },
  snapshot: { readonly fold: boolean; readonly slices: number },
): CheckedQueries {
  const { from, to } = at;
  const slice = slicePredicate({ modulus: snapshot.slices, index: 0 }, config.primaryKey);
  const range = { after: from.cursor, upTo: to.cursor };
  const rows = { config, detection: 'append', columns } as const;
  return {
    position: positionQuery,
    window: entityRows({ ...rows, range, fold: true }),
    slice: entityRows({ ...rows, range: bootstrapRange(config, to), fold: snapshot.fold, slice }),
  };
}
