/**
 * Scanning of JSON text (RFC 8259) in a byte window, without building values. Every function takes the window's bytes and
 * the end of what has arrived, and returns the index after the token, or -1 when the token may go on beyond the end: the caller then brings
 * more bytes and starts the token again. Malformed text throws {@link JsonSyntaxError}.
 */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  /** Index in the bytes scanned. */
  readonly at: number;
  readonly tooDeep: boolean;

  constructor(message: string, at: number, tooDeep = false) {
    super(message);
    this.at = at;
    this.tooDeep = tooDeep;
  }
}

/** Deeper nesting of one value throws: a hostile or broken body must not exhaust the stack. */
export const MAX_NESTING = 512;

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;

const LITERALS: ReadonlyMap<number, Uint8Array> = new Map(
  ['true', 'false', 'null'].map((text) => [text.charCodeAt(0), new TextEncoder().encode(text)]),
);

export function skipWhitespace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
    at++;
  }
  return at;
}

function isHex(byte: number): boolean {
  return (byte >= ZERO && byte <= NINE) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** `at` is the backslash. */
function skipEscape(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return -1;
  switch (bytes[at + 1]) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // slash
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2;
    case 0x75: // u
      for (let i = at + 2; i < at + 6; i++) {
        if (i >= end) return -1;
        if (!isHex(bytes[i] as number))
          throw new JsonSyntaxError('\\u is not followed by four hex digits', i);
      }
      return at + 6;
    default:
      throw new JsonSyntaxError('an unknown escape in a string', at);
  }
}

/** `start` is the opening quote. */
export function skipString(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) {
      at = skipEscape(bytes, at, end);
      if (at < 0) return -1;
    } else if (byte < 0x20) {
      throw new JsonSyntaxError('a control character inside a string', at);
    } else {
      at++;
    }
  }
  return -1;
}

function skipDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte < ZERO || byte > NINE) {
      if (at === start) throw new JsonSyntaxError('a digit is missing in a number', at);
      return at;
    }
    at++;
  }
  return -1;
}

/** A number is complete only once the byte after it is there. */
export function skipNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  if (at >= end) return -1;
  if (bytes[at] === ZERO) {
    at++;
    if (at >= end) return -1;
    const next = bytes[at] as number;
    if (next >= ZERO && next <= NINE) throw new JsonSyntaxError('a number with a leading zero', at);
  } else {
    at = skipDigits(bytes, at, end);
    if (at < 0) return -1;
  }
  if (bytes[at] === DOT) {
    at = skipDigits(bytes, at + 1, end);
    if (at < 0) return -1;
  }
  if (((bytes[at] as number) | 0x20) === 0x65) {
    at++;
    if (at >= end) return -1;
    if (bytes[at] === 0x2b || bytes[at] === MINUS) at++;
    at = skipDigits(bytes, at, end);
  }
  return at;
}

function skipLiteral(bytes: Uint8Array, start: number, end: number): number {
  const literal = LITERALS.get(bytes[start] as number);
  if (literal === undefined) throw new JsonSyntaxError('a value is expected', start);
  for (let i = 1; i < literal.length; i++) {
    if (start + i >= end) return -1;
    if (bytes[start + i] !== literal[i]) throw new JsonSyntaxError('a value is expected', start);
  }
  return start + literal.length;
}

function skipContainer(bytes: Uint8Array, start: number, end: number, depth: number): number {
  if (depth >= MAX_NESTING) {
    throw new JsonSyntaxError(`a value is nested deeper than ${MAX_NESTING} levels`, start, true);
  }
  const object = bytes[start] === OPEN_BRACE;
  const close = object ? CLOSE_BRACE : CLOSE_BRACKET;
  let at = skipWhitespace(bytes, start + 1, end);
  if (at >= end) return -1;
  if (bytes[at] === close) return at + 1;
  for (;;) {
    if (object) {
      if (bytes[at] !== QUOTE) throw new JsonSyntaxError('a property name is expected', at);
      at = skipString(bytes, at, end);
      if (at < 0) return -1;
      at = skipWhitespace(bytes, at, end);
      if (at >= end) return -1;
      if (bytes[at] !== COLON) throw new JsonSyntaxError('a colon is expected after a property name', at);
      at = skipWhitespace(bytes, at + 1, end);
      if (at >= end) return -1;
    }
    at = skipValue(bytes, at, end, depth + 1);
    if (at < 0) return -1;
    at = skipWhitespace(bytes, at, end);
    if (at >= end) return -1;
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== COMMA) throw new JsonSyntaxError('a comma or a closing bracket is expected', at);
    at = skipWhitespace(bytes, at + 1, end);
    if (at >= end) return -1;
  }
}

/** `start` is the first byte of the value, not white space. */
export function skipValue(bytes: Uint8Array, start: number, end: number, depth = 0): number {
  if (start >= end) return -1;
  const byte = bytes[start] as number;
  if (byte === QUOTE) return skipString(bytes, start, end);
  if ((byte >= ZERO && byte <= NINE) || byte === MINUS) return skipNumber(bytes, start, end);
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return skipContainer(bytes, start, end, depth);
  return skipLiteral(bytes, start, end);
}
