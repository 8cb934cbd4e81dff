import { createHash } from 'node:crypto';
import { dependsOnKeys, namesVersions } from '../query/detection.ts';
import type { EntityConfig, SourceConfig } from './entity-config.ts';

/**
 * What stored state belongs to: a checkpoint taken under another fingerprint is refused. Entities with a key index are not part of it: what
 * their old configuration published is known, and is brought up to date with the new one (rule R22). Secrets are left out, so
 * that a rotated key does not orphan the state.
 */
export function configFingerprint({ connection, database, entities }: SourceConfig): string {
  const place = { cluster: connection.uri, database };
  const fixed = entities.filter((entity) => !mayHaveIndex(entity)).map(meaningOf);
  const [only, ...others] = fixed;
  // A source of one table has the fingerprint that it had before there were others.
  return digest(others.length === 0 ? { ...place, ...only } : { ...place, entities: fixed });
}

/** Of one entity: what it is, and how its changes are found. With another one its rows are other elements, or other rows are. */
export function entityFingerprint(entity: EntityConfig): string {
  const { changeDetection, versionColumn, deletedWhen } = entity;
  return digest({
    ...meaningOf(entity),
    detection: changeDetection,
    ...(versionColumn === undefined ? {} : { versionColumn }),
    ...(deletedWhen === undefined ? {} : { deletedWhen }),
  });
}

/** Whether deletes may be published for it; with `auto` its keys may decide that. */
function mayHaveIndex(entity: EntityConfig): boolean {
  const { changeDetection, reconcileIntervalMs, query } = entity;
  if (reconcileIntervalMs !== undefined) return true;
  if (changeDetection !== 'auto') return changeDetection !== 'append';
  return query.notRowLocal !== undefined || namesVersions(entity) || dependsOnKeys(entity);
}

function meaningOf({ kind, label, table, primaryKey, query, ends, properties }: EntityConfig): object {
  return {
    table,
    key: primaryKey,
    query: query.text,
    label,
    ...(kind === 'node' ? {} : { ends }),
    ...(properties === undefined ? {} : { properties }),
  };
}

/** A short name of what stored state depends on. */
export function digest(meaning: object): string {
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex').slice(0, 16);
}
