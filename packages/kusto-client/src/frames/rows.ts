import type { KustoColumn, RowBatch } from '../types.ts';
import type { RowScanner } from './row-scanner.ts';
import {
  BACKSLASH,
  CLOSE_BRACKET,
  COMMA,
  JsonSyntaxError,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipString,
  skipValue,
  skipWhitespace,
} from './json.ts';

/**
 * Scans one row `[cell, …]` and writes the bounds of its cells, relative to `base`, at `slot` and on.
 * Returns the index after the row, or -1 when it is not complete yet (what was written is then void).
 */
export function scanRow(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  offsets: Uint32Array,
  slot: number,
  base: number,
): number {
  let at = skipWhitespace(bytes, start + 1, end);
  if (at >= end) return -1;
  if (bytes[at] === CLOSE_BRACKET) {
    if (width !== 0) throw new JsonSyntaxError(`a row has 0 cells, its table ${width} columns`, at);
    return at + 1;
  }
  let next = slot;
  const last = slot + 2 * width;
  for (;;) {
    if (next === last) throw new JsonSyntaxError(`a row has more than ${width} cells`, at);
    const first = bytes[at] as number;
    offsets[next] = at - base;
    if (first === QUOTE) {
      // Strings are most of the bytes of most tables: this loop is skipString without the call.
      let i = at + 1;
      for (;;) {
        if (i >= end) return -1;
        const byte = bytes[i] as number;
        if (byte === QUOTE) break;
        if (byte === BACKSLASH || byte < 0x20) {
          i = skipString(bytes, at, end) - 1;
          if (i < 0) return -1;
          break;
        }
        i++;
      }
      at = i + 1;
    } else {
      at = skipValue(bytes, at, end);
      if (at < 0) return -1;
    }
    offsets[next + 1] = at - base;
    next += 2;
    if (at >= end) return -1;
    let byte = bytes[at] as number;
    if (byte !== COMMA && byte !== CLOSE_BRACKET) {
      at = skipWhitespace(bytes, at, end);
      if (at >= end) return -1;
      byte = bytes[at] as number;
    }
    if (byte === CLOSE_BRACKET) {
      if (next !== last) {
        throw new JsonSyntaxError(`a row has ${(next - slot) / 2} cells, its table ${width} columns`, at);
      }
      return at + 1;
    }
    if (byte !== COMMA) throw new JsonSyntaxError('a comma or the end of the row is expected', at);
    at++;
    if (at >= end) return -1;
    if ((bytes[at] as number) <= 0x20) {
      at = skipWhitespace(bytes, at, end);
      if (at >= end) return -1;
    }
  }
}

/** Collects the rows scanned in one window into a {@link RowBatch}. */
export class RowCollector {
  readonly columns: readonly KustoColumn[];
  readonly #maxRows: number;
  #offsets: Uint32Array;
  #spare: Uint32Array | undefined;
  #rows = 0;
  #base = 0;
  #end = 0;

  constructor(columns: readonly KustoColumn[], maxRows: number) {
    this.columns = columns;
    this.#maxRows = maxRows;
    this.#offsets = new Uint32Array(this.#slots(64));
  }

  get rows(): number {
    return this.#rows;
  }

  get full(): boolean {
    return this.#rows >= this.#maxRows;
  }

