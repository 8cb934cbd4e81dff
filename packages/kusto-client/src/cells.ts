import { KustoError } from './errors.ts';
import type { CellValue, KustoColumn, KustoType, RowBatch } from './types.ts';

const QUOTE = 0x22;
const INTEGER = /^-?\d+$/;
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The JSON token of a cell as text, exactly as the service sent it. */
export function cellToken(batch: RowBatch, row: number, column: number): string {
  const slot = 2 * (row * batch.columns.length + column);
  const from = batch.offsets[slot];
  const to = batch.offsets[slot + 1];
  if (
    row < 0 ||
    row >= batch.rowCount ||
    column < 0 ||
    column >= batch.columns.length ||
    from === undefined ||
    to === undefined
  ) {
    throw new RangeError(`no cell in row ${row}, column ${column}`);
  }
  return utf8(batch.bytes, from, to);
}

/**
 * A cell's text: of a string token its unescaped content, of any other token the token. `undefined` for null.
 * Right for every type but `dynamic`, where a string and JSON in a string cannot be told apart.
 */
export function cellText(batch: RowBatch, row: number, column: number): string | undefined {
  const token = cellToken(batch, row, column);
  return token === 'null' ? undefined : contentOf(token);
}

/**
 * A cell as a JavaScript value, without loss.
 * @throws KustoError KUSTO_BAD_CELL naming the column
 */
export function cellValue(batch: RowBatch, row: number, column: number): CellValue {
  const { name, type } = batch.columns[column] as KustoColumn;
  return decodeToken(cellToken(batch, row, column), type, name);
}

/** Every row as an array of values, in the order of the columns. Column names may repeat, so rows are no objects. */
export function rowsOf(batch: RowBatch): CellValue[][] {
  const rows: CellValue[][] = [];
  for (let row = 0; row < batch.rowCount; row++) {
    rows.push(batch.columns.map((_, column) => cellValue(batch, row, column)));
  }
  return rows;
}

/** Decodes one JSON token of the given type. */
export function decodeToken(token: string, type: KustoType, column: string): CellValue {
  if (token === 'null') return null;
  switch (type) {
    case 'bool':
      return decodeBool(token, column);
    case 'int':
    case 'long': {
      const text = contentOf(token);
      if (!INTEGER.test(text)) throw bad(column, type, token);
      return BigInt(text);
    }
    case 'real':
      return decodeReal(token, column);
    case 'decimal': {
      const text = contentOf(token);
      if (!NUMBER.test(text)) throw bad(column, type, token);
      return text;
    }
    case 'datetime':
    case 'timespan':
    case 'guid':
    case 'string':
      // Some feeds give a timespan as a number of ticks: its text is passed on, and the consumer judges.
      if (token.charCodeAt(0) !== QUOTE && (type !== 'timespan' || !INTEGER.test(token)))
        throw bad(column, type, token);
      return contentOf(token);
    case 'dynamic':
      return { json: token };
    default:
      throw bad(column, type satisfies never, token);
  }
}

function decodeBool(token: string, column: string): boolean {
  switch (contentOf(token)) {
    case 'true':
    case 'True':
    case '1':
      return true;
    case 'false':
    case 'False':
    case '0':
      return false;
    default:
      throw bad(column, 'bool', token);
  }
}

function decodeReal(token: string, column: string): number {
  const text = contentOf(token);
  switch (text) {
    case 'NaN':
      return Number.NaN;
    case 'Infinity':
      return Number.POSITIVE_INFINITY;
    case '-Infinity':
      return Number.NEGATIVE_INFINITY;
    default:
      if (!NUMBER.test(text)) throw bad(column, 'real', token);
      return Number(text);
  }
}

/** The content of a string token, or the token. */
export function contentOf(token: string): string {
  if (token.charCodeAt(0) !== QUOTE) return token;
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
}

function bad(column: string, type: KustoType, token: string): KustoError {
  const shown = token.length > 40 ? `${token.slice(0, 40)}…` : token;
  return new KustoError(
    'KUSTO_BAD_CELL',
    `column ${JSON.stringify(column)} has ${shown}, which is no ${type}`,
  );
}

function utf8(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', from, to);
}
