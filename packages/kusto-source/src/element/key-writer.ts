import type { KustoColumn } from '@drasi-kusto/kusto-client';
import { cellTransform, type CellSource } from './cell-transforms.ts';
import { idComponent, nullComponent } from './element-id.ts';
import { appendText } from './json-string.ts';
import { OutputBuffer } from './output-buffer.ts';

/** Appends the component of an element's id that a key cell makes, as the inside of a JSON string. */
export type KeyWriter = (source: CellSource, from: number, to: number, out: OutputBuffer) => void;

const QUOTE = 0x22;
const PERCENT = 0x25;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SMALL_N = 0x6e;
const DELETE = 0x7f;

const NULL_COMPONENT = Buffer.from(nullComponent, 'latin1');
const ENCODED_PERCENT = Buffer.from(idComponent('%'), 'latin1');
const ENCODED_COLON = Buffer.from(idComponent(':'), 'latin1');
const ENCODED_COMMA = Buffer.from(idComponent(','), 'latin1');

/**
 * The writer of a key column: `idComponent` of the cell's text, on bytes. The text is that of the property's value, so a
 * key has one id however the service writes it (real 5 as `5.0`, bool 1 as `true`). Only a real NaN or infinity, whose
 * property is null, keeps its name: its id would otherwise be that of the null key.
 */
export function keyWriter(column: KustoColumn): KeyWriter {
  if (column.type === 'string') return (source, from, to, out) => appendToken(source.bytes, from, to, out);
  const transform = cellTransform(column);
  const value = new OutputBuffer(64);
  return (source, from, to, out) => {
    value.clear();
    transform(source, from, to, value);
    const isNamed = value.bytes[0] === SMALL_N && source.bytes[from] === QUOTE;
    if (isNamed) appendToken(source.bytes, from, to, out);
    else appendToken(value.bytes, 0, value.at, out);
  };
}

/** Appends the component of a JSON token: a string's text, or a number or bool as it stands. */
function appendToken(bytes: Buffer, from: number, to: number, out: OutputBuffer): void {
  const first = bytes[from] as number;
  if (first === SMALL_N) {
    out.appendAll(NULL_COMPONENT);
    return;
  }
  const isString = first === QUOTE;
  const start = isString ? from + 1 : from;
  const end = isString ? to - 1 : to;
  out.reserve(3 * (end - start));
  const target = out.bytes;
  let at = out.at;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte >= DELETE || byte === BACKSLASH) {
      appendSlowly(bytes, from, to, out);
      return;
    }
    if (byte === PERCENT || byte === COLON || byte === COMMA) {
      const encoded = byte === PERCENT ? ENCODED_PERCENT : byte === COLON ? ENCODED_COLON : ENCODED_COMMA;
      target[at++] = encoded[0] as number;
      target[at++] = encoded[1] as number;
      target[at++] = encoded[2] as number;
    } else {
      target[at++] = byte;
    }
  }
  out.at = at;
}

/** Text with escapes or beyond ASCII is decoded first, so that every way to write it gives one id. */
function appendSlowly(bytes: Buffer, from: number, to: number, out: OutputBuffer): void {
  const token = bytes.toString('utf8', from, to);
  appendText(idComponent(token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)), out);
}
