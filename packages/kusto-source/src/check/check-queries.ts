import { quoteIdentifier, type KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { hasLeavers } from '../feed/read-leavers.ts';
import { entityRows } from '../query/entity-rows.ts';
import { leaverRows } from '../query/latest-rows.ts';
import type { Position } from '../query/cursors.ts';
import { isTimeCursor, timePositionQuery } from '../query/time-cursor.ts';
import { positionQuery, shadowTable } from '../query/window-query.ts';
import { bucketDigestOperator } from '../scan/digest-queries.ts';
import { bootstrapRange } from '../snapshot/bootstrap.ts';
import { slicePredicate } from '../snapshot/slice.ts';
import type { CheckedDetection } from './detection-checks.ts';

/** The texts a source sends most, as it sends them. */
export interface CheckedQueries {
  /** At every poll. */
  readonly position: string;
  /** The rows of one window; absent where there are only scans. */
  readonly window?: string;
  /** The keys that leave in one window, for latest. */
  readonly leavers?: string;
  /** The digests of a scan. */
  readonly scan?: string;
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

export function policyCommand({ table }: EntityConfig): string {
  return `.show table ${quoteIdentifier(table)} policy ingestiontime`;
}

/** How many rows of the query have no ingestion time. */
export function undatedQuery({ table, query }: EntityConfig): string {
  return [shadowTable(table, 'isnull(ingestion_time())'), query.text, '| summarize Rows = count()'].join(
    '\n',
  );
}

/** A window and a slice at once, of no rows: whether the service takes the texts. For latest also that of the keys that leave. */
export function emptyWindowQueries(
  { config, detection, indexed }: CheckedDetection,
  columns: readonly KustoColumn[],
  { cursor }: Position,
): readonly string[] {
  const slice = slicePredicate({ modulus: 2, index: 0 }, config.primaryKey);
  const range = { after: cursor, upTo: cursor };
  const identity = indexed ? { bucketCount: 1 } : undefined;
  const rows = entityRows({ config, detection, range, columns, fold: true, slice, identity });
  if (detection !== 'latest' || !hasLeavers({ config })) return [rows];
  return [rows, leaverRows({ config, range, columns, slice }, 1)];
}

/** The digests of a scan; of no rows, to see whether the service takes the text. */
export function scanQuery(
  { config, detection }: CheckedDetection,
  columns: readonly KustoColumn[],
  at: Position,
  { bucketCount, none }: { readonly bucketCount: number; readonly none: boolean },
): string {
  const range = bootstrapRange(config, at);
  const slice = none ? 'false' : undefined;
  const rows = { config, detection, range, columns, fold: true, slice, identity: { bucketCount } } as const;
  return entityRows({ ...rows, operators: [bucketDigestOperator] });
}

/** The texts a source will send, with the cursors of this moment. */
export function queriesOf(
  checked: CheckedDetection,
  columns: readonly KustoColumn[],
  at: { readonly from: Position; readonly to: Position },
  snapshot: { readonly fold: boolean; readonly slices: number; readonly buckets: number },
): CheckedQueries {
  const { from, to } = at;
  const { config, detection, indexed, scanEveryMs } = checked;
  const { buckets: bucketCount } = snapshot;
  const identity = indexed ? { bucketCount } : undefined;
  const slice = slicePredicate({ modulus: snapshot.slices, index: 0 }, config.primaryKey);
  const range = { after: from.cursor, upTo: to.cursor };
  const rows = { config, detection, columns, identity } as const;
  const leaves = detection === 'latest' && hasLeavers({ config });
  return {
    position: isTimeCursor(to.cursor) ? timePositionQuery(config) : positionQuery,
    ...(detection === 'reconcile' ? {} : { window: entityRows({ ...rows, range, fold: true }) }),
    ...(leaves ? { leavers: leaverRows({ config, range, columns }, bucketCount) } : {}),
    ...(scanEveryMs === undefined
      ? {}
      : { scan: scanQuery(checked, columns, to, { bucketCount, none: false }) }),
    slice: entityRows({ ...rows, range: bootstrapRange(config, to), fold: snapshot.fold, slice }),
  };
}
