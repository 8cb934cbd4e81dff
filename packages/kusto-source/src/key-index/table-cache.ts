import type { BucketTable } from './bucket-table.ts';

/** Tables by bucket, the least recently used dropped beyond a number of bytes. */
export class TableCache {
  readonly #maxBytes: number;
  readonly #tables = new Map<number, BucketTable>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(bucket: number): BucketTable | undefined {
    const table = this.#tables.get(bucket);
    if (table === undefined) return undefined;
    this.#tables.delete(bucket);
    this.#tables.set(bucket, table);
    return table;
  }

  set(bucket: number, table: BucketTable): void {
    this.#drop(bucket);
    this.#tables.set(bucket, table);
    this.#bytes += table.byteSize;
    for (const oldest of this.#tables.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#drop(oldest);
    }
  }

  clear(): void {
    this.#tables.clear();
    this.#bytes = 0;
  }

  #drop(bucket: number): void {
    this.#bytes -= this.#tables.get(bucket)?.byteSize ?? 0;
    this.#tables.delete(bucket);
  }
}
