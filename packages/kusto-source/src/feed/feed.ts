import type { Clock, JsonValue, Logger } from '@drasi-kusto/source-sdk';
import type { EntityConfig } from '../config/entity-config.ts';
import type { SourceReader } from '../query/source-reader.ts';
import { writeCheckpoint, type Checkpoint, type FeedPosition } from './checkpoint.ts';
import { GapCheck } from './gap-check.ts';
import { SchemaDrift } from './schema-drift.ts';

export interface FeedOptions {
  readonly reader: SourceReader;
  readonly config: EntityConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One run of the feed: what it works with, and what it remembers beside its cursor. */
export interface Feed extends FeedOptions {
  readonly gaps: GapCheck;
  readonly schema: SchemaDrift;
  /** The checkpoint of a position, with what else is to be remembered. */
  readonly checkpoint: (position: FeedPosition) => JsonValue;
}

/** @param told what the log was told already, by other runs of the same feed */
export function createFeed(options: FeedOptions, stored: Checkpoint | undefined, told: Set<string>): Feed {
  const { reader, config, clock, logger } = options;
  const gaps = new GapCheck({ reader, config, clock, logger, told }, stored?.origin);
  const schema = new SchemaDrift(config, logger, stored?.schema);
  return {
    reader,
    config,
    clock,
    logger,
    gaps,
    schema,
    checkpoint: (position) => writeCheckpoint({ ...position, origin: gaps.origin, schema: schema.known }),
  };
}
