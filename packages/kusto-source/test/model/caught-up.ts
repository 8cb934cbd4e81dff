import type { StoredEntity } from './source-runner.ts';

export interface FeedGoal {
  /** The database's. */
  readonly cursor: string;
  /** The last complete scan ended after this time, by the source's clock; undefined where there is none to wait for. */
  readonly scannedSince: number | undefined;
  /** What the elements follow (rule R20); undefined where they do not change. */
  readonly columns: readonly { readonly name: string; readonly type: string }[] | undefined;
}

/** Whether an entity's feed has everything, as far as its checkpoint tells. */
export function isCaughtUp(
  { cursor, detection, schema, scannedAt = 0 }: StoredEntity,
  goal: FeedGoal,
): boolean {
  if (goal.columns !== undefined && !hasFollowed(schema, goal.columns)) return false;
  // Without windows there are only scans, and of what has no cursor.
  const hasWindows = detection !== 'reconcile';
  if (hasWindows && cursor !== goal.cursor) return false;
  return goal.scannedSince === undefined || scannedAt > goal.scannedSince;
}

/** Whether the feed knows the columns, and owes no publication for one that is gone (rule R20). */
function hasFollowed(
  schema: StoredEntity['schema'],
  columns: readonly { readonly name: string; readonly type: string }[],
): boolean {
  if (schema === undefined || schema.republish === true) return false;
  const known = new Set(schema.columns.map(([name, type]) => `${name}: ${type}`));
  return known.size === columns.length && columns.every(({ name, type }) => known.has(`${name}: ${type}`));
}
