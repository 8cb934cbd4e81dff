/** What a result says about itself in its tables beside the rows. */
import { cellText, cellToken, contentOf } from '../cells.ts';
import { KustoError } from '../errors.ts';
import { errorOfResult } from '../service-errors.ts';
import type { RowBatch } from '../types.ts';
import { COMMA, CLOSE_BRACE, skipValue, skipWhitespace } from './json.ts';

/** Levels from here up are information (rule of QueryCompletionInformation and QueryStatus). */
const FIRST_HARMLESS_LEVEL = 3;

function columnOf(batch: RowBatch, ...names: readonly string[]): number {
  return batch.columns.findIndex((column) => names.includes(column.name));
}

/**
 * A failure told by QueryCompletionInformation (v2, `Level`) or QueryStatus (v1, `Severity`). With deferred partial failures
 * this row is the only sign: the completion frame then says that nothing is wrong.
 */
export function checkCompletionInformation(batch: RowBatch): void {
  const level = columnOf(batch, 'Level', 'Severity');
  if (level < 0) return;
  const explanation = columnOf(batch, 'StatusDescription', 'Payload');
  for (let row = 0; row < batch.rowCount; row++) {
    const text = cellText(batch, row, level);
    if (text === undefined || !(Number(text) < FIRST_HARMLESS_LEVEL)) continue;
    const words = [columnOf(batch, 'EventTypeName'), columnOf(batch, 'StatusCodeName'), explanation]
      .map((column) => (column < 0 ? undefined : cellText(batch, row, column)))
      .filter((word) => word !== undefined && word !== '');
    throw errorOfResult([words.join(': ')], `a status row of level ${text}`);
  }
}

export interface ExtendedProperties {
  readonly cursor: string | undefined;
}

/**
 * The `@ExtendedProperties` table: v2 `TableId, Key, Value`, v1 one column `Value` with `{"Cursor": …}`. No published example shows
 * the cursor's exact form in v2, so a string, JSON in a string, an object and a bare number are all read, digits kept as text.
 * @throws KustoError KUSTO_STALE_ANSWER when the answer came from the result cache
 */
export function readExtendedProperties(batch: RowBatch): ExtendedProperties {
  const key = columnOf(batch, 'Key');
  const value = columnOf(batch, 'Value');
  if (value < 0) return { cursor: undefined };
  let cursor: string | undefined;
  for (let row = 0; row < batch.rowCount; row++) {
    const token = cellToken(batch, row, value);
    if (token === 'null') continue;
    const name = key < 0 ? undefined : cellText(batch, row, key);
    if (name === 'ServerCache' || (key < 0 && propertyOf(token, 'ServerCache') !== undefined)) throw stale();
    if (name === 'Cursor') cursor = cursorOf(token) ?? cursor;
    else if (key < 0) cursor = cursorOf(propertyOf(token, 'Cursor')) ?? cursor;
  }
  return { cursor };
}

function stale(): KustoError {
  return new KustoError(
    'KUSTO_STALE_ANSWER',
    'the answer came from the result cache of the service; exempt this client from CachedResultsMaxAge',
  );
}

function cursorOf(token: string | undefined): string | undefined {
  if (token === undefined || token === 'null') return undefined;
  const content = contentOf(token).trim();
  if (content.startsWith('{'))
    return cursorOf(propertyOf(content, 'Cursor') ?? propertyOf(content, 'cursor'));
  if (content.startsWith('"') && content !== token) return cursorOf(content);
  return content === '' || content === 'null' ? undefined : content;
}

/** The raw token of one property of an object, which may be given as JSON in a string. JSON.parse would round a cursor given as a number. */
export function propertyOf(token: string, wanted: string): string | undefined {
  const text = contentOf(token).trim();
  if (!text.startsWith('{')) return undefined;
  const bytes = Buffer.from(text, 'utf8');
  try {
    if (skipValue(bytes, 0, bytes.length) !== bytes.length) return undefined;
  } catch {
    return undefined;
  }
  let at = skipWhitespace(bytes, 1, bytes.length);
  while (at < bytes.length && bytes[at] !== CLOSE_BRACE) {
    const nameEnd = skipValue(bytes, at, bytes.length);
    const name = contentOf(bytes.toString('utf8', at, nameEnd));
    const from = skipWhitespace(bytes, skipWhitespace(bytes, nameEnd, bytes.length) + 1, bytes.length);
    const to = skipValue(bytes, from, bytes.length);
    if (name === wanted) return bytes.toString('utf8', from, to);
    at = skipWhitespace(bytes, to, bytes.length);
    if (bytes[at] === COMMA) at = skipWhitespace(bytes, at + 1, bytes.length);
  }
  return undefined;
}

/** The kinds of a v1 answer's tables by ordinal, from its TableOfContents; undefined when the table is none. */
export function readTableOfContents(batch: RowBatch): ReadonlyMap<number, string> | undefined {
  const ordinal = columnOf(batch, 'Ordinal');
  const kind = columnOf(batch, 'Kind');
  if (ordinal < 0 || kind < 0) return undefined;
  const kinds = new Map<number, string>();
  for (let row = 0; row < batch.rowCount; row++) {
    kinds.set(Number(cellText(batch, row, ordinal)), cellText(batch, row, kind) ?? '');
  }
  return kinds;
}
