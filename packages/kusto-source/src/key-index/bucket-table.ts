import type { KeyChange } from './entry-codec.ts';
import type { KeyEntry } from './key-entry.ts';

export const ROW_KNOWN = 1;
export const LOCAL_KNOWN = 2;
export const ENDS_KNOWN = 4;
/** Hashes a key: first, second, local. */
const HASHES = 3;

interface Columns {
  readonly ids: Buffer;
  /** Where each id begins in `ids`; one more than there are keys. */
  readonly starts: Uint32Array;
  readonly flags: Uint8Array;
  readonly hashes: BigUint64Array;
  /** Of each key; none at all where no key has known ends, as nodes have not. */
  readonly ends: BigUint64Array;
}

/**
 * The keys of a bucket in columns, sorted by the bytes of their ids: about 50 bytes a key of 20 characters, and none is a
 * JavaScript object until it is asked for.
 */
export class BucketTable {
  readonly #columns: Columns;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  static readonly empty = new BucketTable({
    ids: Buffer.alloc(0),
    starts: new Uint32Array(1),
    flags: new Uint8Array(0),
    hashes: new BigUint64Array(0),
    ends: new BigUint64Array(0),
  });

  get size(): number {
    return this.#columns.flags.length;
  }

  /** What it takes in memory, and more than it takes encoded. */
  get byteSize(): number {
    return this.#columns.ids.length + this.size * (this.hasEnds ? 37 : 29) + 64;
  }

  /** Whether ends are kept at all. */
  get hasEnds(): boolean {
    return this.#columns.ends.length > 0;
  }

  /** Of a key with known ones. */
  ends(index: number): bigint {
    return this.#columns.ends[index] as bigint;
  }

  idLength(index: number): number {
    const { starts } = this.#columns;
    return (starts[index + 1] as number) - (starts[index] as number);
  }

  idBytes(index: number): Buffer {
    const { ids, starts } = this.#columns;
    return ids.subarray(starts[index], starts[index + 1]);
  }

  /** How many bytes at their beginning two neighbours share. */
  sharedWithPrevious(index: number): number {
    const { ids, starts } = this.#columns;
    const before = starts[index - 1] as number;
    const start = starts[index] as number;
    const most = Math.min(start - before, this.idLength(index));
    let shared = 0;
    while (shared < most && ids[before + shared] === ids[start + shared]) shared += 1;
    return shared;
  }

  /** Below 0 when the id at `index` comes before `id`, 0 when it is it. */
  compare(index: number, id: Uint8Array): number {
    const { ids, starts } = this.#columns;
    return ids.compare(id, 0, id.length, starts[index], starts[index + 1]);
  }

  flags(index: number): number {
    return this.#columns.flags[index] as number;
  }

  hash(index: number, which: 0 | 1 | 2): bigint {
    return this.#columns.hashes[index * HASHES + which] as bigint;
  }

  /** @returns its index, or -1 */
  find(id: string): number {
    const wanted = Buffer.from(id, 'utf8');
    let low = 0;
    let high = this.size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.compare(middle, wanted);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  entry(index: number, bucket: number): KeyEntry {
    const flags = this.flags(index);
    return {
      id: this.idBytes(index).toString('utf8'),
      bucket,
      row:
        (flags & ROW_KNOWN) === 0 ? undefined : { first: this.hash(index, 0), second: this.hash(index, 1) },
      local: (flags & LOCAL_KNOWN) === 0 ? undefined : this.hash(index, 2),
      ...((flags & ENDS_KNOWN) === 0 ? {} : { ends: this.ends(index) }),
    };
  }

  /** The row hashes alone, for a digest. */
  row(index: number): Pick<KeyEntry, 'row'> {
    return {
      row:
        (this.flags(index) & ROW_KNOWN) === 0
          ? undefined
          : { first: this.hash(index, 0), second: this.hash(index, 1) },
    };
  }

  /** This table after the changes, each id at most once among them. */
  with(changes: Iterable<KeyChange>): BucketTable {
    const sorted = Array.from(changes, (change) => ({ change, bytes: Buffer.from(change.id, 'utf8') }));
    sorted.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    const builder = new TableBuilder(this.size + sorted.length, this.#columns.ids.length);
    let copied = 0;
    for (const { change, bytes } of sorted) {
      let index = copied;
      let order = 1;
      while (index < this.size && (order = this.compare(index, bytes)) < 0) index += 1;
      builder.copy(this.#columns, copied, index);
      copied = index < this.size && order === 0 ? index + 1 : index;
      if (!('removed' in change)) builder.add(bytes, change);
    }
    builder.copy(this.#columns, copied, this.size);
    return builder.build();
  }
}

/** Takes keys in the order of their ids' bytes. */
export class TableBuilder {
  #ids: Buffer;
  #length = 0;
  #count = 0;
  readonly #starts: Uint32Array;
  readonly #flags: Uint8Array;
  readonly #hashes: BigUint64Array;
  #ends = new BigUint64Array(0);

  /** @param keys the most that will come */
  constructor(keys: number, idBytes: number) {
    this.#ids = Buffer.allocUnsafeSlow(Math.max(64, idBytes + 1_024));
    this.#starts = new Uint32Array(keys + 1);
    this.#flags = new Uint8Array(keys);
    this.#hashes = new BigUint64Array(keys * HASHES);
  }

  add(id: Uint8Array, entry: Pick<KeyEntry, 'row' | 'local' | 'ends'>): void {
    this.put(
      0,
      id,
      (entry.row === undefined ? 0 : ROW_KNOWN) |
        (entry.local === undefined ? 0 : LOCAL_KNOWN) |
        (entry.ends === undefined ? 0 : ENDS_KNOWN),
      entry.row?.first ?? 0n,
      entry.row?.second ?? 0n,
      entry.local ?? 0n,
      entry.ends ?? 0n,
    );
  }

  /** Takes over the keys `start` up to before `end` of another table. */
  copy({ ids, starts, flags, hashes, ends }: Columns, start: number, end: number): void {
    const from = starts[start] as number;
    const to = starts[end] as number;
    this.#reserve(to - from);
    this.#ids.set(ids.subarray(from, to), this.#length);
    const moved = this.#length - from;
    for (let index = start; index < end; index++)
      this.#starts[this.#count + index - start + 1] = (starts[index + 1] as number) + moved;
    this.#flags.set(flags.subarray(start, end), this.#count);
    this.#hashes.set(hashes.subarray(start * HASHES, end * HASHES), this.#count * HASHES);
    if (ends.length > 0) this.#withEnds().set(ends.subarray(start, end), this.#count);
    this.#length += to - from;
    this.#count += end - start;
  }

  /** A key whose id is the first `shared` bytes of the one before, then `rest`. */
  put(
    shared: number,
    rest: Uint8Array,
    flags: number,
    first: bigint,
    second: bigint,
    local: bigint,
    ends: bigint,
  ): void {
    this.#reserve(shared + rest.length);
    const before = this.#count === 0 ? 0 : (this.#starts[this.#count - 1] as number);
    if (shared > this.#length - before) throw new RangeError('an id shares more than there is');
    this.#ids.copyWithin(this.#length, before, before + shared);
    this.#ids.set(rest, this.#length + shared);
    this.#length += shared + rest.length;
    const at = this.#count * HASHES;
    this.#hashes[at] = first;
    this.#hashes[at + 1] = second;
    this.#hashes[at + 2] = local;
    if ((flags & ENDS_KNOWN) !== 0) this.#withEnds()[this.#count] = ends;
    this.#flags[this.#count] = flags;
    this.#count += 1;
    this.#starts[this.#count] = this.#length;
  }

  #withEnds(): BigUint64Array {
    if (this.#ends.length === 0) this.#ends = new BigUint64Array(this.#flags.length);
    return this.#ends;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#ids.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#ids.length * 2, this.#length + more));
    larger.set(this.#ids.subarray(0, this.#length));
    this.#ids = larger;
  }

  build(): BucketTable {
    const count = this.#count;
    // Copies of the right length: a table lives long, its builder's slack should not.
    return new BucketTable({
      ids: Buffer.from(this.#ids.buffer.slice(0, this.#length)),
      starts: this.#starts.slice(0, count + 1),
      flags: this.#flags.slice(0, count),
      hashes: this.#hashes.slice(0, count * HASHES),
      ends: this.#ends.slice(0, count),
    });
  }
}
