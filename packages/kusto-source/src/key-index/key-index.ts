import { systemClock, type Clock, type Random, type StateStore } from '@drasi-kusto/source-sdk';
import type { BucketDigest } from './bucket-digest.ts';
import { BucketStore, logName, type BucketChanges } from './bucket-store.ts';
import { decodeEntries, encodeEntries, type KeyChange } from './entry-codec.ts';
import {
  doubted,
  inDoubt,
  isSame,
  rebucket,
  unknownKey,
  type BucketOf,
  type KeyEntry,
  type KeyPlace,
} from './key-entry.ts';
import { IndexedKeys } from './indexed-keys.ts';
import { keysNotSent } from './keys-not-sent.ts';
import { Notes } from './notes.ts';
import { Overlay } from './overlay.ts';
import { SegmentLog } from './segment-log.ts';
import type { SentKeys } from './sent-keys.ts';
import { StateBlobs, corrupt } from './state-blobs.ts';
import { TouchedKeys } from './touched-keys.ts';

export interface KeyIndexOptions {
  readonly store: StateStore;
  /** Of a first start; later ones keep what is stored. See `bucketCountFor`. */
  readonly bucketCount: number;
  /** Fingerprint of the configuration that gives keys and hashes their meaning; of a first start. */
  readonly epoch: string;
  /** What Kusto's hash functions answer for fixed values; of a first start. */
  readonly probe: string;
  /** The prefix of all its keys in the store. Default `key-index`. */
  readonly name?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  /** How many bytes of buckets stay in memory. Default 16 MB. */
  readonly cacheBytes?: number;
  /** How many changed keys are held beside the buckets before these are written again. Default 30 000. */
  readonly maxChanges?: number;
  /** How many segments the log has at most. Default 256. */
  readonly maxSegments?: number;
}

const DEFAULT_NAME = 'key-index';
/** How many keys are looked up, logged and remembered in one step. */
const STEP = 4_096;

/**
 * The reactivator's record of every key that may be live, which is what makes deletes exact (rules R6 to R9). Buckets of
 * sorted keys, and a log of what changed since they were written: noting or settling a thousand keys is one small write,
 * and the buckets are written again when the log has grown.
 *
 * A key is noted before it is published, for a delete too, and settled or removed after the acknowledgement. Every method is
 * durable when it resolves. After an error of the store the index refuses everything: what is stored may be ahead of what
 * is in memory, and {@link open} finds out. One process writes; another one ends it with ANOTHER_REACTIVATOR.
 */
export class KeyIndex {
  readonly #buckets: BucketStore;
  readonly #log: SegmentLog;
  readonly #keys: IndexedKeys;
  readonly #notes = new Notes();
  /** Since when bootstraps are under way is told by who folds what they hand over. */
  readonly touched = new TouchedKeys();
  readonly #maxChanges: number;
  readonly #maxSegments: number;
  #turn: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;

  private constructor(options: KeyIndexOptions, buckets: BucketStore, log: SegmentLog) {
    this.#buckets = buckets;
    this.#log = log;
    this.#keys = new IndexedKeys(buckets);
    this.#maxChanges = options.maxChanges ?? 30_000;
    this.#maxSegments = options.maxSegments ?? 256;
  }

  /**
   * Reads manifest and log, and deletes what a crash left.
   * @throws FatalSourceError GAP when something of it is missing in the store; STATE_CORRUPT, STATE_TOO_NEW, ANOTHER_REACTIVATOR
   */
  static async open(options: KeyIndexOptions): Promise<KeyIndex> {
    const name = options.name ?? DEFAULT_NAME;
    const blobs = blobsOf(options);
    const { bucketCount, epoch, probe, cacheBytes = 16 * 1024 * 1024, random = Math.random } = options;
    const buckets = await BucketStore.open({ blobs, name, bucketCount, epoch, probe, cacheBytes, random });
    const log = new SegmentLog(blobs, logName(name), buckets.manifest.logFirst);
    const index = new KeyIndex(options, buckets, log);
    for await (const { number, data } of log.read()) {
      try {
        for (const change of decodeEntries(data).entries) index.#keys.changes.put(change);
      } catch (error) {
        throw corrupt(`${logName(name)}-${number}`, error);
      }
    }
    return index;
  }

