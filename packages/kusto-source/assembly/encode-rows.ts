// AssemblyScript (https://www.assemblyscript.org). Writes rows as elements the way `element/element-encoder.ts` does, for the tokens
// that nearly all cells are. At anything else it stops before the row, and the TypeScript encodes that row.
// Both must agree on every byte: row-kernel.test.ts.

/** What a cell's column is, as the plan says it. */
const TEXT: u32 = 0;
const INTEGER: u32 = 1;
const REAL: u32 = 2;
const BOOL: u32 = 3;
const DYNAMIC: u32 = 4;

const QUOTE: u8 = 0x22;
const PERCENT: u8 = 0x25;
const COMMA: u8 = 0x2c;
const MINUS: u8 = 0x2d;
const DOT: u8 = 0x2e;
const COLON: u8 = 0x3a;
const OPEN_BRACKET: u8 = 0x5b;
const BACKSLASH: u8 = 0x5c;
const CLOSE_BRACKET: u8 = 0x5d;
const SMALL_E: u8 = 0x65;
const SMALL_F: u8 = 0x66;
const SMALL_N: u8 = 0x6e;
const SMALL_T: u8 = 0x74;
const SMALL_U: u8 = 0x75;
const OPEN_BRACE: u8 = 0x7b;
const CLOSE_BRACE: u8 = 0x7d;
const NULL_WORD: u32 = 0x6c6c756e;
const TRUE_WORD: u32 = 0x65757274;
const FALSE_WORD: u32 = 0x736c6166;
/** Digits beyond this may make a number that is no finite double. */
const SURELY_FINITE_DIGITS: i32 = 300;
const MAX_NESTING: i32 = 99;

/** Where the next byte is written. */
let out: i32 = 0;

/**
 * Encodes rows `first` to `count`. The plan is records of four words, (ordinal, kind, prefix address, prefix length): the head
 * of an element, what follows its id, what follows its ends, the key's columns, the ends', the properties'. Writes five words a row at `table`: where it ends,
 * less `target`, and the hash of its id. Returns the first row that was not encoded.
 */
export function encodeRows(
  source: i32,
  offsets: i32,
  width: i32,
  first: i32,
  count: i32,
  plan: i32,
  keys: i32,
  ends: i32,
  properties: i32,
  target: i32,
  table: i32,
  lineEnd: i32,
): i32 {
  const keyPlan = plan + 48;
  const endPlan = keyPlan + (keys << 4);
  const propertyPlan = endPlan + (ends << 4);
  const planEnd = propertyPlan + (properties << 4);
  out = target;
  for (let row = first; row < count; row++) {
    const start = out;
    const cells = offsets + ((row * width) << 3);
    copy(load<i32>(plan, 8), load<i32>(plan, 12));
    const id = out;
    let done = true;
    for (let at = keyPlan; at < endPlan && done; at += 16) {
      if (at > keyPlan) put(COMMA);
      const cell = cells + (load<i32>(at) << 3);
      done = writeKey(load<u32>(at, 4), source + load<i32>(cell), source + load<i32>(cell, 4));
    }
    const idEnd = out;
    copy(load<i32>(plan, 24), load<i32>(plan, 28));
    for (let at = endPlan; at < propertyPlan && done; at += 16) {
      copy(load<i32>(at, 8), load<i32>(at, 12));
      const cell = cells + (load<i32>(at) << 3);
      done = writeEnd(load<u32>(at, 4), source + load<i32>(cell), source + load<i32>(cell, 4));
    }
    copy(load<i32>(plan, 40), load<i32>(plan, 44));
    for (let at = propertyPlan; at < planEnd && done; at += 16) {
      copy(load<i32>(at, 8), load<i32>(at, 12));
      const cell = cells + (load<i32>(at) << 3);
      done = writeValue(load<u32>(at, 4), source + load<i32>(cell), source + load<i32>(cell, 4));
    }
    if (!done) {
      out = start;
      return row;
    }
    put(CLOSE_BRACE);
    put(CLOSE_BRACE);
    if (lineEnd) put(0x0a);
    store<u32>(table, out - target);
    hashId(id, idEnd, table + 4);
    table += 20;
  }
  return count;
}

// @ts-ignore: decorator
@inline
function put(byte: u8): void {
  store<u8>(out, byte);
  out++;
}

/** May read and write up to 15 bytes too far: there is room behind everything, and the next bytes overwrite it. */
// @ts-ignore: decorator
@inline
function copy(from: i32, length: i32): void {
  for (let at = 0; at < length; at += 16) v128.store(out + at, v128.load(from + at));
  out += length;
}

