import type { EncodedElements } from '@drasi-kusto/source-sdk';
import type { KeyedElements } from '../element/keyed-rows.ts';
import { MAX_BLOB_BYTES } from '../key-index/entry-codec.ts';
import { encodeHandOver, encodeHandOverEnd } from '../key-index/hand-over.ts';
import type { KeyEntry } from '../key-index/key-entry.ts';
import { SentKeys } from '../key-index/sent-keys.ts';

export interface HandOverTarget {
  /** The entity's name (`entityName`). */
  readonly entity: string;
  readonly bucketCount: number;
  /** `handOver` of the bootstrap's context. */
  readonly handOver: (payload: Uint8Array) => Promise<void>;
}

/** Elements of this many bytes are held at most, one batch more or less, however small their keys are. */
export const heldBytes = 8 * 1024 * 1024;
/** Beside its id: bucket, length, flags and hashes. */
const entryBytes = 40;

/**
 * Elements of which not one byte leaves before its key and hashes are durable at the reactivator (rule R6). They are held, copied,
 * until as many keys are there as one hand-over carries, or 8 MB of elements. What was held when an error came is
 * dropped: the index then has keys too many, which does no harm. Last goes what all of them were, so that keys of the index that
 * are not among them are published when they are next seen (rule R7); a bootstrap that sends nothing says so, too.
 */
export async function* handedOver(
  batches: AsyncIterable<KeyedElements>,
  target: HandOverTarget,
): AsyncGenerator<EncodedElements, void, void> {
  const held = new HeldElements();
  const sent = new SentKeys();
  for await (const batch of batches) {
    if (batch.elements.count === 0) continue;
    if (held.count > 0 && !held.hasRoomFor(batch)) yield await release(held, target);
    held.add(batch);
    for (const { id } of batch.entries) sent.add(id);
  }
  if (held.count > 0) yield await release(held, target);
  await target.handOver(encodeHandOverEnd({ entity: target.entity, sent }));
}

async function release(
  held: HeldElements,
  { entity, bucketCount, handOver }: HandOverTarget,
): Promise<EncodedElements> {
  const { entries, ndjson, count } = held.take();
  for (const payload of encodeHandOver({ entity, bucketCount, entries })) await handOver(payload);
  return { ndjson, count };
}

/** A copy of elements, in a buffer that is used again. */
class HeldElements {
  #bytes = Buffer.alloc(0);
  #length = 0;
  #entries: KeyEntry[] = [];
  #entryBytes = 0;

  get count(): number {
    return this.#entries.length;
  }

  hasRoomFor({ elements, entries }: KeyedElements): boolean {
    return (
      this.#length + elements.ndjson.length <= heldBytes &&
      this.#entryBytes + sizeOf(entries) <= MAX_BLOB_BYTES
    );
  }

  add({ elements, entries }: KeyedElements): void {
    const { ndjson } = elements;
    const needed = this.#length + ndjson.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(heldBytes, this.#bytes.length * 2)));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(ndjson, this.#length);
    this.#length = needed;
    for (const entry of entries) this.#entries.push(entry);
    this.#entryBytes += sizeOf(entries);
  }

  /** Everything, valid until the next is added. */
  take(): { readonly ndjson: Uint8Array; readonly count: number; readonly entries: readonly KeyEntry[] } {
    const taken = {
      ndjson: this.#bytes.subarray(0, this.#length),
      count: this.count,
      entries: this.#entries,
    };
    this.#length = 0;
    this.#entries = [];
    this.#entryBytes = 0;
    return taken;
  }
}

/** About, and never less for ids of ASCII: a hand-over that turns out too large is cut. */
function sizeOf(entries: readonly KeyEntry[]): number {
  let bytes = 0;
  for (const { id } of entries) bytes += entryBytes + id.length;
  return bytes;
}
