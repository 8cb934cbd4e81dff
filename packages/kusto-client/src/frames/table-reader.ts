import { KustoError } from '../errors.ts';
import { errorOfResult } from '../service-errors.ts';
import type { KustoColumn, RowBatch } from '../types.ts';
import { OPEN_BRACKET } from './json.ts';
import { RowScanner } from './row-scanner.ts';
import { RowCollector, RowsCursor } from './rows.ts';
import { ByteWindow, incomplete } from './window.ts';

export interface ScanLimits {
  /** Bytes of a window, the usual size of a batch. */
  readonly windowBytes: number;
  /** The largest row, or other part of the body, that is held whole. */
  readonly maxRowBytes: number;
  readonly maxBatchRows: number;
  /** A batch's buffers are used again for a later batch once the next one is asked for. Default: every batch owns its own. */
  readonly reuseBuffers?: boolean;
}

/** Reads the rows of one table, whose `Rows` may come in several arrays, and gives them out as batches. */
export class TableReader {
  readonly columns: readonly KustoColumn[];
  readonly #limits: ScanLimits;
  readonly #collector: RowCollector;
  readonly #scanner = new RowScanner();
  #sealed: { readonly batch: RowBatch; readonly tookBytes: boolean } | undefined;
  #total = 0;

  constructor(columns: readonly KustoColumn[], limits: ScanLimits) {
    this.columns = columns;
    this.#limits = limits;
    this.#collector = new RowCollector(columns, limits.maxBatchRows);
  }

  /** Rows taken so far. */
  get rowCount(): number {
    return this.#total + this.#collector.rows;
  }

  /** Reads one `Rows` array from the window on. Rows that fill no batch stay for the next array, or for {@link finish}. */
  async *read(window: ByteWindow): AsyncGenerator<RowBatch, void, void> {
    const first = await window.peek();
    if (first < 0) throw incomplete();
    if (first !== OPEN_BRACKET) throw notRows();
    window.start++;
    window.owner = () => this.#seal(window);
    const cursor = new RowsCursor(this.#scanner);
    for (;;) {
      // First of all: the window may have moved, and rows with it, while the keys of this frame were read.
      if (this.#sealed !== undefined) yield* this.#give(window);
      const stop = cursor.scan(window, this.#collector);
      if (stop === 'error-object') throw await rowError(window);
      if (stop === 'full') window.release();
      if (this.#sealed !== undefined) yield* this.#give(window);
      if (stop === 'end') return;
      if (stop === 'more' && !(await window.more())) throw incomplete();
    }
  }

  /** Gives the rows so far when nothing behind them has arrived: while the service works on, they need not wait for a full batch. */
  *flushIdle(window: ByteWindow): Generator<RowBatch, void, void> {
    if (!window.drained) return;
    window.release();
    yield* this.#give(window);
  }

  /** Reads a `Rows` array that had to be held back until its table was known. */
  async *readHeld(bytes: Uint8Array): AsyncGenerator<RowBatch, void, void> {
    const window = windowOver(bytes, this.#limits);
    yield* this.read(window);
    yield* this.finish(window);
  }

  /** What is left, at the end of the table. Also needed before `window` may be used for anything else than this table's frames. */
  *finish(window: ByteWindow): Generator<RowBatch, void, void> {
    window.release();
    yield* this.#give(window);
    window.owner = undefined;
  }

  *#give(window: ByteWindow): Generator<RowBatch, void, void> {
    const sealed = this.#sealed;
    this.#sealed = undefined;
    if (sealed === undefined) return;
    yield sealed.batch;
    if (this.#limits.reuseBuffers !== true) return;
    if (sealed.tookBytes) window.recycle(sealed.batch.bytes);
    this.#collector.recycle(sealed.batch.offsets);
  }

  #seal(window: ByteWindow): boolean {
    if (this.#collector.rows === 0) return false;
    this.#total += this.#collector.rows;
    const { batch, tookBytes } = this.#collector.seal(window.bytes);
    if (this.#sealed !== undefined) throw new Error('a batch was not given out before the next was sealed');
    this.#sealed = { batch, tookBytes };
    return tookBytes;
  }
}

/** Reads a small table that is held whole, as one batch. */
export async function readWholeTable(
  columns: readonly KustoColumn[],
  arrays: readonly Uint8Array[],
  limits: ScanLimits,
): Promise<RowBatch> {
  const total = arrays.reduce((sum, bytes) => sum + bytes.length, 0);
  const collector = new RowCollector(columns, Number.POSITIVE_INFINITY);
  // One buffer for all arrays, so that all rows fall into one batch.
  const bytes = new Uint8Array(total);
  const window = { bytes, start: 0, end: 0 };
  for (const array of arrays) {
    if (array[0] !== OPEN_BRACKET) throw notRows();
    bytes.set(array, window.end);
    window.start = window.end + 1;
    window.end += array.length;
    const stop = new RowsCursor().scan(window, collector);
    if (stop === 'error-object') {
      throw await rowError(windowOver(array.subarray(array.length - (window.end - window.start)), limits));
    }
    if (stop !== 'end') throw incomplete();
  }
  return collector.seal(bytes).batch;
}

function windowOver(bytes: Uint8Array, limits: ScanLimits): ByteWindow {
  async function* once(): AsyncGenerator<Uint8Array, void, void> {
    yield bytes;
  }
  return new ByteWindow(once(), Math.min(limits.windowBytes, Math.max(64, bytes.length)), limits.maxRowBytes);
}

function notRows(): KustoError {
  return new KustoError('KUSTO_PROTOCOL', 'Rows of a table is not an array');
}

/** An object in the place of a row is how the service reports a failure in the middle of a result. */
async function rowError(window: ByteWindow): Promise<KustoError> {
  const object = JSON.parse(Buffer.from(await window.take()).toString('utf8')) as Record<string, unknown>;
  const list = object['OneApiErrors'] ?? object['Exceptions'] ?? object['error'];
  return errorOfResult(list ?? [], 'the place of a row');
}