/** The four lanes of `element/id-hash.ts`. */
function hashId(from: i32, to: i32, lanes: i32): void {
  const length: u32 = to - from;
  let a = length;
  let b = length ^ 0x9e3779b9;
  let c = length ^ 0x7f4a7c15;
  let d = length ^ 0x2545f491;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    a = mix(a, load<u32>(at), 0x239b961b, 19) + b;
    b = mix(b, load<u32>(at, 4), 0xab0e9789, 17) + c;
    c = mix(c, load<u32>(at, 8), 0x38b34ae5, 15) + d;
    d = mix(d, load<u32>(at, 12), 0xa1e38b93, 13) + a;
  }
  if (at < to) {
    a = mix(a, tail(at, to), 0x239b961b, 19) + b;
    b = mix(b, tail(at + 4, to), 0xab0e9789, 17) + c;
    c = mix(c, tail(at + 8, to), 0x38b34ae5, 15) + d;
    d = mix(d, tail(at + 12, to), 0xa1e38b93, 13) + a;
  }
  a = spread(a);
  b = spread(b + a);
  c = spread(c + b);
  d = spread(d + c);
  store<u32>(lanes, a + d);
  store<u32>(lanes, b, 4);
  store<u32>(lanes, c, 8);
  store<u32>(lanes, d, 12);
}

// @ts-ignore: decorator
@inline
function mix(lane: u32, value: u32, factor: u32, turn: u32): u32 {
  const turned = lane ^ (rotl<u32>(value * factor, 15) * 0x1b873593);
  return rotl<u32>(turned, turn) * 5 + 0x561ccd1b;
}

// @ts-ignore: decorator
@inline
function spread(value: u32): u32 {
  let bits = value ^ (value >> 16);
  bits *= 0x85ebca6b;
  bits ^= bits >> 13;
  bits *= 0xc2b2ae35;
  return bits ^ (bits >> 16);
}

// @ts-ignore: decorator
@inline
function tail(at: i32, to: i32): u32 {
  const left = to - at;
  if (left >= 4) return load<u32>(at);
  return left <= 0 ? 0 : load<u32>(at) & ((1 << (left << 3)) - 1);
}

/** The component of an id that a cell makes. */
function writeKey(kind: u32, from: i32, to: i32): bool {
  if (kind == INTEGER) return load<u8>(from) == SMALL_N ? writeNullKey() : writeInteger(from, to);
  if (kind != TEXT) return false;
  const first = load<u8>(from);
  if (first == SMALL_N) return writeNullKey();
  if (first != QUOTE) return false;
  const end = to - 1;
  for (let at = from + 1; at < end; at++) {
    const byte = load<u8>(at);
    if (byte >= 0x7f || byte == BACKSLASH) return false;
    if (byte == PERCENT || byte == COLON || byte == COMMA) {
      put(PERCENT);
      put(byte == COLON ? 0x33 : 0x32);
      put(byte == COLON ? 0x41 : byte == COMMA ? 0x43 : 0x35);
    } else {
      put(byte);
    }
  }
  return true;
}

/** As a key, but a relation with a missing end, null or the empty string, makes no element. */
function writeEnd(kind: u32, from: i32, to: i32): bool {
  if (load<u8>(from) == SMALL_N || (to - from == 2 && load<u8>(from) == QUOTE)) return false;
  return writeKey(kind, from, to);
}

function writeNullKey(): bool {
  put(PERCENT);
  put(0x30);
  put(0x30);
  return true;
}

function writeValue(kind: u32, from: i32, to: i32): bool {
  const first = load<u8>(from);
  if (first == SMALL_N) {
    store<u32>(out, NULL_WORD);
    out += 4;
    return true;
  }
  switch (kind) {
    case TEXT:
      return first == QUOTE && writeString(from, to);
    case INTEGER:
      return writeInteger(from, to);
    case REAL:
      return writeReal(from, to);
    case BOOL:
      return writeBool(first);
    case DYNAMIC:
      return writeDynamic(first, from, to);
    default:
      return false;
  }
}

function writeInteger(from: i32, to: i32): bool {
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (!isDigit(byte) && (byte != MINUS || at != from)) return false;
  }
  copy(from, to - from);
  return true;
}

function writeReal(from: i32, to: i32): bool {
  if (to - from > SURELY_FINITE_DIGITS) return false;
  let integral = true;
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (byte == DOT) integral = false;
    else if (!isDigit(byte) && byte != MINUS) return false;
  }
  copy(from, to - from);
  if (integral) {
    put(DOT);
    put(0x30);
  }
  return true;
}

function writeBool(first: u8): bool {
  if (first == SMALL_T) {
    store<u32>(out, TRUE_WORD);
    out += 4;
    return true;
  }
  if (first != SMALL_F) return false;
  store<u32>(out, FALSE_WORD);
  out += 4;
  put(SMALL_E);
  return true;
}

