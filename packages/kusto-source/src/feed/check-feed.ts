import { quoteIdentifier, type KustoColumn } from '@drasi-kusto/kusto-client';
import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import { KustoSourceError } from '../errors.ts';
import type { FeedPosition } from './checkpoint.ts';
import type { Feed } from './feed.ts';
import type { Gap } from './gap-check.ts';
import { resnapshot } from './republish.ts';

const recovery =
  'set ON_GAP to resnapshot, which publishes everything the query returns again and goes on, or delete the Source with its queries and create them again';

/**
 * Before the first cursor is taken: a feed that cannot see rows must not begin.
 * @param orphans bootstraps of a state that is lost: there was a checkpoint before them (rule R23)
 * @throws KustoSourceError GAP
 */
export async function checkStart(feed: Feed, orphans: number, signal: AbortSignal): Promise<Gap | undefined> {
  // The identity is asked before the cursor: if the table is replaced in between, that shows as a gap and is not hidden by one.
  const gap = await feed.gaps.look(signal);
  if (gap !== undefined) throw new KustoSourceError('GAP', `${gap.reason}. ${policyHint(feed)}`);
  if (orphans === 0) return undefined;
  return {
    kind: 'state_lost',
    reason: 'the state has bootstraps and no checkpoint: a part of it is lost',
  };
}

/**
 * Looks for a gap, then at the columns, and does what ON_GAP and SCHEMA_CHANGE say. `columns`: of the query, when they were just read.
 * @returns where the feed goes on from
 * @throws KustoSourceError GAP or SCHEMA
 */
export async function* checkFeed(
  feed: Feed,
  position: FeedPosition,
  signal: AbortSignal,
  columns?: readonly KustoColumn[],
): AsyncGenerator<ChangeBatch, FeedPosition, void> {
  const { gaps, schema, reader } = feed;
  const before = JSON.stringify(feed.checkpoint(position));
  const gap = await gaps.look(signal);
  if (gap !== undefined) return yield* closeGap(feed, gap, position, signal);
  schema.shape(columns ?? (await reader.checkSchema(signal)));
  const checkpoint = feed.checkpoint(position);
  if (JSON.stringify(checkpoint) !== before) yield { changes: [], checkpoint };
  return position;
}

/** After a column was dropped no element may keep its values, changed or not (rule R20). Read at the feed's own cursor (I3). */
export async function* republishDropped(
  feed: Feed,
  cursor: string,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, void, void> {
  if (!feed.schema.mustRepublish) return;
  feed.logger.warn('columns lost their values: the rows are published again');
  const { now } = await feed.reader.position(signal);
  yield* resnapshot(feed, { cursor, now }, signal, { cursor });
}

/**
 * What ON_GAP says (invariant I10).
 * @param at where the feed was; undefined before its first checkpoint
 * @returns where the feed goes on from
 * @throws KustoSourceError GAP, unless everything was published again
 */
export async function* closeGap(
  feed: Feed,
  gap: Gap,
  at: FeedPosition | undefined,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, FeedPosition, void> {
  const { config, gaps, logger, reader, schema } = feed;
  if (gap.kind === 'policy_off') {
    // Remembered first: when the policy is on again, nothing else tells that rows came without it.
    if (at !== undefined) yield { changes: [], checkpoint: feed.checkpoint(at) };
    throw new KustoSourceError('GAP', `${gap.reason}. ${policyHint(feed)}, then ${recovery}`);
  }
  if (config.onGap === 'stop')
    throw new KustoSourceError(
      'GAP',
      `${gap.reason}. Rows that arrived since the checkpoint may never have been published, and rows that are gone stay in Drasi: ${recovery}`,
    );
  const remedy =
    feed.index === undefined
      ? 'Everything the query returns is published again; rows that vanished meanwhile stay in Drasi, as append detection publishes no deletes'
      : 'What differs from what was published is published, deletes included';
  logger.warn(`${gap.reason}. ${remedy}`, { gap: gap.kind, label: config.label });
  gaps.accept();
  schema.shape(await reader.checkSchema(signal));
  const position = await reader.position(signal);
  yield* resnapshot(feed, position, signal, { cursor: position.cursor });
  return { cursor: position.cursor };
}

function policyHint({ config }: Feed): string {
  return `Switch it on: .alter table ${quoteIdentifier(config.table)} policy ingestiontime true`;
}
