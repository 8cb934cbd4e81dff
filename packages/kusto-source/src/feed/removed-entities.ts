import type { ChangeBatch, Clock, Logger } from '@drasi-kusto/source-sdk';
import { entityName, type EntityConfig } from '../config/entity-config.ts';
import { relationPrefix } from '../element/element-id.ts';
import { publishDeletes, type EntityIndex } from '../key-index/entity-index.ts';
import type { SourceIndexes } from '../key-index/source-indexes.ts';
import type { CheckpointBook } from './checkpoint-book.ts';

export interface RemovedEntitiesOptions {
  /** Those that the configuration has. */
  readonly entities: readonly EntityConfig[];
  readonly book: CheckpointBook;
  readonly indexes: SourceIndexes;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Publishes deletes of everything that readers may hold of entities which the configuration has no more: all keys of their indexes, and what
 * bootstraps handed over since. Then the checkpoint forgets them; their empty indexes stay, for what a bootstrap that
 * is still under way hands over, and are looked at by the next start. What has no index cannot be taken back: the log says so.
 * @throws FatalSourceError GAP when an index is lost and ON_GAP is `stop`
 */
export async function* dropRemovedEntities(
  options: RemovedEntitiesOptions,
): AsyncGenerator<ChangeBatch, void, void> {
  const { entities, book, indexes, clock, logger } = options;
  const configured = new Set(entities.map(entityName));
  const indexed = new Set(await indexes.names());
  for (const name of new Set([...book.names, ...indexed])) {
    if (configured.has(name)) continue;
    const isKnown = book.names.includes(name);
    let deleted = 0;
    if (indexed.has(name)) {
      const index = await openRemoved(name, options);
      const { keys, journal } = index;
      await journal.fold(keys, index.bucketOf);
      const entity = entityOf(name);
      for (let bucket = 0; bucket < keys.bucketCount; bucket++) {
        const gone = await keys.bucket(bucket);
        if (gone.length === 0) continue;
        deleted += gone.length;
        yield* publishDeletes(index, entity, gone, BigInt(clock.now()) * 1_000_000n);
      }
      await keys.compact();
    }
    if (!isKnown && deleted === 0) continue;
    if (indexed.has(name))
      logger.warn(`${name} is not in the configuration any more: its elements are deleted`, { deleted });
    else
      logger.warn(
        `${name} is not in the configuration any more: it has no key index, so its elements stay in Drasi until their queries are created again`,
      );
    if (isKnown) yield { changes: [], checkpoint: book.drop(name) };
  }
}

async function openRemoved(
  name: string,
  { entities, book, indexes, logger }: RemovedEntitiesOptions,
): Promise<EntityIndex> {
  const stored = book.names.includes(name) ? book.of(entityOf(name)) : undefined;
  const plan = {
    bucketCount: stored?.index?.bucketCount ?? 1,
    epoch: '',
    probe: '',
    // Nobody is left to be asked. It does not matter where a key is that goes at once.
    bucketOf: (ids: readonly string[]) => Promise.resolve(ids.map(() => 0)),
    mustExist: stored?.index !== undefined,
  };
  const mayRenew = (): boolean => entities.every(({ onGap }) => onGap !== 'stop');
  const { index, lost } = await indexes.openOrRenew(name, plan, mayRenew);
  if (lost) logger.warn(`the key index of ${name} is lost: its elements stay in Drasi`);
  return index;
}

/** The reverse of `entityName`: no node has a label that begins as a relation's name does. */
function entityOf(name: string): Pick<EntityConfig, 'kind' | 'label'> {
  return name.startsWith(relationPrefix)
    ? { kind: 'relation', label: name.slice(relationPrefix.length) }
    : { kind: 'node', label: name };
}
