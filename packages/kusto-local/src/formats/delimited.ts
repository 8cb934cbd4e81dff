import { malformedData, maximumRecordLength } from './malformed-data.ts';

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The records of a delimited text (RFC 4180 with any one-character delimiter): a field may be quoted, a quote in it is
 * doubled, line breaks in it are kept. Records end with LF, CRLF or CR; an empty line is no record.
 *
 * @throws KustoServiceError `BadRequest_MalformedData` when a quote is not closed
 */
export function delimitedRecords(text: string, delimiter: string): Generator<string[]> {
  return new DelimitedScanner(delimiter).push(text, true);
}

/** As {@link delimitedRecords}, of a text that comes in pieces. */
export class DelimitedScanner {
  readonly #separator: number;
  #rest = '';
  #ordinal = 0;

  constructor(delimiter: string) {
    this.#separator = delimiter.charCodeAt(0);
  }

  /** The records that end in this piece; to be drained before the next piece. */
  *push(piece: string, isLast: boolean): Generator<string[]> {
    const text = this.#rest + piece;
    this.#rest = '';
    const end = text.length;
    let position = 0;
    while (position < end) {
      const first = text.charCodeAt(position);
      if (first === lineFeed || first === carriageReturn) {
        position += 1;
        continue;
      }
      const start = position;
      const record: string[] = [];
      let isOpen = false;
      for (;;) {
        if (text.charCodeAt(position) === quote) {
          const quoted = quotedField(text, position, this.#separator);
          if (quoted === undefined) {
            isOpen = true;
            break;
          }
          record.push(quoted[0]);
          position = quoted[1];
        } else {
          const stop = fieldEnd(text, position, this.#separator);
          record.push(text.slice(position, stop));
          position = stop;
        }
        if (position >= end || text.charCodeAt(position) !== this.#separator) break;
        position += 1;
      }
      if (!isLast && (isOpen || position >= end)) {
        this.#keep(text.slice(start));
        return;
      }
      this.#ordinal += 1;
      if (isOpen) throw malformedData(`a quote is not closed in record ${this.#ordinal}`);
      position += 1;
      yield record;
    }
  }

  #keep(rest: string): void {
    if (rest.length > maximumRecordLength) {
      throw malformedData(
        `record ${this.#ordinal + 1} is longer than ${maximumRecordLength} characters; is a quote not closed?`,
      );
    }
    this.#rest = rest;
  }
}

/** The place of the delimiter or line break that ends an unquoted field. */
function fieldEnd(text: string, start: number, separator: number): number {
  for (let position = start; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === separator || code === lineFeed || code === carriageReturn) return position;
  }
  return text.length;
}

/**
 * The field and the place behind it; undefined when its quote is not closed. What follows the closing quote up to the
 * delimiter belongs to the field.
 */
function quotedField(text: string, start: number, separator: number): [string, number] | undefined {
  let field = '';
  let from = start + 1;
  for (;;) {
    const close = text.indexOf('"', from);
    if (close === -1) return undefined;
    field += text.slice(from, close);
    if (text.charCodeAt(close + 1) !== quote) {
      const stop = fieldEnd(text, close + 1, separator);
      return [field + text.slice(close + 1, stop), stop];
    }
    field += '"';
    from = close + 2;
  }
}
