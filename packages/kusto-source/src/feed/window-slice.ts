import { KustoError } from '@drasi-kusto/kusto-client';
import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import { HeldChanges } from '../element/held-changes.ts';
import type { KeyedChanges } from '../element/keyed-rows.ts';
import { publishDeletes, publishNews, type BatchEnd, type EntityIndex } from '../key-index/entity-index.ts';
import { readRows, type EncodableRows } from '../query/read-rows.ts';
import type { WindowRange } from '../query/window-query.ts';
import { meetsLimit } from '../snapshot/service-limits.ts';
import { slicePredicate, type Slice } from '../snapshot/slice.ts';
import type { FeedPosition } from './checkpoint.ts';
import { hasLeavers, readLeavers } from './read-leavers.ts';
import type { WindowSource } from './window-source.ts';

/**
 * Rows are held back until the service has said that the answer is whole, up to this many bytes: what a failing query sent
 * before its error may be wrong. More is published as it streams, and published again when it fails. Deletes are always held.
 */
const heldBytes = 8 * 1024 * 1024;
/** In one batch: about a megabyte on the wire. */
const deletesABatch = 5_000;

/**
 * Changes of one slice, the checkpoint with the last of them. For latest, keys that left come first: none of them is among
 * the upserts, as both are told by the newest row of a key.
 * @returns how many changes were published
 * @throws KustoError when the rows cannot be read
 */
export async function* readSlice(
  source: WindowSource,
  range: WindowRange,
  slice: Slice,
  done: FeedPosition,
): AsyncGenerator<ChangeBatch, number | 'too_large', void> {
  const { detection, index, config } = source;
  const predicate = slicePredicate(slice, config.primaryKey);
  let count = 0;
  try {
    if (detection === 'latest' && hasLeavers(source)) {
      if (index === undefined) throw new RangeError('latest detection needs a key index');
      const leavers = await readLeavers(source, index, range, predicate);
      if (leavers === 'too_large') return leavers;
      count += leavers.length;
      for (let from = 0; from < leavers.length; from += deletesABatch)
        yield* publishDeletes(index, config, leavers.slice(from, from + deletesABatch));
    }
    return count + (yield* readUpserts(source, range, predicate, done));
  } catch (error) {
    if (error instanceof KustoError && meetsLimit(error)) return 'too_large';
    throw error;
  }
}

async function* readUpserts(
  { reader, config, kernel, signal, schema, checkpoint, detection, index }: WindowSource,
  range: WindowRange,
  slice: string | undefined,
  done: FeedPosition,
): AsyncGenerator<ChangeBatch, number, void> {
  let held = new HeldChanges();
  let bytes = 0;
  let count = 0;
  const identity = index === undefined ? undefined : { bucketCount: index.keys.bucketCount };
  const reading = { signal, slice, kernel, shaper: schema, detection, identity };
  for await (const read of readRows(reader, config, range, true, reading)) {
    held.add(changesOf(read));
    bytes += read.rows.bytes.length;
    count += read.rows.rowCount;
    if (bytes < heldBytes) continue;
    yield* publish(index, held);
    held = new HeldChanges();
    // From here on the slice streams: holding single batches back would only delay them.
    bytes = heldBytes;
  }
  yield* publish(index, held, { checkpoint: checkpoint(done) });
  return count;
}

/** Without an index nobody has to know the keys. */
function changesOf({ rows, encoder, keyed }: EncodableRows): KeyedChanges {
  return keyed?.changes(rows) ?? { changes: encoder.encodeChanges(rows), entries: [] };
}

async function* publish(
  index: EntityIndex | undefined,
  held: KeyedChanges,
  end: BatchEnd = {},
): AsyncGenerator<ChangeBatch, void, void> {
  if (index === undefined) yield { changes: held.changes, ...end };
  else yield* publishNews(index, held, end);
}
