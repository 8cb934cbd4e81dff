import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { XxHash64 } from './xxhash64.ts';

const mask = (1n << 64n) - 1n;
const primes = [
  11400714785074694791n,
  14029467366897019727n,
  1609587929392839161n,
  9650029242287828579n,
  2870177450012600261n,
] as const;

function rotate(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (64n - bits))) & mask;
}

function round(accumulator: bigint, input: bigint): bigint {
  return (rotate((accumulator + input * primes[1]) & mask, 31n) * primes[0]) & mask;
}

/** The specification, step by step, in 64-bit integers. */
function reference(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  let hash: bigint = primes[4];
  if (bytes.length >= 32) {
    const lanes = [(primes[0] + primes[1]) & mask, primes[1], 0n, -primes[0] & mask];
    for (; offset + 32 <= bytes.length; offset += 32) {
      for (let lane = 0; lane < 4; lane += 1) {
        lanes[lane] = round(lanes[lane] ?? 0n, view.getBigUint64(offset + lane * 8, true));
      }
    }
    hash = [1n, 7n, 12n, 18n].reduce((sum, bits, lane) => sum + rotate(lanes[lane] ?? 0n, bits), 0n) & mask;
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * primes[0] + primes[3]) & mask;
  }
  hash = (hash + BigInt(bytes.length)) & mask;
  for (; offset + 8 <= bytes.length; offset += 8) {
    hash ^= round(0n, view.getBigUint64(offset, true));
    hash = (rotate(hash, 27n) * primes[0] + primes[3]) & mask;
  }
  if (offset + 4 <= bytes.length) {
    hash ^= (BigInt(view.getUint32(offset, true)) * primes[0]) & mask;
    hash = (rotate(hash, 23n) * primes[1] + primes[2]) & mask;
    offset += 4;
  }
  for (; offset < bytes.length; offset += 1) {
    hash ^= (BigInt(view.getUint8(offset)) * primes[4]) & mask;
    hash = (rotate(hash, 11n) * primes[0]) & mask;
  }
  hash = ((hash ^ (hash >> 33n)) * primes[1]) & mask;
  hash = ((hash ^ (hash >> 29n)) * primes[2]) & mask;
  return hash ^ (hash >> 32n);
}

function result(hasher: XxHash64): bigint {
  return (BigInt(hasher.high >>> 0) << 32n) | BigInt(hasher.low >>> 0);
}

describe('XxHash64', () => {
  it("gives the algorithm's published values", () => {
    const hasher = new XxHash64();
    hasher.hashBytes(new Uint8Array(0));
    assert.equal(result(hasher), 0xef46db3751d8e999n);
    hasher.hashBytes(new TextEncoder().encode('abc'));
    assert.equal(result(hasher), 0x44bc2cf5ad770999n);
  });

  it('agrees with the specification for any bytes, also from the middle of a buffer', () => {
    const hasher = new XxHash64();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), fc.nat(9), (bytes, offset) => {
        const shifted = new Uint8Array(bytes.length + offset);
        shifted.set(bytes, offset);
        hasher.hashBytes(shifted.subarray(offset));
        assert.equal(result(hasher), reference(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('hashes an integer as its eight bytes', () => {
    const hasher = new XxHash64();
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = new Uint8Array(8);
        const view = new DataView(bytes.buffer);
        view.setBigInt64(0, value, true);
        hasher.hashWords(view.getInt32(0, true), view.getInt32(4, true));
        assert.equal(result(hasher), reference(bytes));
      }),
    );
  });
});
