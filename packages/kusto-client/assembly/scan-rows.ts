// AssemblyScript (https://www.assemblyscript.org). The loop over the rows of a result that most bytes of a snapshot go through:
// what `frames/rows.ts` and `frames/json.ts` do, sixteen bytes at a time where it is strings. It knows the usual layout only:
// at white space between tokens, at anything malformed and at values nested deeper than 64 it stops before the row, and the
// TypeScript goes on from there, with its error messages. Both must agree on every row: scan-rows.test.ts.

const INCOMPLETE: i32 = -1;
const OTHER: i32 = -2;

const QUOTE: u8 = 0x22;
const COMMA: u8 = 0x2c;
const MINUS: u8 = 0x2d;
const DOT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const NINE: u8 = 0x39;
const COLON: u8 = 0x3a;
const OPEN_BRACKET: u8 = 0x5b;
const BACKSLASH: u8 = 0x5c;
const CLOSE_BRACKET: u8 = 0x5d;
const OPEN_BRACE: u8 = 0x7b;
const CLOSE_BRACE: u8 = 0x7d;
const MAX_DEPTH: i32 = 64;

/** Rows scanned by the last call. */
export let rows: i32 = 0;
/** The address behind the last row that was scanned. */
export let position: i32 = 0;
/** Whether a row, and not the comma before it, is expected next: 1 or 0. */
export let expectsRow: i32 = 0;

/**
 * Scans rows `[…],[…]` from `start`. Writes two words a cell at `offsets`: the addresses of its first byte and of the one behind it,
 * less `base`. Stops at the end of the bytes, after `maxRows`, or at what it does not know.
 */
export function scanRows(
  start: i32,
  end: i32,
  width: i32,
  offsets: i32,
  base: i32,
  maxRows: i32,
  wantsRow: i32,
): void {
  let at = start;
  let slot = offsets;
  rows = 0;
  expectsRow = wantsRow;
  position = at;
  while (rows < maxRows && at < end) {
    if (!expectsRow) {
      if (load<u8>(at) != COMMA) return;
      at++;
      expectsRow = 1;
      position = at;
      continue;
    }
    if (load<u8>(at) != OPEN_BRACKET) return;
    at = scanRow(at + 1, end, width, slot, base);
    if (at < 0) return;
    slot += width << 3;
    rows++;
    expectsRow = 0;
    position = at;
  }
}

function scanRow(start: i32, end: i32, width: i32, offsets: i32, base: i32): i32 {
  let at = start;
  let slot = offsets;
  const last = offsets + (width << 3);
  while (true) {
    if (slot == last) return OTHER;
    store<u32>(slot, at - base);
    at = skipValue(at, end, 0);
    if (at < 0) return at;
    store<u32>(slot, at - base, 4);
    slot += 8;
    if (at >= end) return INCOMPLETE;
    const byte = load<u8>(at);
    at++;
    if (byte == COMMA) continue;
    if (byte == CLOSE_BRACKET) return slot == last ? at : OTHER;
    return OTHER;
  }
}

function skipValue(start: i32, end: i32, depth: i32): i32 {
  if (start >= end) return INCOMPLETE;
  const byte = load<u8>(start);
  if (byte == QUOTE) return skipString(start, end);
  if (isDigit(byte) || byte == MINUS) return skipNumber(start, end);
  if (byte == OPEN_BRACE || byte == OPEN_BRACKET) return skipContainer(start, end, depth);
  return skipLiteral(start, end);
}

/** Quotes, backslashes and control characters in sixteen bytes, one bit a byte. */
// @ts-ignore: decorator
@inline
function specials(bytes: v128): i32 {
  const marks = v128.or(
    v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH))),
    i8x16.lt_u(bytes, i8x16.splat(0x20)),
  );
  return i8x16.bitmask(marks);
}

function skipString(start: i32, end: i32): i32 {
  let at = start + 1;
  while (true) {
    if (at + 16 <= end) {
      const mask = specials(v128.load(at));
      if (mask == 0) {
        at += 16;
        continue;
      }
      at += ctz(mask);
    } else {
      while (at < end && !isSpecial(load<u8>(at))) at++;
      if (at >= end) return INCOMPLETE;
    }
    const byte = load<u8>(at);
    if (byte == QUOTE) return at + 1;
    if (byte != BACKSLASH) return OTHER;
    at = skipEscape(at, end);
    if (at < 0) return at;
  }
}

// @ts-ignore: decorator
@inline
function isSpecial(byte: u8): bool {
  return byte == QUOTE || byte == BACKSLASH || byte < 0x20;
}

function skipEscape(at: i32, end: i32): i32 {
  if (at + 1 >= end) return INCOMPLETE;
  switch (load<u8>(at, 1)) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // slash
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2;
    case 0x75: {
      // u
      if (at + 6 > end) return INCOMPLETE;
      for (let i = at + 2; i < at + 6; i++) if (!isHex(load<u8>(i))) return OTHER;
      return at + 6;
    }
    default:
      return OTHER;
  }
}

// @ts-ignore: decorator
@inline
function isHex(byte: u8): bool {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u8): bool {
  return byte >= ZERO && byte <= NINE;
}

function skipDigits(start: i32, end: i32): i32 {
  let at = start;
  while (at < end && isDigit(load<u8>(at))) at++;
  if (at >= end) return INCOMPLETE;
  return at == start ? OTHER : at;
}

/** A number is complete only once the byte after it is there. */
function skipNumber(start: i32, end: i32): i32 {
  let at = load<u8>(start) == MINUS ? start + 1 : start;
  if (at >= end) return INCOMPLETE;
  if (load<u8>(at) == ZERO) {
    at++;
    if (at >= end) return INCOMPLETE;
    if (isDigit(load<u8>(at))) return OTHER;
  } else {
    at = skipDigits(at, end);
    if (at < 0) return at;
  }
  if (load<u8>(at) == DOT) {
    at = skipDigits(at + 1, end);
    if (at < 0) return at;
  }
  if ((load<u8>(at) | 0x20) == 0x65) {
    at++;
    if (at >= end) return INCOMPLETE;
    if (load<u8>(at) == 0x2b || load<u8>(at) == MINUS) at++;
    at = skipDigits(at, end);
  }
  return at;
}

function skipLiteral(start: i32, end: i32): i32 {
  const first = load<u8>(start);
  const length: i32 = first == 0x66 ? 5 : 4;
  if (start + length > end) return INCOMPLETE;
  const word = load<u32>(start);
  // 'true', 'null' and 'fals' in little-endian order.
  if (word == 0x65757274 || word == 0x6c6c756e) return start + 4;
  return word == 0x736c6166 && load<u8>(start, 4) == 0x65 ? start + 5 : OTHER;
}

function skipContainer(start: i32, end: i32, depth: i32): i32 {
  if (depth >= MAX_DEPTH) return OTHER;
  const isObject = load<u8>(start) == OPEN_BRACE;
  const close: u8 = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
  let at = start + 1;
  if (at >= end) return INCOMPLETE;
  if (load<u8>(at) == close) return at + 1;
  while (true) {
    if (isObject) {
      if (load<u8>(at) != QUOTE) return OTHER;
      at = skipString(at, end);
      if (at < 0) return at;
      if (at >= end) return INCOMPLETE;
      if (load<u8>(at) != COLON) return OTHER;
      at++;
    }
    at = skipValue(at, end, depth + 1);
    if (at < 0) return at;
    if (at >= end) return INCOMPLETE;
    const byte = load<u8>(at);
    at++;
    if (byte == close) return at;
    if (byte != COMMA) return OTHER;
    if (at >= end) return INCOMPLETE;
  }
}
