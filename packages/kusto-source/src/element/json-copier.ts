import { copyJsonString } from './json-string.ts';
import type { OutputBuffer } from './output-buffer.ts';

/**
 * Levels of nesting in one value. serde_json, with which Drasi parses, gives up on a message of more than 128 levels; the
 * rest is for the envelopes around the value.
 */
export const MAX_NESTING = 99;

/** Numbers without an exponent and not longer than this are finite doubles. */
const SURELY_FINITE_DIGITS = 300;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SMALL_E = 0x65;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const LITERALS: readonly Buffer[] = ['true', 'false', 'null'].map((text) => Buffer.from(text, 'latin1'));

/** Copies JSON values that may be anything, checking the grammar (RFC 8259) on the way. */
export class JsonCopier {
  /** The kinds of the containers that are open, outermost first: `{` or `[`. */
  readonly #open = new Uint8Array(MAX_NESTING);

  /**
   * Copies the one JSON object or array that fills `bytes[start .. end)`, in ASCII and without the white space between
   * its tokens: a line end there would cut the NDJSON line. Returns false, and writes nothing, for what Drasi could not
   * parse: text that is no object or array, deeper than {@link MAX_NESTING}, or with a number beyond the doubles.
   */
  copy(bytes: Buffer, start: number, end: number, out: OutputBuffer): boolean {
    const mark = out.at;
    if (this.#copyContainer(bytes, start, end, out)) return true;
    out.at = mark;
    return false;
  }

  #copyContainer(bytes: Buffer, start: number, end: number, out: OutputBuffer): boolean {
    const open = this.#open;
    let depth = 0;
    let from = skipSpace(bytes, start, end);
    for (;;) {
      // A value begins at `from`.
      const byte = from < end ? (bytes[from] as number) : 0;
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (depth === MAX_NESTING) return false;
        out.appendByte(byte);
        const inside = skipSpace(bytes, from + 1, end);
        // `{` and `}`, `[` and `]` are two apart.
        if (bytes[inside] === byte + 2 && inside < end) {
          out.appendByte(byte + 2);
          from = inside + 1;
        } else {
          open[depth++] = byte;
          from = byte === OPEN_BRACE ? copyName(bytes, inside, end, out) : inside;
          if (from < 0) return false;
          continue;
        }
      } else {
        // A scalar is a value only inside a container: this text is to be an object or an array.
        if (depth === 0) return false;
        from = copyScalar(bytes, from, end, out);
        if (from < 0) return false;
      }
      // A value has ended: close what ends here, up to the comma before the next one.
      for (;;) {
        from = skipSpace(bytes, from, end);
        if (depth === 0) return from === end;
        const next = from < end ? (bytes[from] as number) : 0;
        const kind = open[depth - 1] as number;
        if (next === COMMA) {
          out.appendByte(COMMA);
          from = skipSpace(bytes, from + 1, end);
          if (kind === OPEN_BRACE) from = copyName(bytes, from, end, out);
          if (from < 0) return false;
          break;
        }
        if (next !== kind + 2 || (next !== CLOSE_BRACE && next !== CLOSE_BRACKET)) return false;
        out.appendByte(next);
        depth--;
        from++;
      }
    }
  }
}

/** The name of a member, its colon and the space after it. */
function copyName(bytes: Buffer, start: number, end: number, out: OutputBuffer): number {
  if (start >= end || bytes[start] !== QUOTE) return -1;
  let from = copyJsonString(bytes, start, end, out);
  if (from < 0) return -1;
  from = skipSpace(bytes, from, end);
  if (from >= end || bytes[from] !== COLON) return -1;
  out.appendByte(COLON);
  return skipSpace(bytes, from + 1, end);
}

function copyScalar(bytes: Buffer, start: number, end: number, out: OutputBuffer): number {
  if (start >= end) return -1;
  const byte = bytes[start] as number;
  if (byte === QUOTE) return copyJsonString(bytes, start, end, out);
  if (byte === MINUS || isDigit(byte)) {
    const after = skipNumber(bytes, start, end);
    if (after < 0 || !isFiniteNumber(bytes, start, after)) return -1;
    out.append(bytes, start, after);
    return after;
  }
  for (const literal of LITERALS) {
    if (literal[0] !== byte) continue;
    const after = start + literal.length;
    if (after > end || bytes.compare(literal, 0, literal.length, start, after) !== 0) return -1;
    out.appendAll(literal);
    return after;
  }
  return -1;
}

/** Whether the JSON number `bytes[start .. end)` is one that serde_json takes: it refuses `1e999`. */
export function isFiniteNumber(bytes: Buffer, start: number, end: number): boolean {
  let exponent = end - start > SURELY_FINITE_DIGITS;
  for (let i = start; i < end && !exponent; i++) exponent = ((bytes[i] as number) | 0x20) === SMALL_E;
  return !exponent || Number.isFinite(Number(bytes.toString('latin1', start, end)));
}

function skipNumber(bytes: Buffer, start: number, end: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  at = at < end && bytes[at] === ZERO ? at + 1 : skipDigits(bytes, at, end);
  if (at > 0 && at < end && bytes[at] === DOT) at = skipDigits(bytes, at + 1, end);
  if (at > 0 && at < end && ((bytes[at] as number) | 0x20) === SMALL_E) {
    const sign = at + 1 < end ? (bytes[at + 1] as number) : 0;
    at = skipDigits(bytes, sign === MINUS || sign === 0x2b ? at + 2 : at + 1, end);
  }
  return at;
}

function skipDigits(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isDigit(bytes[at] as number)) at++;
  return at === start ? -1 : at;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

function skipSpace(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at++;
  }
  return at;
}
