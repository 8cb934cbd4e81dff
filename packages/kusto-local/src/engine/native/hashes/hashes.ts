import type { NativeFunction, NativeValue } from '../native-functions.ts';
import { XxHash64 } from './xxhash64.ts';

/** Hands out a hasher's two words as one 64-bit integer, and takes one apart. */
class Words {
  readonly #long = new BigInt64Array(1);
  readonly #words = new Int32Array(this.#long.buffer);

  split(long: bigint): readonly [number, number] {
    this.#long[0] = long;
    return [this.#words[0] ?? 0, this.#words[1] ?? 0];
  }

  join(low: number, high: number): bigint {
    this.#words[0] = low;
    this.#words[1] = high;
    return this.#long[0] ?? 0n;
  }
}

function eightBytes(): NativeFunction['evaluate'] {
  const hasher = new XxHash64();
  const words = new Words();
  return (value) => {
    const [low, high] = words.split(value as bigint);
    hasher.hashWords(low, high);
    return words.join(hasher.low, hasher.high);
  };
}

function anyBytes(): NativeFunction['evaluate'] {
  const hasher = new XxHash64();
  const words = new Words();
  return (value) => {
    hasher.hashBytes(value as Uint8Array);
    return words.join(hasher.low, hasher.high);
  };
}

/** Hashes pieces of at most 48 bytes each as one run of bytes. */
function pieces(): NativeFunction['evaluate'] {
  const hasher = new XxHash64();
  const words = new Words();
  const joined = new Uint8Array(4 * 48);
  return (...args) => {
    let length = 0;
    for (const piece of args as readonly Uint8Array[]) {
      joined.set(piece, length);
      length += piece.length;
    }
    hasher.hashBytes(joined.subarray(0, length));
    return words.join(hasher.low, hasher.high);
  };
}

function realBits(): (value: NativeValue | null) => bigint {
  const real = new Float64Array(1);
  const bits = new BigInt64Array(real.buffer);
  return (value) => {
    real[0] = value as number;
    return bits[0] ?? 0n;
  };
}

export const hashNatives: readonly NativeFunction[] = [
  /** xxHash64 of the eight bytes, little-endian. */
  { name: 'kql_xxhash64_long', parameters: ['long'], result: 'long', evaluate: eightBytes() },
  { name: 'kql_xxhash64', parameters: ['blob'], result: 'long', evaluate: anyBytes() },
  /**
   * As `kql_xxhash64` of the four pieces together. DuckDB keeps up to 12 bytes of a value where JavaScript reads them at once; longer
   * ones have to be fetched one by one, which takes several times as long as the hash.
   */
  {
    name: 'kql_xxhash64_pieces',
    parameters: ['blob', 'blob', 'blob', 'blob'],
    result: 'long',
    evaluate: pieces(),
  },
  /** The IEEE 754 bits of a real. */
  { name: 'kql_real_bits', parameters: ['real'], result: 'long', evaluate: realBits() },
];
