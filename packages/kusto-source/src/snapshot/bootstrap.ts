import {
  systemClock,
  type Bootstrap,
  type BootstrapProgress,
  type Clock,
  type EncodedElements,
  type JsonValue,
  type Logger,
} from '@drasi-kusto/source-sdk';
import { entityName, type EntityConfig } from '../config/entity-config.ts';
import { readCheckpoint } from '../feed/checkpoint.ts';
import { frozenShape } from '../feed/schema-drift.ts';
import type { Position, SourceReader } from '../query/source-reader.ts';
import type { RowShaper } from '../query/read-rows.ts';
import type { RowRange } from '../query/window-query.ts';
import type { SnapshotProgress } from './progress.ts';
import type { SliceRows } from './read-slice.ts';
import { defaultSliceLimits } from './slice-plan.ts';
import { SlicePermits } from './slice-permits.ts';
import { readSnapshot } from './snapshot.ts';

export interface BootstrapOptions {
  readonly reader: SourceReader;
  readonly config: EntityConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly onProgress?: (progress: SnapshotProgress) => void;
  /** How rows become elements where that is not by their columns alone. */
  readonly shaper?: RowShaper | undefined;
}

/**
 * The bootstraps of a source: every row up to one cursor C0, taken when it begins, each id once. The SDK has opened the
 * session before one is called, so C0 is never older than what the reactivator has published (rule R1).
 */
export function createBootstrap(options: BootstrapOptions): Bootstrap {
  const permits = new SlicePermits(options.config.sliceParallelism);
  return async function* bootstrap(_request, { signal, report, checkpoint }) {
    const shaper = await feedShape(options.config, checkpoint);
    const onProgress = (progress: SnapshotProgress): void => report(asParts(progress));
    yield* bootstrapElements({ ...options, onProgress, shaper }, permits, signal);
  };
}

/**
 * With SCHEMA_CHANGE `ignore` the feed holds to the columns of its first time, and so does a bootstrap: no upsert would ever correct a
 * property that it alone sends.
 */
async function feedShape(
  config: EntityConfig,
  checkpoint: (() => Promise<JsonValue>) | undefined,
): Promise<RowShaper | undefined> {
  if (config.schemaChange !== 'ignore' || checkpoint === undefined) return undefined;
  const name = entityName(config);
  const schema = readCheckpoint(await checkpoint(), name).get(name)?.schema;
  return schema === undefined ? undefined : frozenShape(schema);
}

function asParts({ expectedRows, slices, slicesDone }: SnapshotProgress): BootstrapProgress {
  return { expectedElements: expectedRows, parts: slices, partsDone: slicesDone };
}

export async function* bootstrapElements(
  options: BootstrapOptions,
  permits: SlicePermits,
  signal: AbortSignal,
  at?: Position,
): AsyncGenerator<EncodedElements, void, void> {
  const { reader, config } = options;
  const range = bootstrapRange(config, at ?? (await reader.position(signal)));
  await reader.checkSchema(signal);
  for await (const { rows, encoder, sent } of snapshotRows(options, range, permits, signal)) {
    const elements = encoder.encodeElements(rows, sent);
    if (elements.count > 0) yield elements;
  }
}

/** The rows of a range in slices, with the limits of the configuration. */
export function snapshotRows(
  options: BootstrapOptions,
  range: RowRange,
  permits: SlicePermits,
  signal: AbortSignal,
): AsyncGenerator<SliceRows, void, void> {
  const { reader, config, logger, clock = systemClock, onProgress, shaper } = options;
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
    limits: { ...defaultSliceLimits, rows: config.sliceRows },
    ...(onProgress === undefined ? {} : { onProgress }),
  });
}

/**
 * What a bootstrap at a position reads; one predicate for everything that re-reads it (rules R3 and R4). A query that is not row-local
 * has no bound that would hold for all it reads.
 */
export function bootstrapRange(config: EntityConfig, position: Position): RowRange {
  const { bootstrapWindow, query } = config;
  if (query.notRowLocal !== undefined) return { whole: true };
  if (bootstrapWindow === undefined) return { upTo: position.cursor };
  const since = new Date(Date.parse(position.now) - bootstrapWindow * 1000).toISOString();
  return { upTo: position.cursor, since };
}
