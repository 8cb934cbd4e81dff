import { KustoError, type KustoColumn, type RowBatch } from '@drasi-kusto/kusto-client';
import type { EncodedChange, EncodedElements } from '@drasi-kusto/source-sdk';
import { didYouMean } from '../config/nearest.ts';
import { KustoSourceError } from '../errors.ts';
import { cellSource, cellTransform, type CellSource, type CellTransform } from './cell-transforms.ts';
import { idComponent } from './element-id.ts';
import { appendText } from './json-string.ts';
import { keyWriter, type KeyWriter } from './key-writer.ts';
import { OutputBuffer } from './output-buffer.ts';
import { datetimeToNs } from './timestamp.ts';

export interface ElementEncoderOptions {
  /** The one label of every element. */
  readonly label: string;
  /** Key columns in the order of the id's components. */
  readonly key: readonly string[];
  /** The columns of the response whose rows are to be encoded. */
  readonly columns: readonly KustoColumn[];
  /** Helper columns, which are no properties; those the response does not have are ignored. */
  readonly omit: readonly string[];
  /** A datetime column that dates the changes. Without it changes bear `now()`. */
  readonly timestampColumn?: string;
  /** Nanoseconds since 1970 (UTC), for changes whose row has no usable timestamp. Asked at most once a batch. */
  readonly now: () => bigint;
}

/** Decides, by the bytes of its id, whether an element is encoded or left out. */
export interface IdFilter {
  admit(bytes: Uint8Array, from: number, to: number): boolean;
}

interface KeyCell {
  readonly ordinal: number;
  readonly write: KeyWriter;
}

interface PropertyCell {
  readonly ordinal: number;
  /** `"name":`, with a comma before it unless it is the first. */
  readonly prefix: Buffer;
  readonly write: CellTransform;
}

const COMMA = 0x2c;
const LINE_END = 0x0a;
const QUOTE = 0x22;
const SMALL_N = 0x6e;
const MAX_LISTED_COLUMNS = 20;
const OBJECT_ENDS = Buffer.from('}}', 'latin1');
/** The wire's timestamps are unsigned, and the SDK holds them to 64 bits signed: the year 2262. */
const MAX_TIMESTAMP_NS = 2n ** 63n - 1n;

/**
 * Turns rows into nodes in wire form, `{"id":"<label>:<k1>,<k2>","labels":["<label>"],"properties":{…}}`, from bytes to bytes.
 * The id is that of `elementId` (I4); properties are in the order of the columns, key columns included.
 * One encoder serves one result at a time: it reuses its buffers.
 */
export class ElementEncoder {
  readonly #columns: readonly KustoColumn[];
  readonly #head: Buffer;
  readonly #afterId: Buffer;
  readonly #keys: readonly KeyCell[];
  readonly #properties: readonly PropertyCell[];
  readonly #timestamp: number | undefined;
  readonly #now: () => bigint;
  readonly #out = new OutputBuffer();
  #checkedColumns: readonly KustoColumn[];

  /**
   * @throws KustoSourceError SCHEMA when a key or timestamp column is missing or of a type that cannot serve, or two
   *   columns have one name
   */
  constructor(options: ElementEncoderOptions) {
    const { label, columns } = options;
    refuseDuplicates(columns);
    this.#columns = columns;
    this.#checkedColumns = columns;
    this.#head = asciiBytes('{"id":"', idComponent(label), ':');
    this.#afterId = asciiBytes('","labels":["', label, '"],"properties":{');
    this.#keys = keyCells(options);
    this.#properties = propertyCells(options);
    this.#timestamp = timestampOrdinal(options);
    this.#now = options.now;
  }

