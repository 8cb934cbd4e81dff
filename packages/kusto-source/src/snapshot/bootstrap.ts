import {
  systemClock,
  type Bootstrap,
  type BootstrapContext,
  type BootstrapRequest,
  type Clock,
  type EncodedElements,
  type Logger,
} from '@drasi-kusto/source-sdk';
import { entityLogger } from '../entity-logger.ts';
import { entityName, type Detection, type EntityConfig } from '../config/entity-config.ts';
import type { KeyedElements } from '../element/keyed-rows.ts';
import { frozenShape } from '../feed/schema-drift.ts';
import type { Position } from '../query/cursors.ts';
import type { SourceReader } from '../query/source-reader.ts';
import type { RowShaper } from '../query/read-rows.ts';
import type { RowRange } from '../query/window-query.ts';
import { BootstrapParts } from './bootstrap-parts.ts';
import { asksForFeed, followedEntity, type FollowedEntity } from './followed-entity.ts';
import { handedOver } from './handed-over.ts';
import type { SnapshotProgress } from './progress.ts';
import type { SliceRows } from './read-slice.ts';
import { defaultSliceLimits } from './slice-plan.ts';
import { SlicePermits } from './slice-permits.ts';
import { readSnapshot } from './snapshot.ts';

/** One entity and how it is read. */
export interface BootstrapEntity {
  readonly config: EntityConfig;
  readonly reader: SourceReader;
}

export interface SourceBootstrapOptions {
  /** All of a source. */
  readonly entities: readonly BootstrapEntity[];
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface BootstrapOptions extends BootstrapEntity {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly onProgress?: (progress: SnapshotProgress) => void;
  /** How rows become elements where that is not by their columns alone. */
  readonly shaper?: RowShaper | undefined;
  /** As the feed has it; by default chosen by the query and its keys. */
  readonly detection?: Detection | undefined;
  /** The rows come with what the key index has to know of them. */
  readonly identity?: { readonly bucketCount: number } | undefined;
}

/**
 * The bootstraps of a source: the entities whose labels are asked for, one after the other, of each every row up to one cursor C0, taken when it
 * begins, each id once. The SDK has opened the session before one is called, so C0 is never older than what the
 * reactivator has published (rule R1).
 */
export function createBootstrap(options: SourceBootstrapOptions): Bootstrap {
  const { entities, logger, clock = systemClock } = options;
  const permits = new SlicePermits(Math.max(...entities.map(({ config }) => config.sliceParallelism)));
  return async function* bootstrap(request, context) {
    const { signal, checkpoint } = context;
    const parts = new BootstrapParts(context.report);
    for (const { config, reader } of entities) {
      if (!asksFor(request, config)) continue;
      const followed =
        checkpoint === undefined || !asksForFeed(config, entities.length)
          ? {}
          : await followedEntity(config, { checkpoint, clock, signal });
      const part = {
        config,
        reader,
        logger: entityLogger(logger, config, entities.length),
        clock,
        onProgress: parts.next(),
      };
      yield* followedElements(part, followed, permits, context);
    }
  };
}

function asksFor({ nodeLabels, relLabels }: BootstrapRequest, { kind, label }: EntityConfig): boolean {
  return (kind === 'node' ? nodeLabels : relLabels).includes(label);
}

/** The elements of one entity, as its feed has them; with a key index, handed over before they leave (rule R6). */
async function* followedElements(
  options: BootstrapOptions,
  { detection = 'append', index, schema }: FollowedEntity,
  permits: SlicePermits,
  { signal, handOver }: BootstrapContext,
): AsyncGenerator<EncodedElements, void, void> {
  const { config } = options;
  // With `ignore` the feed holds to the columns of its first time, and so does a bootstrap: no upsert would ever correct a property
  // that it alone sends.
  const shaper = config.schemaChange === 'ignore' && schema !== undefined ? frozenShape(schema) : undefined;
  if (index === undefined || handOver === undefined) {
    yield* bootstrapElements({ ...options, shaper, detection }, permits, signal);
    return;
  }
  const identity = { bucketCount: index.bucketCount };
  const keyed = keyedElements({ ...options, shaper, detection, identity }, permits, signal);
  yield* handedOver(keyed, { entity: entityName(config), bucketCount: index.bucketCount, handOver });
}

export async function* bootstrapElements(
  options: BootstrapOptions,
  permits: SlicePermits,
  signal: AbortSignal,
  at?: Position,
): AsyncGenerator<EncodedElements, void, void> {
  for await (const { rows, encoder, sent } of bootstrapRows(options, permits, signal, at)) {
    const elements = encoder.encodeElements(rows, sent);
    if (elements.count > 0) yield elements;
  }
}

async function* keyedElements(
  options: BootstrapOptions,
  permits: SlicePermits,
  signal: AbortSignal,
): AsyncGenerator<KeyedElements, void, void> {
  for await (const { rows, keyed, sent } of bootstrapRows(options, permits, signal)) {
    if (keyed === undefined) throw new RangeError('the rows were read without their identity');
    yield keyed.elements(rows, sent);
  }
}

async function* bootstrapRows(
  options: BootstrapOptions,
  permits: SlicePermits,
  signal: AbortSignal,
  at?: Position,
): AsyncGenerator<SliceRows, void, void> {
  const { reader, config } = options;
  const range = bootstrapRange(config, at ?? (await reader.position(signal)));
  await reader.checkSchema(signal);
  yield* snapshotRows(options, range, permits, signal);
}

/** The rows of a range in slices, with the limits of the configuration. */
export function snapshotRows(
  options: BootstrapOptions,
  range: RowRange,
  permits: SlicePermits,
  signal: AbortSignal,
): AsyncGenerator<SliceRows, void, void> {
  const { reader, config, logger, clock = systemClock, onProgress, shaper, detection, identity } = options;
  return readSnapshot({
    reader,
    config,
    range,
    logger,
    clock,
    random: Math.random,
    signal,
    permits,
    shaper,
    detection,
    identity,
    limits: { ...defaultSliceLimits, rows: config.sliceRows },
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

/**
 * What a bootstrap at a position reads; one predicate for everything that re-reads it (rules R3 and R4). The tables of a query that is
 * not row-local cannot be bounded by one cursor: it is read as it is now.
 */
export function bootstrapRange(config: EntityConfig, position: Position): RowRange {
  const { bootstrapWindow, query } = config;
  if (query.notRowLocal !== undefined) return { whole: true };
  if (bootstrapWindow === undefined) return { upTo: position.cursor };
  const since = new Date(Date.parse(position.now) - bootstrapWindow * 1000).toISOString();
  return { upTo: position.cursor, since };
}
