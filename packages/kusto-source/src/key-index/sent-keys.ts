import { hashId } from '../element/id-hash.ts';

/** Cells of a bootstrap while it runs: 384 kB. What is handed over has as many as its keys ask for. */
const MAX_CELLS = 32_768;
/** About so many keys share a cell: if one of them is missing, all of them are published again. */
const KEYS_PER_CELL = 8;
/** Of a cell: how many keys, and the sums of two 32-bit lanes of their ids' hashes. */
const WIDTH = 3;
/** So many keys of a cell that may or may not have been sent are tried out. */
const MAX_OPEN = 8;

/** What one key adds to its cell. */
interface Share {
  readonly cell: number;
  readonly first: number;
  readonly second: number;
}

/**
 * Which keys a bootstrap sent, without naming them: count and sums of hashes, cell by cell. Beside the key index they tell which keys
 * a reader lacks that the index knows (rule R7): one that was away while the bootstrap read, and came back as it was.
 */
export class SentKeys {
  readonly #cells: Uint32Array;
  readonly #lanes = new Uint32Array(4);
  #bytes = Buffer.allocUnsafe(256);
  #count = 0;

  constructor(cells = MAX_CELLS) {
    this.#cells = new Uint32Array(cells * WIDTH);
  }

  /** A power of two. */
  get cells(): number {
    return this.#cells.length / WIDTH;
  }

  add(id: string): void {
    const { cell, first, second } = this.shareOf(id);
    this.#add(cell, 1, first, second);
    this.#count += 1;
  }

  shareOf(id: string): Share {
    const most = id.length * 3;
    if (most > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(most * 2);
    hashId(this.#bytes, 0, this.#bytes.write(id, 'utf8'), this.#lanes);
    const [first = 0, second = 0, third = 0] = this.#lanes;
    return { cell: third & (this.cells - 1), first, second };
  }

  /**
   * The cells in which these keys, and of `open` ones any, are not those of `sent`: there `sent` lacks some.
   * @param sent of as many cells
   */
  cellsThatLack(sent: SentKeys, open: Iterable<string>): ReadonlySet<number> {
    const shares = Map.groupBy(
      Array.from(open, (id) => sent.shareOf(id)),
      ({ cell }) => cell,
    );
    const lacks = new Set<number>();
    for (let cell = 0; cell < sent.cells; cell += 1)
      if (!this.#explains(sent, cell, shares.get(cell) ?? [])) lacks.add(cell);
    return lacks;
  }

  #explains(all: SentKeys, cell: number, open: readonly Share[]): boolean {
    const at = cell * WIDTH;
    const left = [0, 1, 2].map((n) => ((all.#cells[at + n] ?? 0) - (this.#cells[at + n] ?? 0)) >>> 0);
    const [count = 0, first = 0, second = 0] = left;
    return open.length <= MAX_OPEN && isSumOfSome({ count, first, second }, open, 0);
  }

  /** With as few cells as its keys ask for; little-endian. */
  encode(): Uint8Array {
    let cells = 1;
    while (cells < this.cells && cells * KEYS_PER_CELL < this.#count) cells *= 2;
    const folded = new SentKeys(cells);
    for (let cell = 0; cell < this.cells; cell += 1) {
      const [count = 0, first = 0, second = 0] = this.#cells.subarray(cell * WIDTH, (cell + 1) * WIDTH);
      folded.#add(cell & (cells - 1), count, first, second);
    }
    const bytes = Buffer.allocUnsafe(folded.#cells.length * 4);
    for (const [place, value] of folded.#cells.entries()) bytes.writeUInt32LE(value, place * 4);
    return bytes;
  }

  /** @throws RangeError when the bytes are not what {@link SentKeys.encode} wrote */
  static decode(bytes: Uint8Array): SentKeys {
    const cells = bytes.length / (WIDTH * 4);
    if (!Number.isInteger(cells) || !Number.isInteger(Math.log2(cells)) || cells > MAX_CELLS)
      throw new RangeError(`${bytes.length} bytes are no cells of keys`);
    const sent = new SentKeys(cells);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let place = 0; place < sent.#cells.length; place += 1)
      sent.#cells[place] = view.getUint32(place * 4, true);
    for (let place = 0; place < sent.#cells.length; place += WIDTH) sent.#count += sent.#cells[place] ?? 0;
    return sent;
  }

  #add(cell: number, count: number, first: number, second: number): void {
    const at = cell * WIDTH;
    const cells = this.#cells;
    cells[at] = (cells[at] ?? 0) + count;
    cells[at + 1] = (cells[at + 1] ?? 0) + first;
    cells[at + 2] = (cells[at + 2] ?? 0) + second;
  }
}

interface Rest {
  readonly count: number;
  readonly first: number;
  readonly second: number;
}

function isSumOfSome(rest: Rest, open: readonly Share[], from: number): boolean {
  if (rest.count === 0 && rest.first === 0 && rest.second === 0) return true;
  const share = open[from];
  if (share === undefined || rest.count === 0) return false;
  const without = {
    count: rest.count - 1,
    first: (rest.first - share.first) >>> 0,
    second: (rest.second - share.second) >>> 0,
  };
  return isSumOfSome(without, open, from + 1) || isSumOfSome(rest, open, from + 1);
}
