import type { Logger } from '@drasi-kusto/source-sdk';
import { KustoSourceError } from '../errors.ts';
import { chooseDetection, dependsOnKeys, explainDetection, type KeyKnowledge } from '../query/detection.ts';
import type { EntityCheckpoint } from './checkpoint.ts';
import type { FeedEntity, FeedMode } from './feed.ts';

/** How an entity's changes are found: as its checkpoint says, or chosen now. */
export async function openMode(
  entity: FeedEntity,
  stored: EntityCheckpoint | undefined,
  logger: Logger,
  signal: AbortSignal,
): Promise<FeedMode> {
  const { config } = entity;
  const keys = dependsOnKeys(config) ? await knowKeys(entity, signal) : 'unknown';
  const choice = chooseDetection(config, keys);
  logger.info(explainDetection(choice), { label: config.label });
  const detection = stored?.detection ?? choice.detection;
  if (detection !== 'append' || config.reconcileIntervalMs !== undefined)
    throw new KustoSourceError(
      'CONFIGURATION',
      `change detection ${detection} with scans is not available in this version`,
    );
  return { detection: 'append' };
}

/** Counted before the filters where that can be: a key of which one version passes and another does not is repeated. */
async function knowKeys({ config, reader }: FeedEntity, signal: AbortSignal): Promise<KeyKnowledge> {
  const { cursor } = await reader.position(signal);
  const over = config.query.notForLatest === undefined ? 'latest' : 'append';
  const { rows, mostOfOneKey } = await reader.countKeys({ upTo: cursor }, signal, over);
  if (rows === 0) return 'unknown';
  return mostOfOneKey > 1 ? 'repeated' : 'unique';
}
