import { KustoServiceError } from '../errors.ts';

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
export function* jsonObjects(text: string): Generator<Record<string, unknown>> {
  let ordinal = 0;
  for (const document of jsonDocuments(text)) {
    for (const item of Array.isArray(document) ? (document as unknown[]) : [document]) {
      ordinal += 1;
      if (typeof item !== 'object' || item === null || Array.isArray(item) || json.isRawJSON(item)) {
        throw malformed(`record ${ordinal} is not a JSON object`);
      }
      yield item as Record<string, unknown>;
    }
  }
}

function* jsonDocuments(text: string): Generator<unknown> {
  let start = 0;
  let ordinal = 0;
  while ((start = skipSpace(text, start)) < text.length) {
    const end = documentEnd(text, start);
    ordinal += 1;
    try {
      yield parseJsonExact(text.slice(start, end));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw malformed(`record ${ordinal} is not valid JSON (${error.message})`);
    }
    start = end;
  }
}

function skipSpace(text: string, start: number): number {
  let position = start;
  while (position < text.length && /[\s,]/.test(text.charAt(position))) position += 1;
  return position;
}

/** Behind the bracket that closes the one at `start`; the end of the line when there is none at `start`. */
function documentEnd(text: string, start: number): number {
  const opening = text.charAt(start);
  if (opening !== '{' && opening !== '[') {
    const lineEnd = text.indexOf('\n', start);
    return lineEnd === -1 ? text.length : lineEnd;
  }
  let depth = 0;
  for (let position = start; position < text.length; position += 1) {
    switch (text.charAt(position)) {
      case '"':
        position = stringEnd(text, position);
        break;
      case '{':
      case '[':
        depth += 1;
        break;
      case '}':
      case ']':
        depth -= 1;
        if (depth === 0) return position + 1;
        break;
      default:
    }
  }
  return text.length;
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

function malformed(what: string): KustoServiceError {
  return new KustoServiceError({
    message: `The data to ingest is malformed: ${what}.`,
    code: 'BadRequest_MalformedData',
    type: 'Kusto.DataNode.Exceptions.DataFormatException',
  });
}
