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
  /** The IEEE 754 bits of a real. */
  { name: 'kql_real_bits', parameters: ['real'], result: 'long', evaluate: realBits() },
];
