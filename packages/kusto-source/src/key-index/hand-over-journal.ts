import { isFatal, systemClock, type Clock, type Random, type StateStore } from '@drasi-kusto/source-sdk';
import { decodeEntries, encodeEntries, type EncodedKeys } from './entry-codec.ts';
import { HeadBlob } from './head-blob.ts';
import { rebucket, type BucketOf, type KeyEntry } from './key-entry.ts';
import type { KeyIndex } from './key-index.ts';
import { SegmentLog, type Segment } from './segment-log.ts';
import { SentKeys } from './sent-keys.ts';
import { StateBlobs, corrupt, gap } from './state-blobs.ts';

export interface HandOverJournalOptions {
  readonly store: StateStore;
  /** The prefix of all its keys in the store. Default `hand-overs`. */
  readonly name?: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

const DEFAULT_NAME = 'hand-overs';

/** What is stored beside the bytes: the bootstrap they are of, and whether they are its end. */
interface SegmentContent {
  readonly session: string;
  readonly end?: true;
}

/**
 * What bootstraps have handed over and the key index does not hold yet (rules R7 and R8). Written by the reactivator only, a blob a
 * hand-over, without looking at the index: a bootstrap never waits for a poll, and a poll never overwrites a hand-over. What
 * may be live is what the index and the journal hold together.
 */
export class HandOverJournal {
  readonly #name: string;
  readonly #head: HeadBlob;
  readonly #log: SegmentLog;
  /** The oldest segment that is not folded yet. */
  #first: number;
  #appending: Promise<unknown> = Promise.resolve();
  #folding: Promise<unknown> = Promise.resolve();
  /** The last append failed, and may have been written all the same. */
  #inDoubt = false;

  private constructor(name: string, head: HeadBlob, log: SegmentLog, first: number) {
    this.#name = name;
    this.#head = head;
    this.#log = log;
    this.#first = first;
  }

  /** @throws FatalSourceError GAP, STATE_CORRUPT, STATE_TOO_NEW, ANOTHER_REACTIVATOR */
  static async open(options: HandOverJournalOptions): Promise<HandOverJournal> {
    const name = options.name ?? DEFAULT_NAME;
    const blobs = blobsOf(options);
    const { head, content } = await HeadBlob.open(blobs, name, { first: 0, oldest: 0 });
    const first = countOf(name, content['first']);
    const log = new SegmentLog(blobs, name, first);
    await head.replace({ first, oldest: countOf(name, content['oldest']) });
    await log.drop(countOf(name, content['oldest']), first);
    // Only to find the end; they are read again when they are folded.
    for await (const _segment of log.read());
    return new HandOverJournal(name, head, log, first);
  }

  /** Deletes all that is stored under the name (rule R24). Nothing may be open. May be repeated after an error. */
  static async destroy(options: HandOverJournalOptions): Promise<void> {
    const name = options.name ?? DEFAULT_NAME;
    const blobs = blobsOf(options);
    await HeadBlob.destroy(blobs, name, ({ first, oldest }) =>
      new SegmentLog(blobs, name, countOf(name, first)).destroy(countOf(name, oldest)),
    );
  }

  /** How many blobs wait to be folded. */
  get pending(): number {
    return this.#log.next - this.#first;
  }

  /**
   * Resolves when the entries are durable: from then on their bytes may leave (rule R6). May be repeated.
   * @param bucketCount what their buckets were computed for; the index may have another one by the time they are folded
   */
  append(sessionId: string, bucketCount: number, entries: Iterable<KeyEntry>): Promise<void> {
    return this.#inTurn(encodeEntries(bucketCount, entries), { session: sessionId });
  }

  /** The bootstrap has handed over all that it sends. May be repeated. */
  appendEnd(sessionId: string, sent: SentKeys): Promise<void> {
    return this.#inTurn([sent.encode()], { session: sessionId, end: true });
  }

  /**
   * Puts what was handed over so far into the index, in order, then forgets it. After a crash it is folded again, which at most makes
   * keys unknown, hence published once more. To be called between two windows.
   * @param bucketOf asked for keys that were handed over under another bucket count
   * @returns how many entries were folded
   */
  fold(index: KeyIndex, bucketOf: BucketOf): Promise<number> {
    const result = this.#folding.then(() => this.#fold(index, bucketOf));
    this.#folding = result.catch(() => undefined);
    return result;
  }

  #inTurn(parts: readonly Uint8Array[], content: SegmentContent): Promise<void> {
    const result = this.#appending.then(() => this.#append(parts, content));
    this.#appending = result.catch(() => undefined);
    return result;
  }

  async #append(parts: readonly Uint8Array[], content: SegmentContent): Promise<void> {
    if (this.#inDoubt) for await (const _segment of this.#log.read());
    this.#inDoubt = false;
    for (const part of parts) {
      try {
        await this.#log.append(part, { ...content });
      } catch (error) {
        this.#inDoubt = !isFatal(error);
        throw error;
      }
    }
  }

  async #fold(index: KeyIndex, bucketOf: BucketOf): Promise<number> {
    const first = this.#first;
    const end = this.#log.next;
    if (first === end) return 0;
    let count = 0;
    for (let number = first; number < end; number++) {
      const segment = await this.#log.get(number);
      if (segment === undefined) throw gap(`${this.#name}-${number}`);
      const session = JSON.stringify(segment.value['session']);
      if (segment.value['end'] === true) {
        await index.sentAll(this.#sentOf(segment), index.touched.since(session));
        index.touched.end(session);
        continue;
      }
      index.touched.begin(session);
      const entries = await this.#entriesOf(segment, index.bucketCount, bucketOf);
      await index.handedOver(entries);
      count += entries.length;
    }
    await this.#head.replace({ first: end, oldest: first });
    this.#first = end;
    await this.#log.drop(first, end);
    return count;
  }

  #sentOf({ number, data }: Segment): SentKeys {
    try {
      return SentKeys.decode(data);
    } catch (error) {
      throw corrupt(`${this.#name}-${number}`, error);
    }
  }

  async #entriesOf(
    { number, data }: Segment,
    bucketCount: number,
    bucketOf: BucketOf,
  ): Promise<readonly KeyEntry[]> {
    let keys: EncodedKeys;
    try {
      keys = decodeEntries(data);
    } catch (error) {
      throw corrupt(`${this.#name}-${number}`, error);
    }
    const entries = keys.entries.filter((change): change is KeyEntry => !('removed' in change));
    if (keys.bucketCount === bucketCount) return entries;
    return rebucket(entries, bucketOf);
  }
}

function countOf(key: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw corrupt(key);
  return value;
}

function blobsOf(options: HandOverJournalOptions): StateBlobs {
  return new StateBlobs({
    store: options.store,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  });
}
