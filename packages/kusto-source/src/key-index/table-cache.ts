import type { Random } from '@drasi-kusto/source-sdk';
import type { BucketTable } from './bucket-table.ts';

/** Once it is full, one new table in so many gets in. */
const admitted = 8;

/**
 * Tables by bucket, up to a number of bytes; beyond, few get in, and any of them makes room. Scans, and windows whose keys are
 * spread over all buckets, go through the buckets in turn: dropping the least recently used would drop each just before it is needed.
 */
export class TableCache {
  readonly #maxBytes: number;
  readonly #random: Random;
  readonly #tables = new Map<number, BucketTable>();
  /** The buckets of the tables, in no order. */
  readonly #buckets: number[] = [];
  #bytes = 0;

  constructor(maxBytes: number, random: Random) {
    this.#maxBytes = maxBytes;
    this.#random = random;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(bucket: number): BucketTable | undefined {
    return this.#tables.get(bucket);
  }

  set(bucket: number, table: BucketTable): void {
    const before = this.#tables.get(bucket);
    if (before === undefined) {
      const isFull = this.#bytes + table.byteSize > this.#maxBytes;
      if (isFull && this.#random() * admitted >= 1) return;
      this.#buckets.push(bucket);
    }
    this.#tables.set(bucket, table);
    this.#bytes += table.byteSize - (before?.byteSize ?? 0);
    while (this.#bytes > this.#maxBytes) this.#dropAny();
  }

  clear(): void {
    this.#tables.clear();
    this.#buckets.length = 0;
    this.#bytes = 0;
  }

  #dropAny(): void {
    const place = Math.floor(this.#random() * this.#buckets.length);
    const last = this.#buckets.pop();
    if (last === undefined) return;
    const dropped = place < this.#buckets.length ? (this.#buckets[place] ?? last) : last;
    if (dropped !== last) this.#buckets[place] = last;
    this.#bytes -= this.#tables.get(dropped)?.byteSize ?? 0;
    this.#tables.delete(dropped);
  }
}
