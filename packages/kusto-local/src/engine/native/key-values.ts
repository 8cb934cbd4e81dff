/** The scanner of `parse-kv` (page "parse-kv operator"): the first value of each listed key in a text. */
import type { NativeFunction } from '../native-functions.ts';

/** How a text is laid out. */
export interface KeyValueFormat {
  readonly keys: readonly string[];
  /** Undefined: whatever is no letter and no digit separates. */
  readonly delimiters?: { readonly pair: string; readonly keyValue: string };
  /** Opening and closing quotes. */
  readonly quotes: readonly (readonly [string, string])[];
  readonly escapes: readonly string[];
  /** An unquoted value ends at the next key. */
  readonly greedy: boolean;
}

/** A text between quotes, and where it ends. */
interface Quoted {
  readonly text: string;
  readonly end: number;
}

function quotedAt(text: string, start: number, format: KeyValueFormat): Quoted | undefined {
  const quote = format.quotes.find(([open]) => text.startsWith(open, start));
  if (quote === undefined) return undefined;
  const [open, close] = quote;
  let content = '';
  for (let index = start + open.length; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (format.escapes.includes(character) && index + 1 < text.length) {
      index += 1;
      content += text[index] ?? '';
    } else if (text.startsWith(close, index)) {
      return { text: content, end: index + close.length };
    } else {
      content += character;
    }
  }
  // A quote that is not closed is a character like others.
  return undefined;
}

/** Skips white space, but not a delimiter that is made of it. */
function skipBlanks(text: string, start: number, delimiters: readonly string[]): number {
  let index = start;
  while (
    index < text.length &&
    /\s/.test(text[index] ?? '') &&
    !delimiters.some((delimiter) => text.startsWith(delimiter, index))
  ) {
    index += 1;
  }
  return index;
}

function nextOf(text: string, wanted: string, start: number): number {
  const found = text.indexOf(wanted, start);
  return found === -1 ? text.length : found;
}

/** Where a greedy value ends: before the pair delimiter in front of the next key. */
function greedyEnd(
  text: string,
  start: number,
  pair: string,
  keyValue: string,
  format: KeyValueFormat,
): number {
  let from = start;
  for (;;) {
    const next = text.indexOf(keyValue, from);
    if (next === -1) return text.length;
    const end = text.lastIndexOf(pair, next - pair.length);
    if (end >= start) {
      const key = text.slice(end + pair.length, next).trim();
      const quoted = quotedAt(key, 0, format);
      const name = quoted?.end === key.length ? quoted.text : key;
      if (format.keys.includes(name)) return end;
      throw new Error(
        `parse-kv greedy: whether a value ends before the key '${name.slice(0, 60)}', which is not listed, is not documented: list it`,
      );
    }
    from = next + keyValue.length;
  }
}

function delimited(
  text: string,
  format: KeyValueFormat,
  { pair, keyValue }: { readonly pair: string; readonly keyValue: string },
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const delimiters = [pair, keyValue];
  let index = 0;
  while (index < text.length) {
    index = skipBlanks(text, index, delimiters);
    const quotedKey = quotedAt(text, index, format);
    const from = quotedKey?.end ?? index;
    const separator = nextOf(text, keyValue, from);
    const pairEnd = nextOf(text, pair, from);
    if (separator >= text.length || pairEnd < separator) {
      index = pairEnd + pair.length;
      continue;
    }
    const key = quotedKey?.text ?? text.slice(index, separator).trim();
    const start = skipBlanks(text, separator + keyValue.length, delimiters);
    const quotedValue = quotedAt(text, start, format);
    let end: number;
    if (quotedValue !== undefined) end = nextOf(text, pair, quotedValue.end);
    else if (format.greedy) end = greedyEnd(text, start, pair, keyValue, format);
    else end = nextOf(text, pair, start);
    if (!found.has(key)) found.set(key, quotedValue?.text ?? text.slice(start, end).trim());
    index = end + pair.length;
  }
  return found;
}

function undelimited(text: string, format: KeyValueFormat): ReadonlyMap<string, string> {
  const word = /[\p{L}\p{N}]+/uy;
  const found = new Map<string, string>();
  let key: string | undefined;
  let index = 0;
  while (index < text.length) {
    const quoted = quotedAt(text, index, format);
    word.lastIndex = index;
    const token = quoted?.text ?? word.exec(text)?.[0];
    if (token === undefined) {
      index += 1;
      continue;
    }
    index = quoted?.end ?? index + token.length;
    if (key !== undefined) {
      if (!found.has(key)) found.set(key, quoted === undefined ? token : token.trim());
      key = undefined;
    } else if (format.keys.includes(token)) {
      key = token;
    }
  }
  return found;
}

/** The first value of each key, in the order of the keys; undefined where the text has none. */
export function keyValues(text: string, format: KeyValueFormat): readonly (string | undefined)[] {
  const found =
    format.delimiters === undefined ? undelimited(text, format) : delimited(text, format, format.delimiters);
  return format.keys.map((key) => found.get(key));
}

/** A query has one format for all its rows: the last one is kept. */
function evaluator(): NativeFunction['evaluate'] {
  let json = '';
  let format: KeyValueFormat = { keys: [], quotes: [], escapes: [], greedy: false };
  return (text, given) => {
    if (given !== json) {
      json = String(given);
      format = JSON.parse(json) as KeyValueFormat;
    }
    return JSON.stringify(keyValues(String(text), format).map((one) => one ?? null));
  };
}

/** (text, the format as JSON) -> the values as a JSON array, null for a key that the text does not have. */
export const keyValueNatives: readonly NativeFunction[] = [
  {
    name: 'kql_key_values',
    parameters: ['text', 'text'],
    result: 'text',
    evaluate: evaluator(),
  },
];
