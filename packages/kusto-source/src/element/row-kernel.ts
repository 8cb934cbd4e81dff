import { readFileSync } from 'node:fs';
import type { KustoType, RowBatch } from '@drasi-kusto/kusto-client';
import type { RowPlan } from './row-plan.ts';

/** The exports of `assembly/encode-rows.ts`, compiled. */
interface EncodeExports {
  readonly memory: WebAssembly.Memory;
  readonly encodeRows: (
    source: number,
    offsets: number,
    width: number,
    first: number,
    count: number,
    plan: number,
    keys: number,
    ends: number,
    properties: number,
    target: number,
    table: number,
    lineEnd: number,
  ) => number;
}

const compiled = new WebAssembly.Module(readFileSync(new URL('encode-rows.wasm', import.meta.url)));

const PAGE = 64 * 1024;
/** The plan begins here; below is the module's own. */
const PLAN_AT = 1024;
/** Room behind each part: copies go in steps of 16 bytes and may run over. */
const SLACK = 64;
/** A batch beyond this is left to the TypeScript: single huge rows are rare, and the memory here never shrinks. */
const MAX_BYTES = 1024 * 1024;
/** The same for the names around the cells: of long names and short cells, the names are nearly all of the output. */
const MAX_FIXED_BYTES = 16 * 1024 * 1024;
/** One byte of UTF-8 becomes at most this many of escapes (a two-byte character: six), or of a percent-encoded component of an id. */
const MOST_ESCAPED = 3;

const kinds: Readonly<Record<KustoType, number>> = {
  string: 0,
  guid: 0,
  datetime: 0,
  timespan: 0,
  decimal: 0,
  int: 1,
  long: 1,
  real: 2,
  bool: 3,
  dynamic: 4,
};

/** What a run of the kernel wrote. All views are valid until the next run. */
export interface KernelRun {
  /** The first row that was not encoded; it needs the TypeScript. */
  readonly next: number;
  readonly bytes: Uint8Array;
  /** {@link TABLE_WIDTH} words a row: where it ends, then the hash of its id. */
  readonly table: Uint32Array;
}

export const TABLE_WIDTH = 5;

/**
 * Encodes rows with WebAssembly. One serves any number of encoders, one after the other: what it wrote is valid until its next run.
 * Holds about 2 MB once used.
 */
export class RowKernel {
  readonly #exports = new WebAssembly.Instance(compiled).exports as unknown as EncodeExports;
  #plan: RowPlan | undefined;
  #planEnd = 0;
  /** Bytes that every row has beside its cells. */
  #fixed = 0;
  /** How often a cell is written, at most: in ids and in properties. */
  #timesWritten = 1;
  #batch: RowBatch | undefined;
  #sourceAt = 0;
  #offsetsAt = 0;
  #free = 0;

  /** Takes a batch in; false when it is too large. */
  load(plan: RowPlan, batch: RowBatch): boolean {
    if (batch.bytes.length > MAX_BYTES) return false;
    this.#writePlan(plan);
    if (batch.rowCount * this.#fixed > MAX_FIXED_BYTES) return false;
    this.#sourceAt = this.#planEnd;
    this.#offsetsAt = align(this.#sourceAt + batch.bytes.length + SLACK);
    this.#free = align(this.#offsetsAt + batch.offsets.length * 4 + SLACK);
    this.#reserve(this.#free);
    const { buffer } = this.#exports.memory;
    new Uint8Array(buffer).set(batch.bytes, this.#sourceAt);
    new Uint32Array(buffer).set(batch.offsets, this.#offsetsAt / 4);
    this.#batch = batch;
    return true;
  }

  /** Encodes rows of the batch from `first` on, until the first that it does not know how to. */
  encode(first: number, lineEnd: boolean): KernelRun {
    const batch = this.#batch;
    const plan = this.#plan;
    if (batch === undefined || plan === undefined) throw new Error('no batch is loaded');
    const rows = batch.rowCount - first;
    const tableAt = this.#free;
    const targetAt = align(tableAt + rows * TABLE_WIDTH * 4 + SLACK);
    const most = rows * this.#fixed + batch.bytes.length * MOST_ESCAPED * this.#timesWritten + SLACK;
    this.#reserve(targetAt + most);
    const { encodeRows, memory } = this.#exports;
    const next = encodeRows(
      this.#sourceAt,
      this.#offsetsAt,
      batch.columns.length,
      first,
      batch.rowCount,
      PLAN_AT,
      plan.keys.length,
      plan.ends.length,
      plan.properties.length,
      targetAt,
      tableAt,
      lineEnd ? 1 : 0,
    );
    const table = new Uint32Array(memory.buffer, tableAt, (next - first) * TABLE_WIDTH);
    const end = table.at(-TABLE_WIDTH) ?? 0;
    return { next, bytes: new Uint8Array(memory.buffer, targetAt, end), table };
  }

  #writePlan(plan: RowPlan): void {
    if (this.#plan === plan) return;
    const cells = [
      { ordinal: 0, kind: 0, prefix: plan.head },
      { ordinal: 0, kind: 0, prefix: plan.afterId },
      { ordinal: 0, kind: 0, prefix: plan.afterEnds },
      ...[...plan.keys, ...plan.ends, ...plan.properties].map(({ ordinal, column, prefix }) => ({
        ordinal,
        kind: kinds[column.type],
        prefix,
      })),
    ];
    const prefixBytes = cells.reduce((sum, { prefix }) => sum + prefix.length, 0);
    let at = PLAN_AT + cells.length * 16;
    this.#planEnd = align(at + prefixBytes + SLACK);
    this.#reserve(this.#planEnd);
    const { buffer } = this.#exports.memory;
    const words = new Uint32Array(buffer);
    const bytes = new Uint8Array(buffer);
    for (const [index, { ordinal, kind, prefix }] of cells.entries()) {
      words.set([ordinal, kind, at, prefix.length], PLAN_AT / 4 + index * 4);
      bytes.set(prefix, at);
      at += prefix.length;
    }
    // The brackets and the line end, the commas of the key, and `.0` behind every real.
    this.#fixed = prefixBytes + 4 + plan.keys.length + plan.properties.length * 2;
    const times = new Map<number, number>();
    for (const { ordinal } of cells.slice(3)) times.set(ordinal, (times.get(ordinal) ?? 0) + 1);
    this.#timesWritten = Math.max(...times.values());
    this.#plan = plan;
  }

  #reserve(size: number): void {
    const { memory } = this.#exports;
    const missing = size + SLACK - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  }
}

function align(at: number): number {
  return (at + 15) & ~15;
}
