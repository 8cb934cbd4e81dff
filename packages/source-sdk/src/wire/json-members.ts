import { ErrorCode, FatalSourceError } from '../errors.ts';

/**
 * The members of a JSON object by name, each value as the very text it has. Values are cut out and never parsed, so that a
 * 64-bit integer or `5.0` in them stays what it is (invariant I11). A name that comes twice has its last value.
 * @throws FatalSourceError BAD_ELEMENT when the text is not one JSON object; what is inside a value is not looked at
 */
export function jsonMembers(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  let at = skipSpace(text, 0);
  if (text[at] !== '{') throw malformed(at);
  at = skipSpace(text, at + 1);
  if (text[at] === '}') return end(text, at, members);
  for (;;) {
    if (text[at] !== '"') throw malformed(at);
    const nameEnd = stringEnd(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    at = skipSpace(text, nameEnd);
    if (text[at] !== ':') throw malformed(at);
    const start = skipSpace(text, at + 1);
    const valueStop = valueEnd(text, start);
    if (valueStop === start) throw malformed(start);
    members.set(name, text.slice(start, valueStop));
    at = skipSpace(text, valueStop);
    if (text[at] === '}') return end(text, at, members);
    if (text[at] !== ',') throw malformed(at);
    at = skipSpace(text, at + 1);
  }
}

function end<T>(text: string, at: number, result: T): T {
  if (skipSpace(text, at + 1) !== text.length) throw malformed(at + 1);
  return result;
}

const malformed = (at: number): FatalSourceError =>
  new FatalSourceError(ErrorCode.BadElement, `a change is not a JSON object: see character ${at}`);

const [QUOTE, BACKSLASH, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [
  0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d,
] as const;

function skipSpace(text: string, at: number): number {
  let next = at;
  while (/[ \t\n\r]/.test(text[next] ?? '')) next++;
  return next;
}

/** Behind the string that begins at `at`. */
function stringEnd(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  throw malformed(text.length);
}

function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return stringEnd(text, start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) {
    let at = start;
    while (at < text.length && !/[,}\] \t\n\r]/.test(text[at] as string)) at++;
    return at;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at) - 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  throw malformed(text.length);
}