  /**
   * Every row as an NDJSON line; without the rows that the filter does not admit.
   * @throws KustoError KUSTO_BAD_CELL for a cell that its column's type does not have
   * @throws KustoSourceError SCHEMA when the batch has other columns than the encoder was made for
   */
  encodeElements(batch: RowBatch, filter?: IdFilter): EncodedElements {
    this.#checkColumns(batch.columns);
    const out = this.#out;
    out.clear();
    const source = cellSource(batch);
    let count = 0;
    for (let row = 0; row < batch.rowCount; row++) {
      if (!this.#encodeRow(batch, source, row, filter)) continue;
      out.appendByte(LINE_END);
      count += 1;
    }
    return { ndjson: out.take(), count };
  }

  /** Every row as an upsert of a node, in the order of the rows. Throws as {@link encodeElements} does. */
  encodeChanges(batch: RowBatch, filter?: IdFilter): EncodedChange[] {
    this.#checkColumns(batch.columns);
    const out = this.#out;
    out.clear();
    const source = cellSource(batch);
    const ends = new Uint32Array(batch.rowCount);
    for (let row = 0; row < batch.rowCount; row++) {
      this.#encodeRow(batch, source, row, filter);
      ends[row] = out.at;
    }
    const elements = out.take();
    const changes: EncodedChange[] = [];
    let start = 0;
    let now: bigint | undefined;
    for (let row = 0; row < batch.rowCount; row++) {
      const end = ends[row] as number;
      if (end === start) continue;
      const timestampNs = this.#timestampNs(batch, source, row) ?? (now ??= this.#now());
      changes.push({ op: 'u', table: 'node', element: elements.subarray(start, end), timestampNs });
      start = end;
    }
    return changes;
  }

  /** False, and nothing written, when the filter does not admit the row's id. */
  #encodeRow(batch: RowBatch, source: CellSource, row: number, filter: IdFilter | undefined): boolean {
    const out = this.#out;
    const { offsets } = batch;
    const slot = 2 * row * this.#columns.length;
    const start = out.at;
    out.appendAll(this.#head);
    const id = out.at;
    const keys = this.#keys;
    for (let i = 0; i < keys.length; i++) {
      const { ordinal, write } = keys[i] as KeyCell;
      if (i > 0) out.appendByte(COMMA);
      write(source, offsets[slot + 2 * ordinal] as number, offsets[slot + 2 * ordinal + 1] as number, out);
    }
    if (filter !== undefined && !filter.admit(out.bytes, id, out.at)) {
      out.at = start;
      return false;
    }
    out.appendAll(this.#afterId);
    const properties = this.#properties;
    for (let i = 0; i < properties.length; i++) {
      const { ordinal, prefix, write } = properties[i] as PropertyCell;
      out.appendAll(prefix);
      write(source, offsets[slot + 2 * ordinal] as number, offsets[slot + 2 * ordinal + 1] as number, out);
    }
    out.appendAll(OBJECT_ENDS);
    return true;
  }

  /** `undefined` when the row has no timestamp that the wire can carry. */
  #timestampNs(batch: RowBatch, source: CellSource, row: number): bigint | undefined {
    if (this.#timestamp === undefined) return undefined;
    const slot = 2 * (row * this.#columns.length + this.#timestamp);
    const from = batch.offsets[slot] as number;
    const to = batch.offsets[slot + 1] as number;
    if (source.bytes[from] === SMALL_N) return undefined;
    const ns = source.bytes[from] === QUOTE ? datetimeToNs(source.bytes, from + 1, to - 1) : undefined;
    if (ns === undefined) {
      const shown = source.bytes.toString('utf8', from, Math.min(to, from + 40));
      const { name } = this.#columns[this.#timestamp] as KustoColumn;
      throw new KustoError(
        'KUSTO_BAD_CELL',
        `column ${JSON.stringify(name)} has ${shown}, which is no datetime`,
      );
    }
    return ns < 0n || ns > MAX_TIMESTAMP_NS ? undefined : ns;
  }

  /** A column that came or went between two answers must not shift every value into its neighbour's name. */
  #checkColumns(columns: readonly KustoColumn[]): void {
    if (columns === this.#checkedColumns) return;
    const isSame =
      columns.length === this.#columns.length &&
      this.#columns.every(({ name, type }, i) => columns[i]?.name === name && columns[i]?.type === type);
    if (!isSame) {
      throw new KustoSourceError(
        'SCHEMA',
        `the columns of the result changed: they were ${listed(this.#columns, describe)}, and are ${listed(columns, describe)}`,
      );
    }
    this.#checkedColumns = columns;
  }
}

function refuseDuplicates(columns: readonly KustoColumn[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw new KustoSourceError(
        'SCHEMA',
        `the result has two columns named ${JSON.stringify(name)}: rename one in KUSTO_QUERY, for example with project-rename`,
      );
    }
    seen.add(name);
  }
}

function keyCells({ key, columns, omit }: ElementEncoderOptions): readonly KeyCell[] {
  if (key.length === 0)
    throw new KustoSourceError('SCHEMA', 'there is no key column: elements need one to have an id');
  return key.map((name) => {
    const { ordinal, column } = findColumn(columns, name, 'PRIMARY_KEY: the key column', omit);
    if (column.type === 'dynamic') {
      throw new KustoSourceError(
        'SCHEMA',
        `PRIMARY_KEY: the key column ${JSON.stringify(name)} is dynamic, whose text is not the same each time: make it a string in KUSTO_QUERY, for example with extend and tostring()`,
      );
    }
    return { ordinal, write: keyWriter(column) };
  });
}

function propertyCells({ columns, omit }: ElementEncoderOptions): readonly PropertyCell[] {
  const omitted = new Set(omit);
  const cells: PropertyCell[] = [];
  for (const [ordinal, column] of columns.entries()) {
    if (omitted.has(column.name)) continue;
    const prefix = asciiBytes(cells.length === 0 ? '"' : ',"', column.name, '":');
    cells.push({ ordinal, prefix, write: cellTransform(column) });
  }
  return cells;
}

function timestampOrdinal({ columns, timestampColumn }: ElementEncoderOptions): number | undefined {
  if (timestampColumn === undefined) return undefined;
  const { ordinal, column } = findColumn(columns, timestampColumn, 'the timestamp column');
  if (column.type !== 'datetime') {
    const name = JSON.stringify(timestampColumn);
    throw new KustoSourceError(
      'SCHEMA',
      `the timestamp column ${name} is of type ${column.type}, not datetime`,
    );
  }
  return ordinal;
}

function findColumn(
  columns: readonly KustoColumn[],
  name: string,
  role: string,
  hidden: readonly string[] = [],
): { readonly ordinal: number; readonly column: KustoColumn } {
  const ordinal = columns.findIndex((column) => column.name === name);
  const column = columns[ordinal];
  if (column !== undefined) return { ordinal, column };
  const shown = columns.filter((each) => !hidden.includes(each.name));
  const names = shown.map((each) => each.name);
  throw new KustoSourceError(
    'SCHEMA',
    `${role} ${JSON.stringify(name)} is not in the result, which has ${listed(shown, nameOf)} (names are case-sensitive)${didYouMean(name, names)}`,
  );
}

function listed(columns: readonly KustoColumn[], text: (column: KustoColumn) => string): string {
  if (columns.length === 0) return 'no columns';
  const shown = columns.slice(0, MAX_LISTED_COLUMNS).map(text).join(', ');
  return columns.length > MAX_LISTED_COLUMNS
    ? `${shown} and ${columns.length - MAX_LISTED_COLUMNS} more`
    : shown;
}

function nameOf({ name }: KustoColumn): string {
  return name;
}

function describe({ name, type }: KustoColumn): string {
  return `${name}:${type}`;
}

/** `text` inside a JSON string, between two pieces of JSON that are ASCII already. */
function asciiBytes(before: string, text: string, after: string): Buffer {
  const out = new OutputBuffer(256);
  out.appendAll(Buffer.from(before, 'latin1'));
  appendText(text, out);
  out.appendAll(Buffer.from(after, 'latin1'));
  return out.take();
}
