import { KustoError, type KustoColumn, type RowBatch } from '@drasi-kusto/kusto-client';
import type { EncodedChange, EncodedElements } from '@drasi-kusto/source-sdk';
import { cellSource } from './cell-transforms.ts';
import { deleteBefore } from './delete-change.ts';
import { hashId } from './id-hash.ts';
import { OutputBuffer } from './output-buffer.ts';
import { RowKernel, TABLE_WIDTH, type KernelRun } from './row-kernel.ts';
import { checkColumns, planRows, type RowPlan, type RowPlanOptions } from './row-plan.ts';
import { RowWriter } from './row-writer.ts';
import { datetimeToNs } from './timestamp.ts';

export interface ElementEncoderOptions extends RowPlanOptions {
  /** Nanoseconds since 1970 (UTC), for changes whose row has no usable timestamp. Asked at most once a batch. */
  readonly now: () => bigint;
  /** Encodes the bulk of the rows; default one of its own. What an encoder gave out is void once its kernel is used again. */
  readonly kernel?: RowKernel | undefined;
}

/** Decides, by the four words of hash of its id that begin at `at`, whether an element is encoded or left out. */
export interface IdFilter {
  admit(hash: Uint32Array, at: number): boolean;
}

/** NDJSON, and where in it each row of the batch ends; a row that was left out ends where it begins. */
export interface EncodedElementRows extends EncodedElements {
  readonly ends: Uint32Array;
}

/** Rows in wire form, one after the other. */
interface EncodedRows {
  readonly bytes: Buffer;
  /** Where each row of the batch ends; a row that was left out ends where it begins. */
  readonly ends: Uint32Array;
  readonly count: number;
}

const LINE_END = 0x0a;
const QUOTE = 0x22;
const SMALL_N = 0x6e;
/** The wire's timestamps are unsigned, and the SDK holds them to 64 bits signed: the year 2262. */
const MAX_TIMESTAMP_NS = 2n ** 63n - 1n;
/** A smaller batch is not worth being copied to the kernel. */
const WORTH_ROWS = 8;
/** After a row that the kernel does not know, this many rows at most are encoded without it. */
const MAX_PAUSE = 1024;

/**
 * Turns rows into nodes in wire form, `{"id":"<label>:<k1>,<k2>","labels":["<label>"],"properties":{…}}`, or into relations, which have
 * `"startId":"<label>:…","endId":"<label>:…"` before their properties, from bytes to bytes. The id is that of `idInEntity`
 * (I4); properties are in the order of the columns, key columns included, or as the configuration names them. A
 * relation with a missing end is dangling, and left out.
 * One encoder serves one result at a time: it reuses its buffers.
 */
export class ElementEncoder {
  readonly #plan: RowPlan;
  readonly #writer: RowWriter;
  readonly #now: () => bigint;
  readonly #out = new OutputBuffer();
  #kernel: RowKernel | undefined;
  #checkedColumns: readonly KustoColumn[];

  /**
   * @throws KustoSourceError SCHEMA when a key or timestamp column is missing or of a type that cannot serve, or two
   *   columns have one name
   */
  constructor(options: ElementEncoderOptions) {
    this.#plan = planRows(options);
    this.#writer = new RowWriter(this.#plan);
    this.#checkedColumns = options.columns;
    this.#now = options.now;
    this.#kernel = options.kernel;
  }

  /**
   * Every row as an NDJSON line, valid until the encoder is used again; without the rows that the filter does not admit.
   * @throws KustoError KUSTO_BAD_CELL for a cell that its column's type does not have
   * @throws KustoSourceError SCHEMA when the batch has other columns than the encoder was made for
   */
  encodeElements(batch: RowBatch, filter?: IdFilter): EncodedElementRows {
    const { bytes, count, ends } = this.#encode(batch, filter, true);
    return { ndjson: bytes, count, ends };
  }

  /** Of relations: how many bytes behind an element's id the text of its `startId` has begun. */
  get toStartId(): number | undefined {
    return this.#plan.ends.length === 0 ? undefined : this.#plan.afterId.length;
  }