function writeDynamic(first: u8, from: i32, to: i32): bool {
  if (first == OPEN_BRACE || first == OPEN_BRACKET) return writeContainer(from, to);
  if (first == QUOTE) {
    const inside = load<u8>(from, 1);
    // It may hold serialised JSON, perhaps behind white space.
    if (inside == OPEN_BRACE || inside == OPEN_BRACKET || inside == 0x20 || inside == BACKSLASH) return false;
    return writeString(from, to);
  }
  if (first == SMALL_T || first == SMALL_F) return writeBool(first);
  if (to - from > SURELY_FINITE_DIGITS) return false;
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (!isDigit(byte) && byte != MINUS && byte != DOT) return false;
  }
  copy(from, to - from);
  return true;
}

/** The grammar was checked by the scanner; what is looked for is what Drasi's parser would refuse, and white space. */
function writeContainer(from: i32, to: i32): bool {
  let depth = 0;
  let at = from;
  let digits = 0;
  while (at < to) {
    const byte = load<u8>(at);
    if (byte == QUOTE) {
      const end = stringEnd(at, to);
      if (!writeString(at, end)) return false;
      at = end;
      digits = 0;
      continue;
    }
    if (byte <= 0x20) return false;
    if (byte == OPEN_BRACE || byte == OPEN_BRACKET) {
      if (depth == MAX_NESTING) return false;
      depth++;
    } else if (byte == CLOSE_BRACE || byte == CLOSE_BRACKET) {
      depth--;
    }
    // An exponent follows a digit; the letters of true and false do not.
    if (isDigit(byte)) {
      digits++;
      if (digits > SURELY_FINITE_DIGITS || (load<u8>(at, 1) | 0x20) == SMALL_E) return false;
    } else if (byte != DOT) {
      digits = 0;
    }
    put(byte);
    at++;
  }
  return true;
}

/** Behind the closing quote of the well-formed string at `start`. */
function stringEnd(start: i32, to: i32): i32 {
  let at = start + 1;
  while (at < to) {
    const bytes = v128.load(at);
    const mask = i8x16.bitmask(
      v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH))),
    );
    if (mask == 0) {
      at += 16;
      continue;
    }
    at += ctz(mask);
    if (load<u8>(at) == QUOTE) return at + 1;
    at += 2;
  }
  return to;
}

/** Copies a string token; what is beyond ASCII becomes escapes. */
function writeString(from: i32, to: i32): bool {
  let at = from;
  while (at < to) {
    const bytes = v128.load(at);
    const mask = i8x16.bitmask(v128.or(bytes, i8x16.eq(bytes, i8x16.splat(BACKSLASH))));
    v128.store(out, bytes);
    const plain: i32 = mask == 0 ? 16 : ctz(mask);
    const length = min(plain, to - at);
    at += length;
    out += length;
    if (plain == 16 || at >= to) continue;
    if (load<u8>(at) != BACKSLASH) {
      at = writeCharacter(at, to);
      if (at < 0) return false;
      continue;
    }
    const letter = load<u8>(at, 1);
    // An escape may be half a surrogate pair: those begin with \ud.
    if (letter == SMALL_U && (load<u8>(at, 2) | 0x20) == 0x64) return false;
    put(BACKSLASH);
    put(letter);
    at += 2;
  }
  return true;
}

/** Writes the character beyond ASCII at `at` as an escape; -1 for what is no UTF-8. */
function writeCharacter(at: i32, to: i32): i32 {
  const first: u32 = load<u8>(at);
  let more: i32 = 0;
  let lowest: u32 = 0;
  let point: u32 = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    more = 1;
    point = first & 0x1f;
    lowest = 0x80;
  } else if (first >= 0xe0 && first <= 0xef) {
    more = 2;
    point = first & 0x0f;
    lowest = 0x800;
  } else if (first >= 0xf0 && first <= 0xf4) {
    more = 3;
    point = first & 0x07;
    lowest = 0x10000;
  } else {
    return -1;
  }
  if (at + more >= to) return -1;
  for (let i = 1; i <= more; i++) {
    const next: u32 = load<u8>(at + i);
    if ((next & 0xc0) != 0x80) return -1;
    point = (point << 6) | (next & 0x3f);
  }
  if (point < lowest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return -1;
  if (point < 0x10000) {
    writeEscape(point);
  } else {
    writeEscape(0xd800 + ((point - 0x10000) >> 10));
    writeEscape(0xdc00 + ((point - 0x10000) & 0x3ff));
  }
  return at + more + 1;
}

function writeEscape(unit: u32): void {
  put(BACKSLASH);
  put(SMALL_U);
  put(hex(unit >> 12));
  put(hex((unit >> 8) & 15));
  put(hex((unit >> 4) & 15));
  put(hex(unit & 15));
}

// @ts-ignore: decorator
@inline
function hex(value: u32): u8 {
  return <u8>(value < 10 ? 0x30 + value : 0x57 + value);
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}
