import { readFileSync } from 'node:fs';

/** The exports of `assembly/scan-rows.ts`, compiled. */
interface ScanExports {
  readonly memory: WebAssembly.Memory;
  readonly rows: WebAssembly.Global;
  readonly position: WebAssembly.Global;
  readonly expectsRow: WebAssembly.Global;
  readonly scanRows: (
    start: number,
    end: number,
    width: number,
    offsets: number,
    base: number,
    maxRows: number,
    wantsRow: number,
  ) => void;
}

const compiled = new WebAssembly.Module(readFileSync(new URL('scan-rows.wasm', import.meta.url)));

const PAGE = 64 * 1024;
/** The bytes begin here; below is the module's own. */
const BYTES_AT = 1024;
/** Larger stretches are left to the TypeScript: a huge row is rare, and the memory here never shrinks. */
const MAX_BYTES = 1024 * 1024;

export interface ScannedRows {
  readonly rows: number;
  /** Index behind the last row. */
  readonly end: number;
  /** Bounds of the cells, less `base`; valid until the next scan. */
  readonly offsets: Uint32Array;
  /** A row comes next, its comma is taken already. */
  readonly expectsRow: boolean;
}

/** Scans rows in their usual layout with WebAssembly; whatever it leaves is for {@link scanRow}. Holds about 1 MB once used. */
export class RowScanner {
  readonly #exports = new WebAssembly.Instance(compiled).exports as unknown as ScanExports;
  #bytes = new Uint8Array();
  #words = new Uint32Array();

  /**
   * @param base what offsets are relative to; undefined: the first row of this scan
   * @returns undefined when there is too much, or too little, for it to be worth the while
   */
  scan(
    bytes: Uint8Array,
    start: number,
    end: number,
    options: { width: number; maxRows: number; base: number | undefined; wantsRow: boolean },
  ): ScannedRows | undefined {
    const length = end - start;
    const { width, maxRows, wantsRow } = options;
    if (length > MAX_BYTES || width === 0) return undefined;
    // A row is its brackets and at least one byte and a comma a cell.
    const most = Math.min(maxRows, Math.ceil(length / (2 * width + 1)));
    const offsetsAt = (BYTES_AT + length + 64) & ~7;
    this.#reserve(offsetsAt + most * width * 8);
    this.#bytes.set(bytes.subarray(start, end), BYTES_AT);
    const shift = BYTES_AT - start;
    const base = options.base ?? (wantsRow ? start : start + 1);
    const { scanRows, rows, position, expectsRow } = this.#exports;
    scanRows(BYTES_AT, BYTES_AT + length, width, offsetsAt, base + shift, most, wantsRow ? 1 : 0);
    const count = rows.value;
    return {
      rows: count,
      end: position.value - shift,
      offsets: this.#words.subarray(offsetsAt / 4, offsetsAt / 4 + count * width * 2),
      expectsRow: expectsRow.value === 1,
    };
  }

  #reserve(size: number): void {
    const { memory } = this.#exports;
    if (memory.buffer.byteLength < size) memory.grow(Math.ceil((size - memory.buffer.byteLength) / PAGE));
    if (this.#bytes.buffer === memory.buffer) return;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
  }
}
