/**
 * Published on `node:diagnostics_channel`, so that metrics and tracing cost nothing where nobody subscribes.
 * - `drasi-kusto:request:start` with {@link RequestStart}
 * - `drasi-kusto:request:end` with {@link RequestEnd}
 */
import diagnostics from 'node:diagnostics_channel';
import type { KustoError } from './errors.ts';

export interface RequestStart {
  readonly kind: 'query' | 'management';
  readonly database: string;
  readonly clientRequestId: string;
  readonly attempt: number;
}

export interface RequestEnd extends RequestStart {
  readonly durationMs: number;
  /** Rows and bytes of row batches given to the reader. */
  readonly rows: number;
  readonly bytes: number;
  /** Undefined after a whole result, and when the reader left early. */
  readonly error: KustoError | undefined;
  readonly abandoned: boolean;
}

const start = diagnostics.channel('drasi-kusto:request:start');
const end = diagnostics.channel('drasi-kusto:request:end');

export function publishStart(message: RequestStart): void {
  if (start.hasSubscribers) start.publish(message);
}

export function publishEnd(message: RequestEnd): void {
  if (end.hasSubscribers) end.publish(message);
}
