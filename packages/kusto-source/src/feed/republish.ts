import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import type { Position } from '../query/source-reader.ts';
import { bootstrapRange, snapshotRows } from '../snapshot/bootstrap.ts';
import { SlicePermits } from '../snapshot/slice-permits.ts';
import type { Feed } from './feed.ts';

/**
 * Everything a bootstrap at `position` would send, as upserts. The checkpoint, `cursor`, comes at the end: what breaks before is
 * published again as a whole.
 */
export async function* republish(
  feed: Feed,
  position: Position,
  signal: AbortSignal,
  done: { readonly cursor: string; readonly settles?: readonly string[] },
): AsyncGenerator<ChangeBatch, void, void> {
  const { config, schema } = feed;
  const permits = new SlicePermits(config.sliceParallelism);
  schema.republishing();
  const range = bootstrapRange(config, position);
  for await (const { rows, encoder, sent } of snapshotRows(
    { ...feed, shaper: schema },
    range,
    permits,
    signal,
  )) {
    const changes = encoder.encodeChanges(rows, sent);
    if (changes.length > 0) yield { changes };
  }
  const { settles, cursor } = done;
  yield { changes: [], checkpoint: feed.checkpoint({ cursor }), ...(settles ? { settles } : {}) };
}
