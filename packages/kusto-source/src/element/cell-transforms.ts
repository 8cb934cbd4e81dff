import { isAscii } from 'node:buffer';
import { decodeToken, type KustoColumn, type RowBatch } from '@drasi-kusto/kusto-client';
import { isFiniteNumber, JsonCopier } from './json-copier.ts';
import { copyJsonString, quoteUtf8, unescapeJsonString } from './json-string.ts';
import { OutputBuffer } from './output-buffer.ts';

/** The bytes of a batch, and what one look at all of them told. */
export interface CellSource {
  readonly bytes: Buffer;
  /** No byte beyond ASCII, and no escape that could be half a surrogate pair: strings can be copied as they are. */
  readonly plain: boolean;
}

/**
 * Writes the property value of the cell whose JSON token is `source.bytes[from .. to)`: one JSON value, ASCII, without a
 * line end. Values are as exact as Kusto sent them (I11).
 * @throws KustoError KUSTO_BAD_CELL for a token that the column's type does not have
 */
export type CellTransform = (source: CellSource, from: number, to: number, out: OutputBuffer) => void;

const QUOTE = 0x22;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const ONE = 0x31;
const NINE = 0x39;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const SMALL_E = 0x65;
const SMALL_F = 0x66;
const SMALL_N = 0x6e;
const SMALL_T = 0x74;
const OPEN_BRACE = 0x7b;

const NULL = Buffer.from('null', 'latin1');
const TRUE = Buffer.from('true', 'latin1');
const FALSE = Buffer.from('false', 'latin1');
const POINT_ZERO = Buffer.from('.0', 'latin1');

/** Every escape of a surrogate begins like one of these. */
const SURROGATE_ESCAPES = ['\\ud', '\\uD'].map((text) => Buffer.from(text, 'latin1'));

export function cellSource(batch: RowBatch): CellSource {
  const { buffer, byteOffset, byteLength } = batch.bytes;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return { bytes, plain: isAscii(bytes) && SURROGATE_ESCAPES.every((escape) => !bytes.includes(escape)) };
}

/**
 * The transform of a column:
 * - long, int: an integer. real: a number with a point or an exponent, since Drasi tells 5 from 5.0; NaN and the
 *   infinities, which JSON lacks, are null. bool: true or false, from 0 and 1 too.
 * - decimal: a string, which alone keeps its digits. datetime, timespan, guid, string: the string Kusto sent.
 * - dynamic: the JSON value. Kusto also sends it serialised in a string: text that is a JSON object or array is written
 *   as that, any other string stays one. A value that Drasi's parser would refuse (see JsonCopier) is sent as its text.
 */
export function cellTransform(column: KustoColumn): CellTransform {
  switch (column.type) {
    case 'int':
    case 'long':
      return integerTransform(column);
    case 'real':
      return realTransform(column);
    case 'bool':
      return boolTransform(column);
    case 'decimal':
      return decimalTransform(column);
    case 'datetime':
    case 'guid':
    case 'string':
    case 'timespan':
      return stringTransform(column);
    default:
      return dynamicTransform();
  }
}

function integerTransform(column: KustoColumn): CellTransform {
  return (source, from, to, out) => {
    const bytes = source.bytes;
    out.reserve(to - from);
    const target = out.bytes;
    let at = out.at;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      if ((byte < ZERO || byte > NINE) && (byte !== MINUS || i !== from)) {
        appendDecoded(column, source, from, to, out);
        return;
      }
      target[at++] = byte;
    }
    out.at = at;
  };
}

function realTransform(column: KustoColumn): CellTransform {
  return (source, from, to, out) => {
    const bytes = source.bytes;
    if (!isNumberStart(bytes[from] as number)) {
      appendDecoded(column, source, from, to, out);
      return;
    }
    let integral = true;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      if (byte === DOT || (byte | 0x20) === SMALL_E) {
        integral = false;
        break;
      }
    }
    if (!isFiniteNumber(bytes, from, to)) {
      out.appendAll(NULL);
      return;
    }
    out.append(bytes, from, to);
    if (integral) out.appendAll(POINT_ZERO);
  };
}

function boolTransform(column: KustoColumn): CellTransform {
  return (source, from, to, out) => {
    const first = source.bytes[from] as number;
    if (first === SMALL_T || (first === ONE && to - from === 1)) out.appendAll(TRUE);
    else if (first === SMALL_F || (first === ZERO && to - from === 1)) out.appendAll(FALSE);
    else appendDecoded(column, source, from, to, out);
  };
}

function decimalTransform(column: KustoColumn): CellTransform {
  const string = stringTransform(column);
  return (source, from, to, out) => {
    if (isNumberStart(source.bytes[from] as number)) appendQuoted(source.bytes, from, to, out);
    else string(source, from, to, out);
  };
}

function stringTransform(column: KustoColumn): CellTransform {
  return (source, from, to, out) => {
    if (source.bytes[from] !== QUOTE) appendDecoded(column, source, from, to, out);
    else appendString(source, from, to, out);
  };
}

function dynamicTransform(): CellTransform {
  const copier = new JsonCopier();
  const text = new OutputBuffer(64);
  return (source, from, to, out) => {
    const bytes = source.bytes;
    const first = bytes[from] as number;
    if (first === QUOTE) {
      if (mayHoldJson(bytes[from + 1] as number)) {
        text.clear();
        unescapeJsonString(bytes, from, to, text);
        if (copier.copy(text.bytes, 0, text.at, out)) return;
      }
      appendString(source, from, to, out);
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (!copier.copy(bytes, from, to, out)) quoteUtf8(bytes, from, to, out);
    } else if (isNumberStart(first) && !isFiniteNumber(bytes, from, to)) {
      appendQuoted(bytes, from, to, out);
    } else {
      out.append(bytes, from, to);
    }
  };
}

/** Whether the text of a string may be an object or an array, by its first byte; it may begin with white space. */
function mayHoldJson(byte: number): boolean {
  return byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === 0x20 || byte === BACKSLASH;
}

function isNumberStart(byte: number): boolean {
  return byte === MINUS || (byte >= ZERO && byte <= NINE);
}

function appendString(source: CellSource, from: number, to: number, out: OutputBuffer): void {
  if (source.plain) out.append(source.bytes, from, to);
  else copyJsonString(source.bytes, from, to, out);
}

function appendQuoted(bytes: Buffer, from: number, to: number, out: OutputBuffer): void {
  out.appendByte(QUOTE);
  out.append(bytes, from, to);
  out.appendByte(QUOTE);
}

/** Null, and the tokens that few services send: numbers and bools in strings, a timespan as a number of ticks. */
function appendDecoded(
  column: KustoColumn,
  source: CellSource,
  from: number,
  to: number,
  out: OutputBuffer,
): void {
  if (source.bytes[from] === SMALL_N) {
    out.appendAll(NULL);
    return;
  }
  const value = decodeToken(source.bytes.toString('utf8', from, to), column.type, column.name);
  switch (typeof value) {
    case 'number':
      out.appendAll(Buffer.from(floatText(value), 'latin1'));
      return;
    case 'string': {
      const text = Buffer.from(value, 'utf8');
      quoteUtf8(text, 0, text.length, out);
      return;
    }
    case 'bigint':
    case 'boolean':
      out.appendAll(Buffer.from(`${value}`, 'latin1'));
      return;
    default:
      // decodeToken gives objects for dynamic only, which does not come here.
      out.appendAll(NULL);
  }
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
