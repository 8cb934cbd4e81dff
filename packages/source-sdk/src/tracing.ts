/**
 * W3C trace context (https://www.w3.org/TR/trace-context/) on its way through the SDK, and the operations a tracer can follow.
 * The library itself makes no spans: it passes on the context it was given. `recordTraces` puts spans in between.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import type { BootstrapEndEvent } from './diagnostics.ts';

export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** The context of what is being done now; undefined outside of any trace. */
export const traceContext = new AsyncLocalStorage<TraceContext>();

/** The headers that make a request a part of the present trace. */
export function traceHeaders(): { readonly [name: string]: string } {
  const context = traceContext.getStore();
  return context === undefined ? {} : { ...context };
}

// Version ff is not allowed, and neither an id that is all zeros.
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-.*)?$/;
const MAX_TRACESTATE = 512;

/** The context a request came with; undefined when it has none, or one that is not valid, which the standard says to ignore. */
export function receivedContext(headers: {
  readonly [name: string]: string | readonly string[] | undefined;
}): TraceContext | undefined {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
  const state = typeof tracestate === 'string' ? tracestate : tracestate?.join(',');
  return state === undefined || state === '' || state.length > MAX_TRACESTATE
    ? { traceparent }
    : { traceparent, tracestate: state };
}

/** The operations, and what is known of each when it begins. What is optional is filled in by its end. */
export interface TracedOperations {
  /** A bootstrap, from its request to the last byte of its answer. */
  readonly bootstrap: {
    readonly sourceId: string;
    readonly requestId: string;
    readonly labels: readonly string[];
    elements?: number;
    bytes?: number;
    outcome?: BootstrapEndEvent['outcome'];
    error?: unknown;
  };
  /** A batch of the monitor, until its checkpoint is stored. */
  readonly batch: { readonly sourceId: string; readonly changes: number; error?: unknown };
  /** One try of a publish. */
  readonly publish: {
    readonly sourceId: string;
    readonly changes: number;
    readonly bytes: number;
    readonly attempt: number;
    error?: unknown;
  };
  readonly checkpoint: { readonly sourceId: string; error?: unknown };
}

/** The names of the operations. The channel of each is `tracingChannel('drasi-source.<name>')` of `node:diagnostics_channel`. */
export const TRACED_OPERATIONS = [
  'bootstrap',
  'batch',
  'publish',
  'checkpoint',
] as const satisfies readonly (keyof TracedOperations)[];

const channels = {
  bootstrap: tracingChannel<unknown, TracedOperations['bootstrap']>('drasi-source.bootstrap'),
  batch: tracingChannel<unknown, TracedOperations['batch']>('drasi-source.batch'),
  publish: tracingChannel<unknown, TracedOperations['publish']>('drasi-source.publish'),
  checkpoint: tracingChannel<unknown, TracedOperations['checkpoint']>('drasi-source.checkpoint'),
};

/** Does `work` as the operation `name`. Without a subscriber it costs a comparison. */
export function traced<Name extends keyof TracedOperations>(
  name: Name,
  operation: TracedOperations[Name],
  work: () => Promise<void>,
): Promise<void> {
  const channel = channels[name] as unknown as {
    readonly hasSubscribers: boolean;
    tracePromise(fn: () => Promise<void>, context: object): Promise<void>;
  };
  return channel.hasSubscribers ? channel.tracePromise(async () => work(), operation) : work();
}
