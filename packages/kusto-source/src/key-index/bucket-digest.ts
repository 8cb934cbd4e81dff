import type { KeyEntry } from './key-entry.ts';

/**
 * What tells a bucket from its state in Kusto without reading it (rule R17). Sums, because XOR alone cancels a row that is there
 * twice; both halves, because a `long` sum of whole hashes overflows.
 */
export interface BucketDigest {
  /** How many keys. */
  readonly count: number;
  /** How many of them have no known row hashes. A bucket with one differs from Kusto's, whatever the rest says. */
  readonly unknown: number;
  /** The sum of `binary_and(binary_shift_right(first, 32), 0xffffffff)` and of `binary_and(first, 0xffffffff)`. */
  readonly sumHigh: bigint;
  readonly sumLow: bigint;
  /** XOR of the second hashes, unsigned 64 bits. */
  readonly xor: bigint;
}

export const emptyDigest: BucketDigest = { count: 0, unknown: 0, sumHigh: 0n, sumLow: 0n, xor: 0n };

const LOW = 0xffff_ffffn;

/** Folds entries in or, with `sign` -1, out. */
export class DigestFolder {
  #count: number;
  #unknown: number;
  #sumHigh: bigint;
  #sumLow: bigint;
  #xor: bigint;

  constructor(from: BucketDigest = emptyDigest) {
    this.#count = from.count;
    this.#unknown = from.unknown;
    this.#sumHigh = from.sumHigh;
    this.#sumLow = from.sumLow;
    this.#xor = from.xor;
  }

  fold({ row }: Pick<KeyEntry, 'row'>, sign: 1 | -1 = 1): void {
    this.#count += sign;
    if (row === undefined) {
      this.#unknown += sign;
      return;
    }
    const high = row.first >> 32n;
    const low = row.first & LOW;
    this.#sumHigh += sign === 1 ? high : -high;
    this.#sumLow += sign === 1 ? low : -low;
    this.#xor ^= row.second;
  }

  get digest(): BucketDigest {
    return {
      count: this.#count,
      unknown: this.#unknown,
      sumHigh: this.#sumHigh,
      sumLow: this.#sumLow,
      xor: this.#xor,
    };
  }
}

/** Whether nothing in the bucket has to be read. */
export function sameDigest(stored: BucketDigest, seen: BucketDigest): boolean {
  return (
    stored.unknown === 0 &&
    seen.unknown === 0 &&
    stored.count === seen.count &&
    stored.sumHigh === seen.sumHigh &&
    stored.sumLow === seen.sumLow &&
    stored.xor === seen.xor
  );
}
