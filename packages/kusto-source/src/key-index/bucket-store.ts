import type { Random } from '@drasi-kusto/source-sdk';
import { DigestFolder, emptyDigest, type BucketDigest } from './bucket-digest.ts';
import { LOCAL_KNOWN, ROW_KNOWN, type BucketTable } from './bucket-table.ts';
import type { KeyChange } from './entry-codec.ts';
import { HeadBlob } from './head-blob.ts';
import { unknownKey } from './key-entry.ts';
import {
  decodeManifest,
  emptyBuckets,
  encodeManifest,
  firstManifest,
  type BlobRef,
  type BucketRow,
  type Manifest,
} from './manifest.ts';
import { bytesOf, corrupt, gap, type StateBlobs } from './state-blobs.ts';
import { decodeTable, encodeTable, mostParts } from './table-codec.ts';
import { TableCache } from './table-cache.ts';

export interface BucketStoreOptions {
  readonly blobs: StateBlobs;
  readonly name: string;
  readonly bucketCount: number;
  readonly epoch: string;
  readonly probe: string;
  readonly cacheBytes: number;
  readonly random: Random;
}

/** Changes by bucket and id. */
export type BucketChanges = ReadonlyMap<number, ReadonlyMap<string, KeyChange>>;

/** How many blobs are on their way to the store at once. */
const PARALLEL = 4;

/**
 * The buckets in the state store. Never changed in place: a write makes new blobs beside the old ones, one replacement of the
 * manifest puts them in force, and the old ones are deleted. The manifest names the new ones before they are written and the
 * old ones until they are gone, so that a crash leaves nothing behind that the next {@link open} does not delete.
 */
export class BucketStore {
  readonly #blobs: StateBlobs;
  readonly #name: string;
  readonly #head: HeadBlob;
  readonly #cache: TableCache;
  #manifest: Manifest;

  private constructor(options: BucketStoreOptions, head: HeadBlob, manifest: Manifest) {
    this.#blobs = options.blobs;
    this.#name = options.name;
    this.#cache = new TableCache(options.cacheBytes, options.random);
    this.#head = head;
    this.#manifest = manifest;
  }