  /** Of relations: their ends follow from their key, so that no relation ever has others. */
  get endsOfKey(): boolean {
    const keys = new Set(this.#plan.keys.map(({ ordinal }) => ordinal));
    return this.#plan.ends.every(({ ordinal }) => keys.has(ordinal));
  }

  /**
   * Every row as an upsert, in the order of the rows, for a feed that remembers no keys: a relation whose ends may be others
   * than before is deleted first (rule R22). Throws as {@link encodeElements} does.
   */
  encodeChanges(batch: RowBatch, filter?: IdFilter): EncodedChange[] {
    const upserts = this.encodeUpserts(batch, filter);
    return this.endsOfKey ? upserts : upserts.flatMap((upsert) => [deleteBefore(upsert), upsert]);
  }

  /**
   * Every row as one upsert, for a feed that knows which of them moved. Throws as {@link encodeElements} does.
   * @param rows gets the number of each change's row
   */
  encodeUpserts(batch: RowBatch, filter?: IdFilter, rows?: number[]): EncodedChange[] {
    const { bytes, ends } = this.#encode(batch, filter, false);
    const elements = Buffer.from(bytes);
    const table = this.#plan.ends.length === 0 ? 'node' : 'rel';
    const changes: EncodedChange[] = [];
    let start = 0;
    let now: bigint | undefined;
    for (let row = 0; row < batch.rowCount; row++) {
      const end = ends[row] as number;
      if (end === start) continue;
      const timestampNs = this.#timestampNs(batch, row) ?? (now ??= this.#now());
      changes.push({ op: 'u', table, element: elements.subarray(start, end), timestampNs });
      rows?.push(row);
      start = end;
    }
    return changes;
  }

  #encode(batch: RowBatch, filter: IdFilter | undefined, lines: boolean): EncodedRows {
    if (batch.columns !== this.#checkedColumns) checkColumns(this.#plan, batch.columns);
    this.#checkedColumns = batch.columns;
    this.#out.clear();
    const { rowCount } = batch;
    const rows = new RowsInProgress(this.#out, rowCount, filter);
    if (rowCount < WORTH_ROWS) return this.#slowly(batch, rows, 0, rowCount, lines).end();
    const kernel = (this.#kernel ??= new RowKernel());
    if (!kernel.load(this.#plan, batch)) return this.#slowly(batch, rows, 0, rowCount, lines).end();
    let pause = 1;
    for (let row = 0; row < rowCount;) {
      const run = kernel.encode(row, lines);
      const whole = rows.addRun(run);
      if (whole !== undefined) return whole;
      // A table whose every row is unusual must not pay twice for each.
      pause = run.next - row > pause ? 1 : Math.min(pause * 2, MAX_PAUSE);
      row = Math.min(rowCount, run.next + pause);
      this.#slowly(batch, rows, run.next, row, lines);
    }
    return rows.end();
  }

  /** Encodes rows in TypeScript. */
  #slowly(batch: RowBatch, rows: RowsInProgress, from: number, to: number, lines: boolean): RowsInProgress {
    if (from === to) return rows;
    const source = cellSource(batch);
    const out = this.#out;
    for (let row = from; row < to; row++) {
      const start = out.at;
      if (!this.#writer.write(batch, source, row, out)) {
        rows.addNothing();
        continue;
      }
      if (lines) out.appendByte(LINE_END);
      rows.addWritten(start, this.#writer.id);
    }
    return rows;
  }

  /** `undefined` when the row has no timestamp that the wire can carry. */
  #timestampNs(batch: RowBatch, row: number): bigint | undefined {
    const { timestamp, columns } = this.#plan;
    if (timestamp === undefined) return undefined;
    const slot = 2 * (row * columns.length + timestamp);
    const from = batch.offsets[slot] as number;
    const to = batch.offsets[slot + 1] as number;
    const { bytes } = batch;
    if (bytes[from] === SMALL_N) return undefined;
    const ns = bytes[from] === QUOTE ? datetimeToNs(bytes, from + 1, to - 1) : undefined;
    if (ns === undefined) {
      const shown = Buffer.from(bytes.subarray(from, Math.min(to, from + 40))).toString('utf8');
      const { name } = columns[timestamp] as KustoColumn;
      throw new KustoError(
        'KUSTO_BAD_CELL',
        `column ${JSON.stringify(name)} has ${shown}, which is no datetime`,
      );
    }
    return ns < 0n || ns > MAX_TIMESTAMP_NS ? undefined : ns;
  }
}

/** Collects what the kernel and the writer made of one batch, less what the filter leaves out. */
class RowsInProgress {
  readonly #out: OutputBuffer;
  readonly #filter: IdFilter | undefined;
  readonly #ends: Uint32Array;
  readonly #hash = new Uint32Array(4);
  #rows = 0;
  #count = 0;

  constructor(out: OutputBuffer, rowCount: number, filter: IdFilter | undefined) {
    this.#out = out;
    this.#filter = filter;
    this.#ends = new Uint32Array(rowCount);
  }

  /** Takes the kernel's rows over; the result, without a copy, when they are the whole batch and all admitted. */
  addRun({ bytes, table }: KernelRun): EncodedRows | undefined {
    const filter = this.#filter;
    const mayBeWhole = this.#rows === 0 && table.length === this.#ends.length * TABLE_WIDTH;
    const base = this.#out.at;
    let start = 0;
    let kept = 0;
    let left = 0;
    for (let at = 0; at < table.length; at += TABLE_WIDTH) {
      const end = table[at] as number;
      if (filter?.admit(table, at + 1) === false) {
        this.#take(bytes, kept, start);
        kept = end;
        left += end - start;
      } else this.#count += 1;
      this.#ends[this.#rows++] = base + end - left;
      start = end;
    }
    if (mayBeWhole && left === 0) {
      const { buffer, byteOffset, byteLength } = bytes;
      return { bytes: Buffer.from(buffer, byteOffset, byteLength), ends: this.#ends, count: this.#count };
    }
    this.#take(bytes, kept, start);
    return undefined;
  }

  /** A row that makes no element. */
  addNothing(): void {
    this.#ends[this.#rows++] = this.#out.at;
  }

  /** Takes the row over that was written to the output from `start` on. */
  addWritten(start: number, id: { readonly from: number; readonly to: number }): void {
    const out = this.#out;
    if (this.#filter !== undefined) hashId(out.bytes, id.from, id.to, this.#hash);
    if (this.#filter?.admit(this.#hash, 0) === false) out.at = start;
    else this.#count += 1;
    this.#ends[this.#rows++] = out.at;
  }

  end(): EncodedRows {
    return { bytes: this.#out.view(), ends: this.#ends, count: this.#count };
  }

  #take(bytes: Uint8Array, from: number, to: number): void {
    const { buffer, byteOffset, byteLength } = bytes;
    this.#out.append(Buffer.from(buffer, byteOffset, byteLength), from, to);
  }
}
