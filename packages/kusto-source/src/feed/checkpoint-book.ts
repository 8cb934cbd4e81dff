import type { JsonValue } from '@drasi-kusto/source-sdk';
import { entityName, type EntityConfig } from '../config/entity-config.ts';
import { writeCheckpoint, type EntityCheckpoint, type SourceCheckpoint } from './checkpoint.ts';

/**
 * The checkpoint of a source while its feed runs. Entities take turns, and one that has said where it is has published all
 * before it: so the whole is true with every part.
 */
export class CheckpointBook {
  readonly #parts: Map<string, EntityCheckpoint>;

  constructor(stored: SourceCheckpoint = new Map()) {
    this.#parts = new Map(stored);
  }

  /** Names of all entities of which something is stored. */
  get names(): readonly string[] {
    return [...this.#parts.keys()];
  }

  of(entity: Pick<EntityConfig, 'kind' | 'label'>): EntityCheckpoint | undefined {
    return this.#parts.get(entityName(entity));
  }

  /** The source's checkpoint with this part of one entity. */
  write(entity: Pick<EntityConfig, 'kind' | 'label'>, part: EntityCheckpoint): JsonValue {
    this.#parts.set(entityName(entity), part);
    return writeCheckpoint(this.#parts);
  }

  /** The source's checkpoint without an entity that it has no more. */
  drop(name: string): JsonValue {
    this.#parts.delete(name);
    return writeCheckpoint(this.#parts);
  }
}
