import type { DuckDBValue } from '@duckdb/node-api';
import { KustoServiceError } from '../errors.ts';
import type { Column } from '../types.ts';
import { absentValue, valueParser } from '../engine/values/parse-value.ts';
import { DelimitedScanner } from './delimited.ts';
import { JsonScanner, jsonText } from './json-values.ts';
import { malformedData, maximumRecordLength } from './malformed-data.ts';

/** Stored values by ordinal of the table's columns. */
export type Row = readonly DuckDBValue[];

const delimiters: ReadonlyMap<string, string> = new Map([
  ['csv', ','],
  ['tsv', '\t'],
  ['psv', '|'],
  ['scsv', ';'],
  ['sohsv', '\u0001'],
]);

export const ingestionFormats: readonly string[] = [...delimiters.keys(), 'json', 'multijson', 'txt', 'raw'];

/** How the data of an ingestion is read. */
export interface FormatOptions {
  /** One of {@link ingestionFormats}. */
  readonly format: string;
  /** Leave out the first record of a delimited text: its header line. */
  readonly ignoreFirstRecord: boolean;
}

/**
 * The rows of a text in one of the ingestion formats. Delimited fields are matched by ordinal: a short record is padded
 * (null, or '' for a string), further fields of a long one are dropped. JSON is matched by column name. A line of txt, or the
 * whole of a raw text, is the first column's value.
 *
 * @throws KustoServiceError `BadRequest_FormatNotSupported`, or `BadRequest_MalformedData` for text that is no records
 */
export function parseRows(text: string, columns: readonly Column[], options: FormatOptions): Iterable<Row> {
  return new RowScanner(columns, options).push(text, true);
}

/** As {@link parseRows}, of a text that comes in pieces. */
export class RowScanner {
  readonly #read: (piece: string, isLast: boolean) => Iterable<Row>;
  #isFirstPiece = true;

  constructor(columns: readonly Column[], { format, ignoreFirstRecord }: FormatOptions) {
    const delimiter = delimiters.get(format);
    if (delimiter !== undefined) {
      const scanner = new DelimitedScanner(delimiter);
      const rows = delimitedRows(columns, ignoreFirstRecord);
      this.#read = (piece, isLast) => rows(scanner.push(piece, isLast));
    } else if (format === 'json' || format === 'multijson') {
      const scanner = new JsonScanner();
      this.#read = (piece, isLast) => objectRows(scanner.push(piece, isLast), columns);
    } else if (format === 'txt' || format === 'raw') {
      const scanner = new LineScanner(format === 'raw');
      const rows = delimitedRows(columns, ignoreFirstRecord);
      this.#read = (piece, isLast) => rows(scanner.push(piece, isLast));
    } else {
      throw formatNotSupported(format, ingestionFormats);
    }
  }

  /** The rows that end in this piece; to be drained before the next piece. */
  push(piece: string, isLast: boolean): Iterable<Row> {
    const isMarked = this.#isFirstPiece && piece.startsWith('\uFEFF');
    if (piece !== '') this.#isFirstPiece = false;
    return this.#read(isMarked ? piece.slice(1) : piece, isLast);
  }
}

/** `BadRequest_FormatNotSupported` */
export function formatNotSupported(format: string, supported: readonly string[]): KustoServiceError {
  return new KustoServiceError({
    message: `The format "${format}" is not supported by this endpoint; use one of: ${supported.join(', ')}.`,
    code: 'BadRequest_FormatNotSupported',
    type: 'Kusto.Data.Exceptions.FormatNotSupportedException',
  });
}

/** Lines as records of one field, empty ones left out; or the whole text as one. */
class LineScanner {
  readonly #whole: boolean;
  #rest = '';

  constructor(whole: boolean) {
    this.#whole = whole;
  }

  *push(piece: string, isLast: boolean): Generator<string[]> {
    const text = this.#rest + piece;
    if (text.length > maximumRecordLength && (this.#whole || !text.includes('\n')))
      throw malformedData(`a record is longer than ${maximumRecordLength} characters`);
    this.#rest = '';
    if (this.#whole) {
      if (!isLast) this.#rest = text;
      else if (text !== '') yield [text];
      return;
    }
    const lines = text.split('\n');
    if (!isLast) this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const bare = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (bare !== '') yield [bare];
    }
  }
}

function delimitedRows(
  columns: readonly Column[],
  ignoreFirstRecord: boolean,
): (records: Iterable<readonly string[]>) => Generator<Row> {
  const parsers = columns.map(({ type }) => valueParser(type));
  const absent = columns.map(({ type }) => absentValue(type));
  let skip = ignoreFirstRecord;
  return function* rows(records) {
    for (const record of records) {
      if (skip) {
        skip = false;
        continue;
      }
      yield parsers.map((parse, ordinal) => {
        const field = record[ordinal];
        return field === undefined || field === '' ? (absent[ordinal] ?? null) : parse(field);
      });
    }
  };
}

/** Rows of objects: a property of the column's name gives its value (a bigint, a Date and raw JSON numbers are exact). */
export function* objectRows(
  objects: Iterable<Readonly<Record<string, unknown>>>,
  columns: readonly Column[],
): Generator<Row> {
  const readers = columns.map(({ name, type }) => {
    const parse = valueParser(type);
    const absent = absentValue(type);
    return (object: Readonly<Record<string, unknown>>): DuckDBValue => {
      const value = Object.hasOwn(object, name) ? object[name] : undefined;
      const text = type === 'dynamic' ? dynamicText(value) : fieldText(value);
      return text === undefined || (text === '' && type !== 'string') ? absent : parse(text);
    };
  });
  for (const object of objects) yield readers.map((read) => read(object));
}

function fieldText(value: unknown): string | undefined {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number') return String(value);
  return jsonText(value);
}

/** A string property is a JSON string here, not JSON text: `{"d": "1"}` holds the string "1". */
function dynamicText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'bigint') return value.toString();
  return jsonText(typeof value === 'string' ? JSON.stringify(value) : value);
}
