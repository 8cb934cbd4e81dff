const LANES = 4;
/** Room for the first ids, taken when the first is there: a plan may have thousands of slices, most of them waiting. */
const INITIAL_IDS = 1024;

/**
 * The ids that a slice has sent, so that a second attempt skips them: each id once in a bootstrap (rule R5). 16 bytes an id,
 * and a table for look-ups only once an attempt has failed.
 */
export class SentIds {
  readonly #parent: SentIds | undefined;
  #noted = new Uint32Array();
  #count = 0;
  #table: IdTable | undefined;

  /** @param parent of the slice that this one is a half of: its ids count as sent */
  constructor(parent?: SentIds) {
    this.#parent = parent;
  }

  /** How many ids were admitted. */
  get count(): number {
    return this.#count;
  }

  /** A new attempt begins: what was admitted so far is skipped from here on. */
  retry(): void {
    if (this.#count > 0) this.#table = new IdTable(this.#noted, this.#count);
  }

  /** False when an earlier attempt sent the id with the hash `hash[from .. from + 4)`; otherwise it is noted as sent. */
  admit(hash: Uint32Array, from: number): boolean {
    if (this.#knows(hash, from)) return false;
    const at = this.#count * LANES;
    if (at === this.#noted.length) {
      const larger = new Uint32Array(Math.max(INITIAL_IDS * LANES, this.#noted.length * 2));
      larger.set(this.#noted);
      this.#noted = larger;
    }
    this.#noted[at] = hash[from] as number;
    this.#noted[at + 1] = hash[from + 1] as number;
    this.#noted[at + 2] = hash[from + 2] as number;
    this.#noted[at + 3] = hash[from + 3] as number;
    this.#count += 1;
    return true;
  }

  #knows(hash: Uint32Array, from: number): boolean {
    return (
      this.#table?.has(hash, from) === true || (this.#parent !== undefined && this.#parent.#knows(hash, from))
    );
  }
}

/** Open addressing over the noted hashes: a slot holds an ordinal plus one, 0 is free. */
class IdTable {
  readonly #ids: Uint32Array;
  readonly #slots: Uint32Array;
  readonly #mask: number;

  constructor(ids: Uint32Array, count: number) {
    const size = 2 ** Math.ceil(Math.log2(count * 2));
    this.#ids = ids;
    this.#mask = size - 1;
    this.#slots = new Uint32Array(size);
    for (let ordinal = 0; ordinal < count; ordinal++) {
      let slot = (ids[ordinal * LANES] as number) & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = ordinal + 1;
    }
  }

  has(hash: Uint32Array, from: number): boolean {
    const ids = this.#ids;
    for (let slot = (hash[from] as number) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const taken = this.#slots[slot] as number;
      if (taken === 0) return false;
      const at = (taken - 1) * LANES;
      if (
        ids[at] === hash[from] &&
        ids[at + 1] === hash[from + 1] &&
        ids[at + 2] === hash[from + 2] &&
        ids[at + 3] === hash[from + 3]
      )
        return true;
    }
  }
}
