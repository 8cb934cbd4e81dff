import { createHash } from 'node:crypto';
import type { EntityConfig } from './entity-config.ts';

/** A short name for a configuration that stored state belongs to. Secrets are no part of it, so a rotated key does not orphan the state. */
export function fingerprintOf(meaning: unknown): string {
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex').slice(0, 16);
}

/** What the elements of an entity mean: another one gives other elements, or finds their changes in another way. */
export function entityFingerprint(config: EntityConfig): string {
  const { kind, label, ends, table, primaryKey, query, changeDetection, versionColumn, deletedWhen } = config;
  return fingerprintOf([
    kind,
    label,
    ends ?? null,
    table,
    primaryKey,
    query.text,
    changeDetection,
    versionColumn ?? null,
    deletedWhen ?? null,
  ]);
}
