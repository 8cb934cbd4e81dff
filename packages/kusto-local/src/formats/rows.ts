import type { DuckDBValue } from '@duckdb/node-api';
import { KustoServiceError } from '../errors.ts';
import type { Column } from '../types.ts';
import { absentValue, valueParser } from '../engine/parse-value.ts';
import { delimitedRecords } from './delimited.ts';
import { jsonObjects, jsonText } from './json-values.ts';

/** Stored values by ordinal of the table's columns. */
export type Row = readonly DuckDBValue[];

const delimiters: ReadonlyMap<string, string> = new Map([
  ['csv', ','],
  ['tsv', '\t'],
  ['psv', '|'],
  ['scsv', ';'],
]);

export const ingestionFormats: readonly string[] = [...delimiters.keys(), 'json', 'multijson'];

/** How the data of an ingestion is read. */
export interface FormatOptions {
  /** One of {@link ingestionFormats}. */
  readonly format: string;
  /** Leave out the first record of a delimited text: its header line. */
  readonly ignoreFirstRecord: boolean;
}

/**
 * The rows of a text in one of the ingestion formats. Delimited fields are matched by ordinal: a short record is padded
 * (null, or '' for a string), further fields of a long one are dropped. JSON is matched by column name.
 *
 * @throws KustoServiceError `BadRequest_FormatNotSupported`, or `BadRequest_MalformedData` for text that is no JSON
 */
export function parseRows(text: string, columns: readonly Column[], options: FormatOptions): Iterable<Row> {
  const delimiter = delimiters.get(options.format);
  if (delimiter !== undefined) return delimitedRows(text, delimiter, columns, options.ignoreFirstRecord);
  if (options.format === 'json' || options.format === 'multijson')
    return objectRows(jsonObjects(text), columns);
  throw new KustoServiceError({
    message: `The format "${options.format}" is not supported by this endpoint; use one of: ${ingestionFormats.join(', ')}.`,
    code: 'BadRequest_FormatNotSupported',
    type: 'Kusto.Data.Exceptions.FormatNotSupportedException',
  });
}

function* delimitedRows(
  text: string,
  delimiter: string,
  columns: readonly Column[],
  ignoreFirstRecord: boolean,
): Generator<Row> {
  const parsers = columns.map(({ type }) => valueParser(type));
  const absent = columns.map(({ type }) => absentValue(type));
  let skip = ignoreFirstRecord;
  for (const record of delimitedRecords(text, delimiter)) {
    if (skip) {
      skip = false;
      continue;
    }
    yield parsers.map((parse, ordinal) => {
      const field = record[ordinal];
      return field === undefined || field === '' ? (absent[ordinal] ?? null) : parse(field);
    });
  }
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
