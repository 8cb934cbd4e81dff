import { KustoError } from '@drasi-kusto/kusto-client';
import { HeldChanges } from '../element/held-changes.ts';
import type { KeyedChanges } from '../element/keyed-rows.ts';
import { readRows, type RowReading } from '../query/read-rows.ts';
import type { RowRange } from '../query/window-query.ts';
import { maxHalvings, tooLarge } from '../snapshot/slice.ts';
import { isTooMuch } from './ask-in-parts.ts';
import { conjunction, firstHashIn, firstHashLeaves, inBuckets } from './digest-queries.ts';
import { keyNotUnique } from './key-not-unique.ts';
import type { IndexSource } from './scan-source.ts';

/** Which rows of an entity one query reads. */
export interface RowPart {
  readonly buckets: readonly number[];
  /** Only rows with these first hashes. */
  readonly hashes?: readonly bigint[] | undefined;
  /** Only rows whose first hash leaves `rest` when divided by `modulus`, a power of two. */
  readonly split?: { readonly modulus: number; readonly rest: number } | undefined;
}

/**
 * Rows are held back until the service has said that the answer is whole, up to this many bytes: what a failing query sent
 * before its error may be wrong. More comes in pieces of this size.
 */
const heldBytes = 2 * 1024 * 1024;

/**
 * The rows of a part as upserts and entries of the index. What meets a limit of the service is read as its halves.
 * @throws KustoSourceError KEY_NOT_UNIQUE when one answer has an id twice; SLICE when a single row is beyond the limits
 */
export async function* readPart(
  source: IndexSource,
  part: RowPart,
  signal: AbortSignal,
): AsyncGenerator<KeyedChanges, void, void> {
  const slice = await inBuckets(source, part.buckets, signal);
  const where = conjunction([
    part.hashes && firstHashIn(part.hashes),
    part.split && firstHashLeaves(part.split.modulus, part.split.rest),
  ]);
  const reading = { signal, slice, where };
  try {
    yield* readKeyed(source, source.range, reading);
    return;
  } catch (error) {
    if (!(error instanceof KustoError) || !isTooMuch(error)) throw error;
    source.logger.info('a part of the rows is too large and is read as its halves', {
      buckets: part.buckets.length,
      reason: error.message,
    });
  }
  for (const half of halvesOf(part, source.index.keys.bucketCount)) yield* readPart(source, half, signal);
}

/** The rows of one query. @throws KustoSourceError KEY_NOT_UNIQUE */
export async function* readKeyed(
  source: IndexSource,
  range: RowRange,
  reading: Pick<RowReading, 'signal' | 'slice' | 'where'>,
): AsyncGenerator<KeyedChanges, void, void> {
  const { reader, config, detection, kernel, schema, index, alive } = source;
  const identity = { bucketCount: index.keys.bucketCount };
  const how: RowReading = { ...reading, detection, identity, kernel, shaper: schema };
  const ids = new Set<string>();
  let held = new HeldChanges();
  let bytes = 0;
  for await (const { rows, keyed } of readRows(reader, config, range, true, how)) {
    alive?.();
    if (keyed === undefined) throw new RangeError('rows came without their identity');
    const read = keyed.changes(rows);
    for (const { id } of read.entries) {
      if (ids.has(id)) throw keyNotUnique(config, id);
      ids.add(id);
    }
    held.add(read);
    bytes += rows.bytes.length;
    if (bytes < heldBytes) continue;
    yield held;
    held = new HeldChanges();
    bytes = 0;
  }
  if (held.entries.length > 0) yield held;
}

/** @throws KustoSourceError SLICE */
function halvesOf(part: RowPart, bucketCount: number): readonly RowPart[] {
  const { buckets, hashes } = part;
  if (hashes !== undefined && hashes.length > 1)
    return halves(hashes).map((half) => ({ ...part, hashes: half }));
  if (buckets.length > 1) return halves(buckets).map((half) => ({ ...part, buckets: half }));
  const { modulus, rest } = part.split ?? { modulus: 1, rest: 0 };
  if (modulus >= 2 ** maxHalvings) throw tooLarge({ modulus: modulus * bucketCount, index: rest });
  return [rest, rest + modulus].map((half) => ({ ...part, split: { modulus: modulus * 2, rest: half } }));
}

const halves = <T>(items: readonly T[]): readonly (readonly T[])[] => {
  const middle = items.length >> 1;
  return [items.slice(0, middle), items.slice(middle)];
};
