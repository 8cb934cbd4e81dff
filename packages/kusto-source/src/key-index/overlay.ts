import type { KeyChange } from './entry-codec.ts';

/** The changes since the buckets were last written, by bucket and id: what the log holds, in memory. */
export class Overlay {
  readonly #changes = new Map<number, Map<string, KeyChange>>();
  #size = 0;

  /** How many keys have a change. */
  get size(): number {
    return this.#size;
  }

  get byBucket(): ReadonlyMap<number, ReadonlyMap<string, KeyChange>> {
    return this.#changes;
  }

  put(change: KeyChange): void {
    let ofBucket = this.#changes.get(change.bucket);
    if (ofBucket === undefined) {
      ofBucket = new Map();
      this.#changes.set(change.bucket, ofBucket);
    }
    if (!ofBucket.has(change.id)) this.#size += 1;
    ofBucket.set(change.id, change);
  }

  of(bucket: number): ReadonlyMap<string, KeyChange> | undefined {
    return this.#changes.get(bucket);
  }

  clear(): void {
    this.#changes.clear();
    this.#size = 0;
  }
}
