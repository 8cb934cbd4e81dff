/**
 * JSON strings in ASCII, byte by byte. Drasi parses with serde_json, which refuses the escape of half a surrogate pair and
 * with it the whole line, so such an escape becomes `\ufffd` like any other text that is no text.
 */
import type { OutputBuffer } from './output-buffer.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
const REPLACEMENT = 0xfffd;
/** The most bytes one step of a loop below writes: two escapes. */
const STEP = 12;
const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** What follows the backslash in the short escapes, by the byte they stand for. */
const SHORT_ESCAPES: ReadonlyMap<number, number> = new Map([
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
  [0x08, 0x62],
  [0x0c, 0x66],
  [0x0a, 0x6e],
  [0x0d, 0x72],
  [0x09, 0x74],
]);

/** And the other way round, with the slash, which may be escaped but need not be. */
const SHORT_MEANINGS: ReadonlyMap<number, number> = new Map([
  ...[...SHORT_ESCAPES].map(([meaning, letter]) => [letter, meaning] as const),
  [0x2f, 0x2f],
]);

/**
 * Copies the JSON string whose opening quote is at `start`: its escapes as they are, everything beyond ASCII as `\uXXXX`.
 * Returns the index after the closing quote, or -1 when `bytes[start .. end)` is no JSON string (`out` then holds a part).
 */
export function copyJsonString(bytes: Buffer, start: number, end: number, out: OutputBuffer): number {
  let from = start + 1;
  out.appendByte(QUOTE);
  for (;;) {
    out.reserve(end - from < 64 ? end - from + STEP : 64 + STEP);
    const target = out.bytes;
    const room = target.length - STEP;
    let at = out.at;
    let byte = 0;
    // The loop that most bytes of most tables go through.
    while (from < end && at < room) {
      byte = bytes[from] as number;
      if (byte >= 0x80 || byte === QUOTE || byte === BACKSLASH || byte < 0x20) break;
      target[at++] = byte;
      from++;
    }
    out.at = at;
    if (from >= end) return -1;
    if (at >= room) continue;
    if (byte === QUOTE) {
      target[out.at++] = QUOTE;
      return from + 1;
    }
    if (byte < 0x20) return -1;
    from = byte === BACKSLASH ? copyEscape(bytes, from, end, out) : appendCharacter(bytes, from, end, out);
    if (from < 0) return -1;
  }
}

/** `start` is the backslash. Needs room for {@link STEP} bytes. */
function copyEscape(bytes: Buffer, start: number, end: number, out: OutputBuffer): number {
  const letter = start + 1 < end ? (bytes[start + 1] as number) : 0;
  if (letter !== SMALL_U) {
    if (!SHORT_MEANINGS.has(letter)) return -1;
    out.append(bytes, start, start + 2);
    return start + 2;
  }
  const unit = hexUnit(bytes, start + 2, end);
  if (unit < 0) return -1;
  const low = isHigh(unit) ? lowEscape(bytes, start + 6, end) : -1;
  if (low >= 0) {
    out.append(bytes, start, start + 12);
    return start + 12;
  }
  if (isSurrogate(unit)) appendEscape(REPLACEMENT, out);
  else out.append(bytes, start, start + 6);
  return start + 6;
}

/**
 * Writes the text of the JSON string `bytes[start .. end)`, quotes included, as UTF-8 without its escapes.
 * The string must be well-formed.
 */
export function unescapeJsonString(bytes: Buffer, start: number, end: number, out: OutputBuffer): void {
  const last = end - 1;
  let from = start + 1;
  while (from < last) {
    let run = bytes.indexOf(BACKSLASH, from);
    if (run < 0 || run > last) run = last;
    out.append(bytes, from, run);
    if (run === last) return;
    from = unescapeOne(bytes, run, last, out);
  }
}

function unescapeOne(bytes: Buffer, start: number, end: number, out: OutputBuffer): number {
  const letter = bytes[start + 1] as number;
  const meaning = SHORT_MEANINGS.get(letter);
  if (meaning !== undefined) {
    out.appendByte(meaning);
    return start + 2;
  }
  const unit = hexUnit(bytes, start + 2, end);
  const low = isHigh(unit) ? lowEscape(bytes, start + 6, end) : -1;
  appendUtf8(
    low < 0 ? (isSurrogate(unit) ? REPLACEMENT : unit) : 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
    out,
  );
  return low < 0 ? start + 6 : start + 12;
}

/** Writes UTF-8 text as a JSON string in ASCII. */
export function quoteUtf8(bytes: Buffer, start: number, end: number, out: OutputBuffer): void {
  out.appendByte(QUOTE);
  let from = start;
  while (from < end) {
    const byte = bytes[from] as number;
    out.reserve(STEP);
    if (byte >= 0x80) from = appendCharacter(bytes, from, end, out);
    else {
      appendAscii(byte, out);
      from++;
    }
  }
  out.appendByte(QUOTE);
}

