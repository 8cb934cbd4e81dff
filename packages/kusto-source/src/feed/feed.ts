import type { Clock, JsonValue, Logger } from '@drasi-kusto/source-sdk';
import type { Detection, EntityConfig } from '../config/entity-config.ts';
import { entityFingerprint } from '../config/fingerprint.ts';
import { RowKernel } from '../element/row-kernel.ts';
import type { EntityIndex } from '../key-index/entity-index.ts';
import type { SourceReader } from '../query/source-reader.ts';
import type { CheckpointBook } from './checkpoint-book.ts';
import type { FeedPosition } from './checkpoint.ts';
import { GapCheck } from './gap-check.ts';
import { SchemaDrift } from './schema-drift.ts';

/** One entity and how it is read. */
export interface FeedEntity {
  readonly config: EntityConfig;
  readonly reader: SourceReader;
}

export interface FeedOptions extends FeedEntity {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly alive: () => void;
}

/** How the changes of an entity are found; fixed when its feed begins. */
export interface FeedMode {
  readonly detection: Detection;
  /** The record of keys that may be live; absent where no deletes are published. */
  readonly index?: EntityIndex | undefined;
}

/** One run of an entity's feed: what it works with, and what it remembers beside its cursor. */
export interface Feed extends FeedOptions, FeedMode {
  readonly gaps: GapCheck;
  readonly schema: SchemaDrift;
  readonly kernel: RowKernel;
  /** A sign of life of work that may be long. */
  readonly alive: () => void;
  /** The checkpoint of the source with this position of the entity, and what else is to be remembered. */
  readonly checkpoint: (
    position: FeedPosition,
    more?: { readonly scannedAt?: number | undefined },
  ) => JsonValue;
}

/** Whether what the query reads can be bounded by a cursor: it has windows then, gaps, and scans at a cursor. */
export function isBounded({ query }: EntityConfig): boolean {
  return query.notRowLocal === undefined;
}

/** @param told what the log was told already, by other runs of the same feed */
export function createFeed(
  options: FeedOptions,
  mode: FeedMode,
  book: CheckpointBook,
  told: Set<string>,
): Feed {
  const { config, reader, clock, logger, alive } = options;
  const stored = book.of(config);
  const gaps = new GapCheck({ reader, config, clock, logger, told }, stored?.origin);
  const schema = new SchemaDrift(config, logger, stored?.schema);
  const meaning = entityFingerprint(config);
  const { detection, index } = mode;
  return {
    config,
    reader,
    clock,
    logger,
    detection,
    index,
    gaps,
    schema,
    alive,
    kernel: new RowKernel(),
    checkpoint: (position, { scannedAt = book.of(config)?.scannedAt } = {}) =>
      book.write(config, {
        cursor: position.cursor,
        window: position.window,
        origin: gaps.origin,
        schema: schema.known,
        detection,
        meaning,
        index: index === undefined ? undefined : { bucketCount: index.keys.bucketCount },
        scannedAt,
      }),
  };
}