  /** @throws FatalSourceError GAP, STATE_CORRUPT, STATE_TOO_NEW, ANOTHER_REACTIVATOR */
  static async open(options: BucketStoreOptions): Promise<BucketStore> {
    const { blobs, name, bucketCount, epoch, probe } = options;
    const first = encodeManifest(firstManifest(bucketCount, epoch, probe));
    const { head, content } = await HeadBlob.open(blobs, name, first);
    const store = new BucketStore(options, head, decodeManifest(name, content));
    // Takes the index from any other process before something that one may be writing is deleted.
    await store.#replace({});
    await store.#clean();
    return store;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** The stored digest, with hashes that no longer mean anything as unknown ones. */
  digest(bucket: number): BucketDigest {
    const { write, digest } = this.#row(bucket);
    if (write >= this.#manifest.rowsSince) return digest;
    return { ...emptyDigest, count: digest.count, unknown: digest.count };
  }

  /** @throws FatalSourceError GAP when a blob of it is missing */
  async table(bucket: number): Promise<BucketTable> {
    const cached = this.#cache.get(bucket);
    if (cached !== undefined) return cached;
    const table = await this.#load(bucket, this.#row(bucket));
    this.#cache.set(bucket, table);
    return table;
  }

  /** Puts the changes into their buckets; from then on the log begins with the segment `logFirst`. */
  async apply(changes: BucketChanges, logFirst: number): Promise<void> {
    const before = [...changes.keys()].map((bucket) => refOf(bucket, this.#row(bucket)));
    const buckets = [...this.#manifest.buckets];
    await this.#write(buckets, changes, async (bucket, ofBucket) => {
      const table = (await this.table(bucket)).with(ofBucket);
      // Ahead of the manifest by less than this call: its changes are those of the log.
      this.#cache.set(bucket, table);
      return table;
    });
    await this.#replace({ buckets, logFirst, doubtful: before });
    await this.#clean();
  }

  /** From here on what is stored counts as unknown. */
  async forget(change: Pick<Manifest, 'epoch' | 'probe'>, locals: boolean): Promise<void> {
    const { nextWrite } = this.#manifest;
    await this.#replace({ ...change, rowsSince: nextWrite, ...(locals ? { localsSince: nextWrite } : {}) });
    this.#cache.clear();
  }

  /**
   * Writes all keys again under another bucket count, beside the present generation, which stays in force until all are
   * written (rule R9). A key that comes twice is unknown: it was in two buckets, since Kusto's hash function changed while it was noted.
   * @param regroup gives the keys of this generation by their new buckets, in groups that fit into memory
   */
  async regenerate(bucketCount: number, regroup: AsyncIterable<BucketChanges>): Promise<void> {
    const old = this.#manifest.buckets.map((row, bucket) => refOf(bucket, row));
    const buckets = emptyBuckets(bucketCount);
    for await (const changes of regroup) {
      const superseded = [...changes.keys()].map((bucket) => refOf(bucket, rowAt(buckets, bucket)));
      await this.#write(buckets, changes, async (bucket, ofBucket) => {
        const table = await this.#load(bucket, rowAt(buckets, bucket));
        return table.with(
          Array.from(ofBucket, (change) => (table.find(change.id) < 0 ? change : unknownKey(change))),
        );
      });
      // Still named as doubtful, hence deleted by the next open in any case.
      for (const ref of superseded) await this.#delete(ref);
    }
    const generation = this.#manifest.generation + 1;
    await this.#replace({ generation, buckets, doubtful: old });
    this.#cache.clear();
    await this.#clean();
  }

  /** Deletes every blob the manifest names, and those of the log by `dropLog`. May be repeated after an error. */
  static async destroy(
    blobs: StateBlobs,
    name: string,
    dropLog: (manifest: Manifest) => Promise<void>,
  ): Promise<void> {
    await HeadBlob.destroy(blobs, name, async (content) => {
      const manifest = decodeManifest(name, content);
      await dropLog(manifest);
      const refs = [...manifest.doubtful, ...manifest.buckets.map((row, bucket) => refOf(bucket, row))];
      for (const { write, bucket, parts } of refs)
        for (let part = 0; part < parts; part++) await blobs.delete(keyOf(name, write, bucket, part));
    });
  }

  /** Names, then writes, new blobs of these buckets and notes them in `buckets`; they are not in force yet. */
  async #write(
    buckets: BucketRow[],
    changes: BucketChanges,
    merge: (bucket: number, ofBucket: Iterable<KeyChange>) => Promise<BucketTable>,
  ): Promise<void> {
    const write = this.#manifest.nextWrite;
    const refs: BlobRef[] = [];
    for (const [bucket, ofBucket] of changes) {
      let bytes = 0;
      for (const { id } of ofBucket.values()) bytes += id.length * 3 + 37;
      // A part is never more than a blob, so that the parts there are bound the size of what is there.
      const parts = mostParts(bytes) + 2 * rowAt(buckets, bucket).parts;
      refs.push({ write, bucket, parts });
    }
    await this.#replace({ nextWrite: write + 1, doubtful: [...this.#manifest.doubtful, ...refs] });
    const queue = [...changes];
    const worker = async (): Promise<void> => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const [bucket, ofBucket] = next;
        const table = await merge(bucket, ofBucket.values());
        const parts = encodeTable(table);
        for (const [part, data] of parts.entries())
          await this.#blobs.write(
            keyOf(this.#name, write, bucket, part),
            { data: Buffer.from(data).toString('base64') },
            undefined,
          );
        buckets[bucket] = { write, parts: parts.length, digest: digestOf(table) };
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: PARALLEL }, worker));
    for (const result of workers) if (result.status === 'rejected') throw result.reason as Error;
  }

  async #load(bucket: number, { write, parts, digest }: BucketRow): Promise<BucketTable> {
    const { rowsSince, localsSince } = this.#manifest;
    const without = (write < rowsSince ? ROW_KNOWN : 0) | (write < localsSince ? LOCAL_KNOWN : 0);
    const read: Buffer[] = [];
    for (let part = 0; part < parts; part++) {
      const key = keyOf(this.#name, write, bucket, part);
      const blob = await this.#blobs.read(key);
      if (blob === undefined) throw gap(key);
      read.push(bytesOf(key, blob.value['data']));
    }
    let table: BucketTable;
    try {
      table = decodeTable(read, without);
    } catch (error) {
      throw corrupt(keyOf(this.#name, write, bucket, 0), error);
    }
    if (table.size !== digest.count) throw corrupt(keyOf(this.#name, write, bucket, 0));
    return table;
  }

  async #replace(change: Partial<Manifest>): Promise<void> {
    const next = { ...this.#manifest, ...change };
    await this.#head.replace(encodeManifest(next));
    this.#manifest = next;
  }

  /** Deletes what the manifest calls doubtful. That it is gone is written with the next change. */
  async #clean(): Promise<void> {
    const { doubtful, logOldest, logFirst } = this.#manifest;
    for (const ref of doubtful) await this.#delete(ref);
    for (let number = logOldest; number < logFirst; number++)
      await this.#blobs.delete(logKey(this.#name, number));
    this.#manifest = { ...this.#manifest, doubtful: [], logOldest: logFirst };
  }

  async #delete({ write, bucket, parts }: BlobRef): Promise<void> {
    for (let part = 0; part < parts; part++) await this.#blobs.delete(keyOf(this.#name, write, bucket, part));
  }

  #row(bucket: number): BucketRow {
    return rowAt(this.#manifest.buckets, bucket);
  }
}

function rowAt(buckets: readonly BucketRow[], bucket: number): BucketRow {
  const row = buckets[bucket];
  if (row === undefined) throw new RangeError(`there is no bucket ${bucket}, there are ${buckets.length}`);
  return row;
}

const refOf = (bucket: number, { write, parts }: BucketRow): BlobRef => ({ write, bucket, parts });
const keyOf = (name: string, write: number, bucket: number, part: number): string =>
  `${name}-b${write}-${bucket}-${part}`;

/** The name of the log's segments, without their number, and of one. */
export const logName = (name: string): string => `${name}-log`;
const logKey = (name: string, number: number): string => `${logName(name)}-${number}`;

function digestOf(table: BucketTable): BucketDigest {
  const folder = new DigestFolder();
  for (let index = 0; index < table.size; index++) folder.fold(table.row(index));
  return folder.digest;
}
