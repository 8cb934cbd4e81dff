import type { Logger } from '@drasi-kusto/source-sdk';
import { entityName, type Detection } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import type { EntityIndex } from '../key-index/entity-index.ts';
import { bucketCountFor } from '../key-index/key-entry.ts';
import type { IndexPlan, SourceIndexes } from '../key-index/source-indexes.ts';
import { chooseDetection, dependsOnKeys, explainDetection } from '../query/detection.ts';
import { knowKeys } from '../query/know-keys.ts';
import { askBuckets } from '../scan/ask-buckets.ts';
import { indexEpoch } from '../scan/index-epoch.ts';
import { checkRowSecurity } from '../scan/row-security.ts';
import type { EntityCheckpoint } from './checkpoint.ts';
import type { FeedEntity, FeedMode } from './feed.ts';

export interface ModeOptions {
  readonly logger: Logger;
  /** Where the key indexes are kept; without it there is append alone. */
  readonly indexes?: SourceIndexes | undefined;
  readonly signal: AbortSignal;
}

export interface OpenedMode extends FeedMode {
  /** The index that the checkpoint speaks of is not there any more (rule R23). */
  readonly lost: boolean;
}

/**
 * How an entity's changes are found, as its checkpoint says or as it is chosen now, and its key index where it has one.
 * @throws KustoSourceError ROW_LEVEL_SECURITY
 * @throws FatalSourceError GAP when the index is lost and ON_GAP is `stop`
 */
export async function openMode(
  entity: FeedEntity,
  stored: EntityCheckpoint | undefined,
  options: ModeOptions,
): Promise<OpenedMode> {
  const { config } = entity;
  const { logger, signal } = options;
  const detection = chosenBefore(entity, stored, logger) ?? (await choose(entity, options));
  const indexed =
    stored?.index !== undefined || detection !== 'append' || config.reconcileIntervalMs !== undefined;
  const hasCursors = stored !== undefined || indexed || (await entity.reader.hasCursors(signal));
  if (!indexed && hasCursors) return { detection, lost: false };
  if (!hasCursors)
    logger.warn(
      'the service has no database cursors: rows are told apart by their ingestion time, and scans find what came late',
      { label: config.label },
    );
  return { detection, ...(await openIndex(entity, stored, options)) };
}

async function choose(entity: FeedEntity, { logger, signal }: ModeOptions): Promise<Detection> {
  const { config, reader } = entity;
  const keys = dependsOnKeys(config)
    ? await knowKeys(entity, await reader.position(signal), signal)
    : 'unknown';
  const choice = chooseDetection(config, keys);
  logger.info(explainDetection(choice), { label: config.label });
  return choice.detection;
}

/**
 * What `auto` chose by the keys once stays, so that rows which make it choose otherwise do not change what is published; and the
 * table's keys are not grouped again at every start.
 */
function chosenBefore(
  { config }: FeedEntity,
  stored: EntityCheckpoint | undefined,
  logger: Logger,
): Detection | undefined {
  if (stored === undefined || !dependsOnKeys(config)) return undefined;
  const { detection = 'append' } = stored;
  logger.info(`change detection stays ${detection}, which auto chose when the feed began`, {
    label: config.label,
  });
  return detection;
}

async function openIndex(
  { config, reader }: FeedEntity,
  stored: EntityCheckpoint | undefined,
  { logger, indexes, signal }: ModeOptions,
): Promise<{ readonly index: EntityIndex; readonly lost: boolean }> {
  if (indexes === undefined) throw new RangeError('deletes need a store for the key index');
  const security = await checkRowSecurity(reader, config, logger, signal);
  const plan: IndexPlan = {
    // The first scan or baseline counts the rows, and makes it fit.
    bucketCount: stored?.index?.bucketCount ?? bucketCountFor(0),
    epoch: indexEpoch(config, security),
    probe: await reader.hashing(signal),
    bucketOf: (ids) => askBuckets(reader, config, opened.index.keys.bucketCount, ids, signal),
    mustExist: stored?.index !== undefined,
  };
  const opened = await indexes.openOrRenew(entityName(config), plan, () => config.onGap !== 'stop');
  if (opened.lost)
    logger.warn(
      'the key index is lost: everything the query returns is published again, and rows that vanished meanwhile stay in Drasi',
      { label: config.label },
    );
  return opened;
}

/** @throws KustoSourceError CHECKPOINT when another configuration published what cannot be taken back without an index (rule R22) */
export function refuseOtherMeaning({ config }: FeedEntity, stored: EntityCheckpoint): void {
  if (stored.index !== undefined) return;
  throw new KustoSourceError(
    'CHECKPOINT',
    `the configuration of ${config.label} is another one than that of its checkpoint, and what was published under the old one cannot be taken back: restore the configuration, or delete the Source with its queries and create them again`,
  );
}
