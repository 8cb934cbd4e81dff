import { ErrorCode, SourceError, type Clock, type JsonValue } from '@drasi-kusto/source-sdk';
import { entityName, type Detection, type EntityConfig } from '../config/entity-config.ts';
import { entityFingerprint } from '../config/fingerprint.ts';
import { readCheckpoint, type EntityCheckpoint } from '../feed/checkpoint.ts';
import type { KnownSchema } from '../feed/schema-drift.ts';

/** What the feed knows of an entity and its bootstraps must not contradict; read from the reactivator's checkpoint. */
export interface FollowedEntity {
  /** Chosen when the feed began; undefined: append. */
  readonly detection?: Detection | undefined;
  /** Of an entity whose deletes are published: its keys have to be handed over. */
  readonly index?: { readonly bucketCount: number } | undefined;
  readonly schema?: KnownSchema | undefined;
}

export interface FollowedEntityOptions {
  /** `checkpoint` of the bootstrap's context. */
  readonly checkpoint: () => Promise<JsonValue>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How long a bootstrap waits for the feed of an entity to begin: as long as for its session. */
const patienceMs = 240_000;
const pauseMs = 500;

/**
 * Resolves once the feed of the entity has begun under this configuration. The session says so of one entity of the source only; rows of
 * another that came between the bootstrap's cursor and the later beginning of its feed would be in neither (rule R1). While what was
 * published is brought up to date with another configuration, the stored detection is the one before: a row that it takes for live
 * and the new one does not would be handed over behind the scan that looks for such, and stay.
 * @throws SourceError NOT_READY when it did not begin in time
 */
export async function followedEntity(
  config: EntityConfig,
  { checkpoint, clock, signal }: FollowedEntityOptions,
): Promise<FollowedEntity> {
  const name = entityName(config);
  const end = clock.now() + patienceMs;
  for (;;) {
    const followed = readCheckpoint(await checkpoint(), name).get(name);
    if (followed !== undefined && followsSame(config, followed)) return followed;
    if (clock.now() >= end)
      throw new SourceError(
        ErrorCode.NotReady,
        `the reactivator does not follow ${name}${followed === undefined ? '' : ' by this configuration yet'}: proxy and reactivator must have one configuration; see the reactivator's log`,
      );
    await clock.sleep(pauseMs, signal);
  }
}

function followsSame(config: EntityConfig, { meaning }: EntityCheckpoint): boolean {
  return meaning === undefined || meaning === entityFingerprint(config);
}

/** Whether a bootstrap has to ask at all. A source of one entity that can only be appended to needs nothing but its session. */
export function asksForFeed(config: EntityConfig, entities: number): boolean {
  const { changeDetection, reconcileIntervalMs, schemaChange } = config;
  return (
    entities > 1 ||
    changeDetection !== 'append' ||
    reconcileIntervalMs !== undefined ||
    schemaChange === 'ignore'
  );
}
