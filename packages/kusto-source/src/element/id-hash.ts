/**
 * 128 bits of hash over the bytes of an id, in four 32-bit lanes of multiply, rotate and xor over 16-byte blocks (the way of
 * the murmur3 family). Not for secrets: it only tells ids apart. Among a million ids two share all four lanes with a
 * probability of about 10^-27.
 */
export function hashId(bytes: Uint8Array, from: number, to: number, lanes: Uint32Array): void {
  const length = to - from;
  let a = length;
  let b = length ^ 0x9e3779b9;
  let c = length ^ 0x7f4a7c15;
  let d = length ^ 0x2545f491;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    a = mix(a, word(bytes, at), 0x239b961b, 19) + b;
    b = mix(b, word(bytes, at + 4), 0xab0e9789, 17) + c;
    c = mix(c, word(bytes, at + 8), 0x38b34ae5, 15) + d;
    d = mix(d, word(bytes, at + 12), 0xa1e38b93, 13) + a;
  }
  if (at < to) {
    a = mix(a, tail(bytes, at, to), 0x239b961b, 19) + b;
    b = mix(b, tail(bytes, at + 4, to), 0xab0e9789, 17) + c;
    c = mix(c, tail(bytes, at + 8, to), 0x38b34ae5, 15) + d;
    d = mix(d, tail(bytes, at + 12, to), 0xa1e38b93, 13) + a;
  }
  a = spread(a);
  b = spread((b + a) | 0);
  c = spread((c + b) | 0);
  d = spread((d + c) | 0);
  lanes[0] = a + d;
  lanes[1] = b;
  lanes[2] = c;
  lanes[3] = d;
}

function mix(lane: number, value: number, factor: number, turn: number): number {
  const scrambled = Math.imul(value, factor);
  const turned = lane ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return (Math.imul((turned << turn) | (turned >>> (32 - turn)), 5) + 0x561ccd1b) | 0;
}

/** Every bit of the input moves about half of the output's. */
function spread(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** As `word`, with zeros behind the end; the length is part of the hash. */
function tail(bytes: Uint8Array, at: number, to: number): number {
  let value = 0;
  for (let i = Math.min(to, at + 4) - 1; i >= at; i--) value = (value << 8) | (bytes[i] as number);
  return value;
}
