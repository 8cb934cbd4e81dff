import { DigestFolder, type BucketDigest } from './bucket-digest.ts';
import type { BucketStore } from './bucket-store.ts';
import type { KeyEntry, KeyPlace } from './key-entry.ts';
import { Overlay } from './overlay.ts';

/** The keys as they are now: those of the buckets, and the changes since. */
export class IndexedKeys {
  readonly changes = new Overlay();
  readonly #buckets: BucketStore;

  constructor(buckets: BucketStore) {
    this.#buckets = buckets;
  }

  async entries(bucket: number): Promise<readonly KeyEntry[]> {
    const table = await this.#buckets.table(bucket);
    const changes = this.changes.of(bucket);
    const entries: KeyEntry[] = [];
    for (let index = 0; index < table.size; index++) {
      const entry = table.entry(index, bucket);
      if (changes?.has(entry.id) !== true) entries.push(entry);
    }
    for (const change of changes?.values() ?? []) if (!('removed' in change)) entries.push(change);
    return entries;
  }

  /** Those of the keys that are there, by id. Each bucket is read once. */
  async find(places: Iterable<KeyPlace>): Promise<Map<string, KeyEntry>> {
    const found = new Map<string, KeyEntry>();
    for (const [bucket, ofBucket] of Map.groupBy(places, (place) => place.bucket)) {
      const table = await this.#buckets.table(bucket);
      const changes = this.changes.of(bucket);
      for (const { id } of ofBucket) {
        const change = changes?.get(id);
        if (change !== undefined) {
          if (!('removed' in change)) found.set(id, change);
          continue;
        }
        const index = table.find(id);
        if (index >= 0) found.set(id, table.entry(index, bucket));
      }
    }
    return found;
  }

  async digest(bucket: number): Promise<BucketDigest> {
    const stored = this.#buckets.digest(bucket);
    const changes = this.changes.of(bucket);
    if (changes === undefined) return stored;
    const table = await this.#buckets.table(bucket);
    const folder = new DigestFolder(stored);
    for (const change of changes.values()) {
      const index = table.find(change.id);
      if (index >= 0) folder.fold(table.row(index), -1);
      if (!('removed' in change)) folder.fold(change);
    }
    return folder.digest;
  }
}
