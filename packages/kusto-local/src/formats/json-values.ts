import { malformedData, maximumRecordLength } from './malformed-data.ts';

/** A number literal that JSON.parse would round, kept as its text. */
interface RawJson {
  readonly rawJSON: string;
}

// Node 22 and later have these (TC39 "JSON.parse source text access"); the type library does not know them yet.
const json = JSON as typeof JSON & {
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
};

/**
 * JSON.parse that keeps every number exactly: one that a double cannot hold stays a raw JSON number, which
 * {@link jsonText} writes back as it was.
 */
export function parseJsonExact(text: string): unknown {
  // The reviver is several times slower; a short number is always exact enough.
  if (!/\d[\d.]{14}/.test(text)) return JSON.parse(text);
  const revive = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' && context.source !== undefined && isRounded(value, context.source)
      ? json.rawJSON(context.source)
      : value;
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

function isRounded(value: number, source: string): boolean {
  return source.replace(/\D/g, '').length > 15 && String(value) !== source;
}

/** The field text of a parsed value: a string as it is, anything else as JSON; undefined when there is none. */
export function jsonText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (json.isRawJSON(value)) return value.rawJSON;
  return JSON.stringify(value);
}

/** The top-level objects of a text that holds them one after the other, in lines or in arrays (JSON, MultiJSON). */
export function jsonObjects(text: string): Generator<Record<string, unknown>> {
  return new JsonScanner().push(text, true);
}

/** As {@link jsonObjects}, of a text that comes in pieces. */
export class JsonScanner {
  #rest = '';
  #ordinal = 0;
  #inArray = false;

  /** The objects that end in this piece; to be drained before the next piece. */
  *push(piece: string, isLast: boolean): Generator<Record<string, unknown>> {
    const text = this.#rest + piece;
    this.#rest = '';
    let start = 0;
    while ((start = skipSpace(text, start)) < text.length) {
      const opening = text.charAt(start);
      if (opening === (this.#inArray ? ']' : '[')) {
        this.#inArray = !this.#inArray;
        start += 1;
        continue;
      }
      if (opening !== '{') throw malformedData(`record ${this.#ordinal + 1} is not a JSON object`);
      const end = objectEnd(text, start);
      if (end === undefined && !isLast) {
        this.#keep(text.slice(start));
        return;
      }
      this.#ordinal += 1;
      yield this.#parse(text.slice(start, end));
      start = end ?? text.length;
    }
    if (isLast && this.#inArray) throw malformedData(`an array is not closed behind record ${this.#ordinal}`);
  }

  #parse(text: string): Record<string, unknown> {
    try {
      return parseJsonExact(text) as Record<string, unknown>;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw malformedData(`record ${this.#ordinal} is not valid JSON (${error.message})`);
    }
  }

  #keep(rest: string): void {
    if (rest.length > maximumRecordLength)
      throw malformedData(`record ${this.#ordinal + 1} is longer than ${maximumRecordLength} characters`);
    this.#rest = rest;
  }
}

function skipSpace(text: string, start: number): number {
  let position = start;
  while (position < text.length && /[\s,]/.test(text.charAt(position))) position += 1;
  return position;
}

/** Behind the brace that closes the one at `start`; undefined when none does. */
function objectEnd(text: string, start: number): number | undefined {
  let depth = 0;
  for (let position = start; position < text.length; position += 1) {
    switch (text.charCodeAt(position)) {
      case 0x22:
        position = stringEnd(text, position);
        break;
      case 0x7b:
      case 0x5b:
        depth += 1;
        break;
      case 0x7d:
      case 0x5d:
        depth -= 1;
        if (depth === 0) return position + 1;
        break;
      default:
    }
  }
  return undefined;
}

/** The place of the quote that closes the string opened at `start`. */
function stringEnd(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position += 1) {
    const code = text.charAt(position);
    if (code === '\\') position += 1;
    else if (code === '"') return position;
  }
  return text.length;
}
