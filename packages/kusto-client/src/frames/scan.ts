import { KustoError } from '../errors.ts';
import type { KustoColumn, RowBatch } from '../types.ts';
import { JsonSyntaxError, OPEN_BRACE, OPEN_BRACKET } from './json.ts';
import type { ScanLimits } from './table-reader.ts';
import { V1Scan } from './v1.ts';
import { V2Scan } from './v2.ts';
import { ByteWindow, incomplete } from './window.ts';

export interface ScanEvents {
  /** The columns of the result, before its first row, also when it has none. */
  columns(columns: readonly KustoColumn[]): void;
  /** The database cursor that came with the answer. */
  cursor(cursor: string): void;
}

export const DEFAULT_LIMITS: ScanLimits = {
  windowBytes: 256 * 1024,
  maxRowBytes: 64 * 1024 * 1024,
  maxBatchRows: 16_384,
};

/**
 * Reads one answer, v2 or v1, and yields its rows. Ends normally only when the body was whole, complete by its own word and without
 * an error anywhere; in every other case it throws, maybe after rows were already yielded: those must then not be used (invariant I9).
 * Memory: two windows, or one row where that is larger.
 * @throws KustoError
 */
export async function* scanResult(
  chunks: AsyncIterable<Uint8Array>,
  events: ScanEvents,
  limits: ScanLimits = DEFAULT_LIMITS,
): AsyncGenerator<RowBatch, void, void> {
  const iterator = chunks[Symbol.asyncIterator]();
  const window = new ByteWindow(iterator, limits.windowBytes, limits.maxRowBytes);
  try {
    const first = await firstByte(window);
    if (first === OPEN_BRACKET) yield* new V2Scan(window, limits, events).read();
    else if (first === OPEN_BRACE) yield* new V1Scan(window, limits, events).read();
    else throw new KustoError('KUSTO_PROTOCOL', 'the body is neither a v2 nor a v1 result');
    if ((await window.peek()) >= 0) {
      throw new KustoError(
        'KUSTO_PROTOCOL',
        `bytes follow the end of the result at byte ${window.position(window.start)}`,
      );
    }
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new KustoError(
      error.tooDeep ? 'KUSTO_NESTING' : 'KUSTO_PROTOCOL',
      `the body is no valid JSON: ${error.message} at byte ${window.position(error.at)}`,
    );
  } finally {
    await iterator.return?.();
  }
}

async function firstByte(window: ByteWindow): Promise<number> {
  const first = await window.peek();
  if (first === 0xef) {
    // A byte order mark is not sent by the service, but some proxies' re-encoding adds one.
    while (window.end - window.start < 3) if (!(await window.more())) throw incomplete();
    if (window.bytes[window.start + 1] === 0xbb && window.bytes[window.start + 2] === 0xbf) window.start += 3;
    return await window.peek().then(required);
  }
  return required(first);
}

function required(byte: number): number {
  if (byte < 0) throw incomplete();
  return byte;
}