/** Writes the inside of a JSON string, without quotes, in the one form a text has: the escapes of JSON.stringify, in ASCII. */
export function appendText(text: string, out: OutputBuffer): void {
  for (let i = 0; i < text.length; i++) {
    out.reserve(STEP);
    const unit = text.charCodeAt(i);
    if (unit < 0x7f) {
      appendAscii(unit, out);
    } else if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) {
      appendEscape(unit, out);
      appendEscape(text.charCodeAt(++i), out);
    } else {
      appendEscape(isSurrogate(unit) ? REPLACEMENT : unit, out);
    }
  }
}

function appendAscii(byte: number, out: OutputBuffer): void {
  if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) {
    out.bytes[out.at++] = byte;
    return;
  }
  const letter = SHORT_ESCAPES.get(byte);
  if (letter === undefined) {
    appendEscape(byte, out);
    return;
  }
  out.bytes[out.at++] = BACKSLASH;
  out.bytes[out.at++] = letter;
}

/**
 * Writes the character that begins with the byte beyond ASCII at `start`. Broken UTF-8 becomes U+FFFD, one for each longest beginning of
 * a character (WHATWG Encoding, UTF-8 decoder), as TextDecoder has it. Needs room for {@link STEP} bytes.
 */
function appendCharacter(bytes: Buffer, start: number, end: number, out: OutputBuffer): number {
  const first = bytes[start] as number;
  let more = 0;
  let lowest = 0x80;
  let highest = 0xbf;
  let point = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    more = 1;
    point = first & 0x1f;
  } else if (first >= 0xe0 && first <= 0xef) {
    more = 2;
    point = first & 0x0f;
    if (first === 0xe0) lowest = 0xa0;
    if (first === 0xed) highest = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    more = 3;
    point = first & 0x07;
    if (first === 0xf0) lowest = 0x90;
    if (first === 0xf4) highest = 0x8f;
  }
  let at = start + 1;
  if (more === 0) {
    appendEscape(REPLACEMENT, out);
    return at;
  }
  for (; more > 0; more--) {
    const next = at < end ? (bytes[at] as number) : 0;
    if (next < lowest || next > highest) {
      appendEscape(REPLACEMENT, out);
      return at;
    }
    point = (point << 6) | (next & 0x3f);
    lowest = 0x80;
    highest = 0xbf;
    at++;
  }
  if (point < 0x1_0000) {
    appendEscape(point, out);
    return at;
  }
  appendEscape(0xd800 + ((point - 0x1_0000) >> 10), out);
  appendEscape(0xdc00 + ((point - 0x1_0000) & 0x3ff), out);
  return at;
}

/** `\uXXXX`. Needs room for 6 bytes. */
function appendEscape(unit: number, out: OutputBuffer): void {
  const bytes = out.bytes;
  const at = out.at;
  bytes[at] = BACKSLASH;
  bytes[at + 1] = SMALL_U;
  bytes[at + 2] = HEX[unit >> 12] as number;
  bytes[at + 3] = HEX[(unit >> 8) & 15] as number;
  bytes[at + 4] = HEX[(unit >> 4) & 15] as number;
  bytes[at + 5] = HEX[unit & 15] as number;
  out.at = at + 6;
}

function appendUtf8(point: number, out: OutputBuffer): void {
  if (point < 0x80) {
    out.appendByte(point);
    return;
  }
  if (point < 0x800) {
    out.appendByte(0xc0 | (point >> 6));
  } else {
    if (point < 0x1_0000) {
      out.appendByte(0xe0 | (point >> 12));
    } else {
      out.appendByte(0xf0 | (point >> 18));
      out.appendByte(0x80 | ((point >> 12) & 0x3f));
    }
    out.appendByte(0x80 | ((point >> 6) & 0x3f));
  }
  out.appendByte(0x80 | (point & 0x3f));
}

/** The unit of the four hex digits at `start`, or -1. */
function hexUnit(bytes: Buffer, start: number, end: number): number {
  if (start + 4 > end) return -1;
  let unit = 0;
  for (let i = start; i < start + 4; i++) {
    const byte = bytes[i] as number;
    const letter = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) unit = (unit << 4) | (byte - 0x30);
    else if (letter >= 0x61 && letter <= 0x66) unit = (unit << 4) | (letter - 0x57);
    else return -1;
  }
  return unit;
}

/** The low surrogate whose escape is at `start`, or -1. */
function lowEscape(bytes: Buffer, start: number, end: number): number {
  if (start + 6 > end || bytes[start] !== BACKSLASH || bytes[start + 1] !== SMALL_U) return -1;
  const unit = hexUnit(bytes, start + 2, end);
  return isLow(unit) ? unit : -1;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
