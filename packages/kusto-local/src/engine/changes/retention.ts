import { badRequest } from '../../service-errors.ts';
import { formatTimespan, parseTimespan, ticksPerHour } from '../values/times.ts';
import type { TableInfo } from '../catalog/catalog.ts';
import { extentsOf } from '../catalog/extents.ts';
import { dropExtents } from './row-changes.ts';
import type { WriteTurn } from './write-turn.ts';

/** A retention policy (page "retention policy"). */
export interface RetentionPolicy {
  /** Ticks. */
  readonly softDeletePeriod: bigint;
  /** Kept as it is set: here nothing that was deleted can be had back. */
  readonly recoverability: 'Disabled' | 'Enabled';
}

export interface ExpiredExtents {
  readonly table: string;
  readonly extents: number;
  readonly rows: number;
}

/** What `{}` stands for. */
export const defaultRetention: RetentionPolicy = {
  softDeletePeriod: 365_000n * 24n * ticksPerHour,
  recoverability: 'Enabled',
};

export function retentionJson({ softDeletePeriod, recoverability }: RetentionPolicy): string {
  const period = formatTimespan(softDeletePeriod);
  return JSON.stringify({ SoftDeletePeriod: period, Recoverability: recoverability });
}

/** @throws KustoServiceError for text that is no retention policy */
export function parseRetention(json: string, base: RetentionPolicy): RetentionPolicy {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw badRequest('The retention policy is not valid JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw badRequest('The retention policy is not a JSON object.');
  let policy = base;
  for (const [name, value] of Object.entries(parsed)) policy = withProperty(policy, name, String(value));
  return policy;
}

/** The policy with one of its properties set: SoftDeletePeriod (or `softdelete`), Recoverability. */
export function withProperty(policy: RetentionPolicy, name: string, value: string): RetentionPolicy {
  switch (name.toLowerCase()) {
    case 'softdelete':
    case 'softdeleteperiod': {
      const softDeletePeriod = parseTimespan(value);
      if (softDeletePeriod === null || softDeletePeriod < 0n)
        throw badRequest(`The retention policy's SoftDeletePeriod is a timespan, not '${value}'.`);
      if (softDeletePeriod === 0n)
        throw badRequest('A SoftDeletePeriod of 0, with which data is never stored, is not supported here.');
      return { ...policy, softDeletePeriod };
    }
    case 'recoverability':
      if (/^enabled$/i.test(value)) return { ...policy, recoverability: 'Enabled' };
      if (/^disabled$/i.test(value)) return { ...policy, recoverability: 'Disabled' };
      throw badRequest(`The retention policy's Recoverability is Enabled or Disabled, not '${value}'.`);
    default:
      throw badRequest(`A retention policy has SoftDeletePeriod and Recoverability, not '${name}'.`);
  }
}

export function retentionOf(table: TableInfo): RetentionPolicy | undefined {
  return table.retention === null ? undefined : parseRetention(table.retention, defaultRetention);
}

/**
 * Drops the extents that were made longer ago than their table's policy keeps data. The service does so at times of its own
 * choice; here it is done when asked for.
 */
export async function applyRetention(
  turn: WriteTurn,
  tables: readonly TableInfo[],
): Promise<readonly ExpiredExtents[]> {
  const expired: ExpiredExtents[] = [];
  for (const table of tables) {
    const policy = retentionOf(table);
    if (policy === undefined) continue;
    const before = turn.now() - policy.softDeletePeriod;
    const old = (await extentsOf(turn.connection, table)).filter(
      ({ createdOn }) => createdOn !== null && createdOn < before,
    );
    await dropExtents(turn, table, old);
    const rows = old.reduce((sum, { rowCount }) => sum + rowCount, 0);
    expired.push({ table: table.name, extents: old.length, rows });
  }
  return expired;
}
