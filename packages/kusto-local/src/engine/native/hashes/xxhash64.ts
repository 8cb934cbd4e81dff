/**
 * xxHash64 (seed 0), in 32-bit arithmetic: BigInt allocates on every step, and a number holds only 53 bits.
 * The algorithm: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */

/** The halves of the algorithm's five primes. */
const prime1Low = 0x85ebca87 | 0;
const prime1High = 0x9e3779b1 | 0;
const prime2Low = 0x27d4eb4f | 0;
const prime2High = 0xc2b2ae3d | 0;
const prime3Low = 0x9e3779f9 | 0;
const prime3High = 0x165667b1 | 0;
const prime4Low = 0xc2b2ae63 | 0;
const prime4High = 0x85ebca77 | 0;
const prime5Low = 0x165667c5 | 0;
const prime5High = 0x27d4eb2f | 0;

/** A hasher: its result is in two words, {@link low} and {@link high}, until the next call. */
export class XxHash64 {
  /** 0, 1: the accumulator; 2, 3: the lane; 4 to 11: the four lanes of long inputs. Low word first. */
  readonly #words = new Int32Array(12);

  /** The lower 32 bits of the last hash, signed. */
  get low(): number {
    return this.#words[0] ?? 0;
  }

  /** The upper 32 bits of the last hash, signed. */
  get high(): number {
    return this.#words[1] ?? 0;
  }

  /** Hashes the eight bytes of a little-endian 64-bit integer, given as its two words. */
  hashWords(low: number, high: number): void {
    this.#set(0, prime5Low, prime5High);
    this.#add(0, 8, 0);
    this.#eight(low, high);
    this.#finish();
  }

  hashBytes(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { byteLength } = bytes;
    let offset = 0;
    if (byteLength >= 32) {
      this.#startLanes();
      for (; offset + 32 <= byteLength; offset += 32) {
        for (let lane = 0; lane < 4; lane += 1) {
          const at = offset + lane * 8;
          this.#round(4 + lane * 2, view.getInt32(at, true), view.getInt32(at + 4, true));
        }
      }
      this.#mergeLanes();
    } else {
      this.#set(0, prime5Low, prime5High);
    }
    this.#add(0, byteLength, 0);
    for (; offset + 8 <= byteLength; offset += 8) {
      this.#eight(view.getInt32(offset, true), view.getInt32(offset + 4, true));
    }
    if (offset + 4 <= byteLength) {
      this.#set(2, view.getInt32(offset, true), 0);
      this.#multiply(2, prime1Low, prime1High);
      this.#xor(0, 2);
      this.#rotate(0, 23);
      this.#multiply(0, prime2Low, prime2High);
      this.#add(0, prime3Low, prime3High);
      offset += 4;
    }
    for (; offset < byteLength; offset += 1) {
      this.#set(2, view.getUint8(offset), 0);
      this.#multiply(2, prime5Low, prime5High);
      this.#xor(0, 2);
      this.#rotate(0, 11);
      this.#multiply(0, prime1Low, prime1High);
    }
    this.#finish();
  }

  #startLanes(): void {
    this.#set(4, prime1Low, prime1High);
    this.#add(4, prime2Low, prime2High);
    this.#set(6, prime2Low, prime2High);
    this.#set(8, 0, 0);
    // 0 - prime1
    this.#set(10, ~prime1Low, ~prime1High);
    this.#add(10, 1, 0);
  }

  #mergeLanes(): void {
    const words = this.#words;
    this.#set(0, 0, 0);
    for (let lane = 0; lane < 4; lane += 1) {
      const at = 4 + lane * 2;
      this.#set(2, words[at] ?? 0, words[at + 1] ?? 0);
      this.#rotate(2, [1, 7, 12, 18][lane] ?? 0);
      this.#add(0, words[2] ?? 0, words[3] ?? 0);
    }
    for (let lane = 0; lane < 4; lane += 1) {
      const at = 4 + lane * 2;
      this.#set(2, 0, 0);
      this.#round(2, words[at] ?? 0, words[at + 1] ?? 0);
      this.#xor(0, 2);
      this.#multiply(0, prime1Low, prime1High);
      this.#add(0, prime4Low, prime4High);
    }
  }

  #eight(low: number, high: number): void {
    this.#set(2, 0, 0);
    this.#round(2, low, high);
    this.#xor(0, 2);
    this.#rotate(0, 27);
    this.#multiply(0, prime1Low, prime1High);
    this.#add(0, prime4Low, prime4High);
  }

  /** accumulator = rotate(accumulator + input * prime2, 31) * prime1 */
  #round(at: number, low: number, high: number): void {
    const words = this.#words;
    const accumulatorLow = words[at] ?? 0;
    const accumulatorHigh = words[at + 1] ?? 0;
    this.#set(at, low, high);
    this.#multiply(at, prime2Low, prime2High);
    this.#add(at, accumulatorLow, accumulatorHigh);
    this.#rotate(at, 31);
    this.#multiply(at, prime1Low, prime1High);
  }

  #finish(): void {
    const words = this.#words;
    words[0] = (words[0] ?? 0) ^ ((words[1] ?? 0) >>> 1);
    this.#multiply(0, prime2Low, prime2High);
    const low = words[0] ?? 0;
    const high = words[1] ?? 0;
    words[0] = low ^ ((low >>> 29) | (high << 3));
    words[1] = high ^ (high >>> 29);
    this.#multiply(0, prime3Low, prime3High);
    words[0] = (words[0] ?? 0) ^ (words[1] ?? 0);
  }

  #set(at: number, low: number, high: number): void {
    this.#words[at] = low;
    this.#words[at + 1] = high;
  }

  #xor(at: number, other: number): void {
    const words = this.#words;
    words[at] = (words[at] ?? 0) ^ (words[other] ?? 0);
    words[at + 1] = (words[at + 1] ?? 0) ^ (words[other + 1] ?? 0);
  }

  #add(at: number, low: number, high: number): void {
    const words = this.#words;
    const sum = ((words[at] ?? 0) >>> 0) + (low >>> 0);
    words[at] = sum | 0;
    words[at + 1] = ((words[at + 1] ?? 0) + high + (sum > 0xffffffff ? 1 : 0)) | 0;
  }

  /** By 1 to 31 bits to the left. */
  #rotate(at: number, bits: number): void {
    const words = this.#words;
    const low = words[at] ?? 0;
    const high = words[at + 1] ?? 0;
    words[at] = (low << bits) | (high >>> (32 - bits));
    words[at + 1] = (high << bits) | (low >>> (32 - bits));
  }

  #multiply(at: number, low: number, high: number): void {
    const words = this.#words;
    const ownLow = words[at] ?? 0;
    const ownHigh = words[at + 1] ?? 0;
    const a0 = ownLow & 0xffff;
    const a1 = ownLow >>> 16;
    const b0 = low & 0xffff;
    const b1 = low >>> 16;
    const p00 = Math.imul(a0, b0);
    const p01 = Math.imul(a0, b1);
    const p10 = Math.imul(a1, b0);
    const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
    words[at] = (p00 & 0xffff) | (middle << 16);
    words[at + 1] =
      Math.imul(a1, b1) +
      (p01 >>> 16) +
      (p10 >>> 16) +
      (middle >>> 16) +
      Math.imul(ownLow, high) +
      Math.imul(ownHigh, low);
  }
}