  /** Deletes all that is stored under the name, by the manifest (rule R24). Nothing may be open. May be repeated after an error. */
  static async destroy(options: Pick<KeyIndexOptions, 'store' | 'name' | 'clock' | 'random'>): Promise<void> {
    const name = options.name ?? DEFAULT_NAME;
    const blobs = blobsOf(options);
    await BucketStore.destroy(blobs, name, ({ logFirst, logOldest }) =>
      new SegmentLog(blobs, logName(name), logFirst).destroy(logOldest),
    );
  }

  get epoch(): string {
    return this.#buckets.manifest.epoch;
  }

  get probe(): string {
    return this.#buckets.manifest.probe;
  }

  get bucketCount(): number {
    return this.#buckets.manifest.buckets.length;
  }

  get generation(): number {
    return this.#buckets.manifest.generation;
  }

  /**
   * Before the first byte about these keys is published (rule R6), for deletes with both hashes unknown. A key whose stored state is
   * another one, or that is new, is unknown from here on, and so are ends that change. About 100 bytes of memory a key until it is settled or removed.
   */
  noteLive(entries: Iterable<KeyEntry>): Promise<void> {
    return this.#inSteps(entries, async (step) => {
      const stored = await this.#keys.find(step.values());
      const changes: KeyChange[] = [];
      for (const entry of step.values()) {
        const before = stored.get(entry.id);
        const after = inDoubt(before, entry);
        if (!isSame(before, after)) changes.push(after);
      }
      await this.#store(changes);
      for (const id of step.keys()) {
        this.#notes.open(id);
        this.touched.touch(id);
      }
    });
  }

  /**
   * After the acknowledgement: these are the states that readers hold. A key stays unknown when it was noted once more, or handed
   * over by a bootstrap, since it was noted.
   * @throws RangeError for a key that was not noted
   */
  settle(entries: Iterable<KeyEntry>): Promise<void> {
    return this.#inSteps(entries, async (step) => {
      this.#checkNoted(step);
      const stored = await this.#keys.find(step.values());
      const settled = [...step.values()].filter(({ id }) => this.#notes.settle(id));
      await this.#store(settled.filter((entry) => !isSame(stored.get(entry.id), entry)));
    });
  }

  /**
   * After an acknowledged delete. A key stays, unknown, when it was noted once more, or handed over by a bootstrap, since it was noted.
   * @throws RangeError for a key that was not noted
   */
  remove(places: Iterable<KeyPlace>): Promise<void> {
    return this.#inSteps(places, async (step) => {
      this.#checkNoted(step);
      const left = [...step.values()].filter(({ id }) => this.#notes.settle(id));
      await this.#store(left.map(({ id, bucket }) => ({ id, bucket, removed: true })));
    });
  }

  /** A bootstrap has sent, or is about to send, these states: what agrees stays, all else is unknown (rule R7). */
  handedOver(entries: Iterable<KeyEntry>): Promise<void> {
    return this.#inSteps(entries, async (step) => {
      const stored = await this.#keys.find(step.values());
      const changes: KeyChange[] = [];
      for (const entry of step.values()) {
        const before = stored.get(entry.id);
        this.#notes.cross(before, entry);
        // A new key is unknown too: readers of earlier bootstraps do not have it.
        const after = inDoubt(before, entry);
        if (!isSame(before, after)) changes.push(after);
      }
      await this.#store(changes);
    });
  }

  /** A bootstrap has ended, and these are all the keys that it sent: what its reader may lack is unknown (rule R7, `keysNotSent`). */
  sentAll(sent: SentKeys, touched: ReadonlySet<string>): Promise<void> {
    return this.#inTurn(async () => {
      const { bucketCount } = this;
      const entries = (bucket: number): Promise<readonly KeyEntry[]> => this.#keys.entries(bucket);
      for await (const lacking of keysNotSent({ bucketCount, entries }, sent, touched)) {
        this.#notes.crossAll();
        await this.#store(lacking.map(doubted));
      }
    });
  }

  /** All keys of a bucket, in no order that means something. */
  bucket(bucket: number): Promise<readonly KeyEntry[]> {
    return this.#inTurn(() => this.#keys.entries(bucket));
  }

  /** Those of the keys that may be live, by id. */
  find(places: Iterable<KeyPlace>): Promise<ReadonlyMap<string, KeyEntry>> {
    return this.#inTurn(() => this.#keys.find(places));
  }

  /** Folded from the entries as they are now (rule R17). */
  digest(bucket: number): Promise<BucketDigest> {
    return this.#inTurn(() => this.#keys.digest(bucket));
  }

  /** Writes the buckets that have changes, and begins a new log. Done by itself when the log has grown. */
  compact(): Promise<void> {
    return this.#inTurn(() => this.#durably(() => this.#compact()));
  }

  /**
   * Another configuration, or another hash function in Kusto: from here on all stored hashes are unknown, the keys stay. A change of
   * the probe alone keeps the local hashes, so that a full read publishes only what differs.
   */
  forgetHashes(epoch: string, probe: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#notes.crossAll();
      await this.#durably(async () => {
        await this.#compact();
        await this.#buckets.forget({ epoch, probe }, epoch !== this.epoch);
      });
    });
  }

  /**
   * A new generation with another bucket count; the present one is in force until the new one is written as a whole (rule R9). Keys that
   * are being published must be settled first.
   */
  replaceBucketCount(bucketCount: number, bucketOf: BucketOf): Promise<void> {
    return this.#inTurn(() =>
      this.#durably(async () => {
        await this.#compact();
        await this.#buckets.regenerate(bucketCount, this.#regroup(bucketOf));
      }),
    );
  }

  async *#regroup(bucketOf: BucketOf): AsyncGenerator<BucketChanges> {
    const group = new Overlay();
    for (let bucket = 0; bucket < this.bucketCount; bucket++) {
      for (const entry of await rebucket(await this.#keys.entries(bucket), bucketOf)) {
        const isTwice = group.of(entry.bucket)?.has(entry.id) === true;
        group.put(isTwice ? unknownKey(entry) : entry);
      }
      if (group.size < this.#maxChanges) continue;
      yield group.byBucket;
      group.clear();
    }
    if (group.size > 0) yield group.byBucket;
  }

  async #store(changes: readonly KeyChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#durably(async () => {
      for (const part of encodeEntries(this.bucketCount, changes)) await this.#log.append(part);
      for (const change of changes) this.#keys.changes.put(change);
      const segments = this.#log.next - this.#buckets.manifest.logFirst;
      if (this.#keys.changes.size >= this.#maxChanges || segments >= this.#maxSegments) await this.#compact();
    });
  }

  async #compact(): Promise<void> {
    if (this.#keys.changes.size === 0) return;
    await this.#buckets.apply(this.#keys.changes.byBucket, this.#log.next);
    this.#keys.changes.clear();
  }

  #checkNoted(step: ReadonlyMap<string, KeyPlace>): void {
    for (const id of step.keys())
      if (!this.#notes.has(id)) throw new RangeError(`"${id}" is settled and was not noted`);
  }

  /** Each id once, the last of its entries, and a few thousand at a time. */
  #inSteps<T extends KeyPlace>(
    entries: Iterable<T>,
    act: (step: ReadonlyMap<string, T>) => Promise<void>,
  ): Promise<void> {
    return this.#inTurn(async () => {
      let step = new Map<string, T>();
      for (const entry of entries) {
        step.set(entry.id, entry);
        if (step.size < STEP) continue;
        await act(step);
        step = new Map();
      }
      if (step.size > 0) await act(step);
    });
  }

  async #durably(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#failure ??= error as Error;
      throw error;
    }
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => {
      if (this.#failure !== undefined) throw this.#failure;
      return action();
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function blobsOf(options: Pick<KeyIndexOptions, 'store' | 'clock' | 'random'>): StateBlobs {
  return new StateBlobs({
    store: options.store,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  });
}
