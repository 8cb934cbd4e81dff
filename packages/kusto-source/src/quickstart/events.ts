import type { QueryResult } from './drasi-engine.ts';
import type { ExactValue, Row } from './exact-json.ts';

/** A published change, decoded. */
export interface DecodedChange {
  readonly op: string;
  readonly id: string;
  readonly labels: readonly string[];
  readonly properties: { readonly [name: string]: ExactValue };
  /** As published: JSON text in Drasi's wire form. */
  readonly wire: Uint8Array;
}

/** What happens in a quick start, in the order it is told. */
export type QuickstartEvent =
  | { readonly event: 'starting'; readonly rows: number }
  | {
      readonly event: 'endpoint';
      readonly url: string;
      readonly database: string;
      readonly table: string;
      readonly rows: number;
      readonly seconds: number;
    }
  | { readonly event: 'engine'; readonly available: boolean; readonly detail: string }
  | {
      readonly event: 'bootstrap';
      readonly label: string;
      readonly elements: number;
      readonly seconds: number;
    }
  | {
      readonly event: 'query';
      readonly query: string;
      readonly cypher: string;
      /** How many rows its result has now. */
      readonly rows: number;
    }
  | {
      readonly event: 'ready';
      readonly url: string;
      readonly database: string;
      readonly table: string;
      readonly forSeconds: number | undefined;
    }
  | { readonly event: 'change'; readonly change: DecodedChange }
  | { readonly event: 'result'; readonly result: QueryResult }
  | {
      readonly event: 'summary';
      readonly changes: number;
      readonly results: number;
      /** Current rows of the aggregating query; empty without an engine. */
      readonly totals: readonly Row[];
    }
  | { readonly event: 'notice'; readonly message: string }
  | {
      readonly event: 'stopped';
      readonly seconds: number;
      readonly changes: number;
      readonly results: number;
    };

/** Shows events. Resolves when the stream can take more. */
export type QuickstartView = (event: QuickstartEvent) => Promise<void>;

/** Writes and, when the stream is full, waits until it has drained or is gone. */
export async function writeFully(stream: NodeJS.WritableStream, data: string | Uint8Array): Promise<void> {
  if (stream.write(data)) return;
  await new Promise<void>((resolve) => {
    const settle = () => {
      for (const name of ['drain', 'close', 'error']) stream.removeListener(name, settle);
      resolve();
    };
    for (const name of ['drain', 'close', 'error']) stream.once(name, settle);
  });
}