  /** Takes as many rows from `start` on as the scanner knows; undefined when it was not asked. */
  scanMany(
    scanner: RowScanner,
    bytes: Uint8Array,
    start: number,
    end: number,
    wantsRow: boolean,
  ): { readonly after: number; readonly expectsRow: boolean } | undefined {
    const width = this.columns.length;
    const base = this.#rows === 0 ? undefined : this.#base;
    const maxRows = this.#maxRows - this.#rows;
    const scanned = scanner.scan(bytes, start, end, { width, maxRows, base, wantsRow });
    if (scanned === undefined) return undefined;
    if (scanned.rows > 0) {
      const slot = this.#slots(this.#rows);
      if (slot + scanned.offsets.length > this.#offsets.length) this.#grow(slot + scanned.offsets.length);
      this.#offsets.set(scanned.offsets, slot);
      if (base === undefined) this.#base = wantsRow ? start : start + 1;
      this.#rows += scanned.rows;
      this.#end = scanned.expectsRow ? scanned.end - 1 : scanned.end;
    }
    return { after: scanned.end, expectsRow: scanned.expectsRow };
  }

  /** Returns the index after the row at `start`, or -1 when it is not complete yet. */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const width = this.columns.length;
    const slot = this.#rows * width * 2;
    if (slot + width * 2 > this.#offsets.length) this.#grow(slot + width * 2);
    const base = this.#rows === 0 ? start : this.#base;
    const after = scanRow(bytes, start, end, width, this.#offsets, slot, base);
    if (after < 0) return -1;
    this.#base = base;
    this.#end = after;
    this.#rows++;
    return after;
  }

  /**
   * The rows so far, and a fresh start. A batch that fills little of the window is copied, so that a reader who keeps it
   * does not keep a whole window alive; otherwise the window's memory goes to the batch and `tookBytes` says so.
   */
  seal(bytes: Uint8Array): { readonly batch: RowBatch; readonly tookBytes: boolean } {
    const used = this.#end - this.#base;
    const tookBytes = used * 4 >= bytes.length;
    const slots = this.#slots(this.#rows);
    const roomy = slots * 2 < this.#offsets.length;
    const batch: RowBatch = {
      columns: this.columns,
      rowCount: this.#rows,
      bytes: tookBytes ? bytes.subarray(this.#base, this.#end) : bytes.slice(this.#base, this.#end),
      offsets: roomy ? this.#offsets.slice(0, slots) : this.#offsets.subarray(0, slots),
    };
    if (!roomy) this.#offsets = this.#room(this.#offsets.length);
    this.#rows = 0;
    return { batch, tookBytes };
  }

  /** Takes back the offsets of a batch that is read no more. */
  recycle(offsets: Uint32Array): void {
    this.#spare = new Uint32Array(offsets.buffer);
  }

  #room(slots: number): Uint32Array {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.length === slots ? spare : new Uint32Array(slots);
  }

  #slots(rows: number): number {
    return rows * this.columns.length * 2;
  }

  #grow(needed: number): void {
    const larger = new Uint32Array(Math.max(needed, this.#offsets.length * 2, 64));
    larger.set(this.#offsets);
    this.#offsets = larger;
  }
}

/** Where a scan of `Rows` stopped. */
export type RowsStop = 'more' | 'full' | 'end' | 'error-object';

/** Fewer bytes are not worth being copied to the scanner. */
const WORTH_BYTES = 2048;

/** The state of a scan over the items of one `Rows` array, kept between windows. */
export class RowsCursor {
  readonly #scanner: RowScanner | undefined;
  #expect: 'first' | 'row' | 'separator' = 'first';

  /** @param scanner takes the bulk of the rows; without one every row is scanned here */
  constructor(scanner?: RowScanner) {
    this.#scanner = scanner;
  }

  /**
   * Scans rows from `window.start` until the bytes end, the batch is full, the array ends or an object stands in the
   * place of a row. Moves `window.start` behind what was taken (on `error-object`: to the object).
   */
  scan(
    window: { readonly bytes: Uint8Array; start: number; readonly end: number },
    rows: RowCollector,
  ): RowsStop {
    const { bytes, end } = window;
    let at = this.#scanMany(window, rows);
    try {
      for (;;) {
        if (rows.full) return 'full';
        if (at >= end) return 'more';
        let byte = bytes[at] as number;
        if (byte <= 0x20) {
          at = skipWhitespace(bytes, at, end);
          if (at >= end) return 'more';
          byte = bytes[at] as number;
        }
        if (this.#expect === 'separator') {
          if (byte === COMMA) {
            this.#expect = 'row';
            at++;
            continue;
          }
          if (byte !== CLOSE_BRACKET) {
            throw new JsonSyntaxError('a comma or the end of the rows is expected', at);
          }
          at++;
          return 'end';
        }
        if (byte === OPEN_BRACKET) {
          const after = rows.scan(bytes, at, end);
          if (after < 0) return 'more';
          at = after;
          this.#expect = 'separator';
        } else if (byte === OPEN_BRACE) {
          return 'error-object';
        } else if (byte === CLOSE_BRACKET && this.#expect === 'first') {
          at++;
          return 'end';
        } else {
          throw new JsonSyntaxError('a row is expected', at);
        }
      }
    } finally {
      window.start = at;
    }
  }

  /** Where the rows end that the scanner took: the beginning of the window when it took none. */
  #scanMany(
    { bytes, start, end }: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
    rows: RowCollector,
  ): number {
    if (this.#scanner === undefined || rows.full || end - start < WORTH_BYTES) return start;
    const scanned = rows.scanMany(this.#scanner, bytes, start, end, this.#expect !== 'separator');
    if (scanned === undefined || scanned.after === start) return start;
    this.#expect = scanned.expectsRow ? 'row' : 'separator';
    return scanned.after;
  }
}
