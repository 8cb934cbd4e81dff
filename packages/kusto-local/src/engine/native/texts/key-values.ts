/** The scanner of `parse-kv` (page "parse-kv operator"): the first value of each listed key in a text. */
import type { NativeFunction } from '../native-functions.ts';

export interface Delimiters {
  readonly pair: string;
  readonly keyValue: string;
}

/** How a text is laid out. */
export interface KeyValueFormat {
  readonly keys: readonly string[];
  /** Undefined: whatever is no letter and no digit separates. */
  readonly delimiters?: Delimiters;
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

/** Reads quoted texts of one text. A quote that was not closed once is a character like others from there on: no second search. */
class QuoteReader {
  readonly #text: string;
  readonly #format: KeyValueFormat;
  readonly #unclosed = new Set<string>();

  constructor(text: string, format: KeyValueFormat) {
    this.#text = text;
    this.#format = format;
  }

  at(start: number): Quoted | undefined {
    const text = this.#text;
    const quote = this.#format.quotes.find(([open]) => text.startsWith(open, start));
    if (quote === undefined) return undefined;
    const [open, close] = quote;
    if (this.#unclosed.has(close)) return undefined;
    const { escapes } = this.#format;
    let content = '';
    for (let index = start + open.length; index < text.length; index += 1) {
      const character = text[index] ?? '';
      if (escapes.includes(character) && index + 1 < text.length) {
        index += 1;
        content += text[index] ?? '';
      } else if (text.startsWith(close, index)) {
        return { text: content, end: index + close.length };
      } else {
        content += character;
      }
    }
    this.#unclosed.add(close);
    return undefined;
  }
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
  { pair, keyValue }: Delimiters,
  format: KeyValueFormat,
): number {
  let pairEnd = -1;
  let nextPair = text.indexOf(pair, start);
  for (
    let next = text.indexOf(keyValue, start);
    next !== -1;
    next = text.indexOf(keyValue, next + keyValue.length)
  ) {
    while (nextPair !== -1 && nextPair + pair.length <= next) {
      pairEnd = nextPair;
      nextPair = text.indexOf(pair, nextPair + 1);
    }
    if (pairEnd === -1) continue;
    const key = text.slice(pairEnd + pair.length, next).trim();
    const quoted = new QuoteReader(key, format).at(0);
    const name = quoted?.end === key.length ? quoted.text : key;
    if (format.keys.includes(name)) return pairEnd;
    throw new Error(
      `parse-kv greedy: whether a value ends before the key '${name.slice(0, 60)}', which is not listed, is not documented: list it`,
    );
  }
  return text.length;
}

function delimited(text: string, format: KeyValueFormat, between: Delimiters): ReadonlyMap<string, string> {
  const { pair, keyValue } = between;
  const found = new Map<string, string>();
  const quotes = new QuoteReader(text, format);
  const delimiters = [pair, keyValue];
  let separator = -1;
  let index = 0;
  while (index < text.length) {
    index = skipBlanks(text, index, delimiters);
    const quotedKey = quotes.at(index);
    const from = quotedKey?.end ?? index;
    if (separator < from) separator = nextOf(text, keyValue, from);
    if (separator >= text.length) break;
    const pairEnd = nextOf(text, pair, from);
    if (pairEnd < separator) {
      index = pairEnd + pair.length;
      continue;
    }
    const key = quotedKey?.text ?? text.slice(index, separator).trim();
    const start = skipBlanks(text, separator + keyValue.length, delimiters);
    const quotedValue = quotes.at(start);
    let end: number;
    if (quotedValue !== undefined) end = nextOf(text, pair, quotedValue.end);
    else if (format.greedy) end = greedyEnd(text, start, between, format);
    else end = nextOf(text, pair, start);
    if (!found.has(key)) found.set(key, quotedValue?.text ?? text.slice(start, end).trim());
    index = end + pair.length;
  }
  return found;
}

function undelimited(text: string, format: KeyValueFormat): ReadonlyMap<string, string> {
  const word = /[\p{L}\p{N}]+/uy;
  const found = new Map<string, string>();
  const quotes = new QuoteReader(text, format);
  let key: string | undefined;
  let index = 0;
  while (index < text.length) {
    const quoted = quotes.at(index);
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
