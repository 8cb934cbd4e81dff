import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  context,
  createTraceState,
  trace,
} from '@opentelemetry/api';
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import { tracingChannel } from 'node:diagnostics_channel';
import { messageOf } from '../errors.ts';
import { TRACED_OPERATIONS, traceContext } from '../tracing.ts';
import type { TraceContext, TracedOperations } from '../tracing.ts';

type Name = keyof TracedOperations;
type Operation = TracedOperations[Name];

const kinds: { readonly [N in Name]: SpanKind } = {
  bootstrap: SpanKind.SERVER,
  batch: SpanKind.INTERNAL,
  publish: SpanKind.PRODUCER,
  checkpoint: SpanKind.CLIENT,
};

/**
 * Turns the SDK's operations into OpenTelemetry spans, for any exporter:
 *
 * | span | kind | attributes `drasi.source.…` | |
 * |---|---|---|---|
 * | `drasi bootstrap` | server | id, labels, request_id, elements, bytes, outcome | child of the request's `traceparent` |
 * | `drasi batch` | internal | id, changes | a trace of its own |
 * | `drasi publish` | producer | id, changes, bytes, attempt | child of its batch; its context is the message's `traceparent` |
 * | `drasi checkpoint` | client | id | child of its batch |
 *
 * The context of a span goes out with every request made during it: `traceHeaders`.
 * @returns a function that stops the recording
 */
export function recordTraces(tracer: Tracer): () => void {
  const stops = TRACED_OPERATIONS.map((name) => record(tracer, name));
  return () => {
    for (const stop of stops) stop();
  };
}

function record(tracer: Tracer, name: Name): () => void {
  const channel = tracingChannel<TraceContext, Operation>(`drasi-source.${name}`);
  const spans = new WeakMap<object, Span>();
  channel.start.bindStore(traceContext, (operation: Operation): TraceContext => {
    const options = { kind: kinds[name], attributes: attributesOf(operation) };
    const span = tracer.startSpan(`drasi ${name}`, options, parent());
    spans.set(operation, span);
    return contextOf(span);
  });
  const end = (operation: unknown): void => {
    const span = spans.get(operation as Operation);
    if (span !== undefined) endSpan(span, operation as Operation);
  };
  channel.asyncEnd.subscribe(end);
  return () => {
    channel.start.unbindStore(traceContext);
    channel.asyncEnd.unsubscribe(end);
  };
}

function endSpan(span: Span, operation: Operation): void {
  span.setAttributes(attributesOf(operation));
  if (operation.error !== undefined) {
    span.recordException(operation.error instanceof Error ? operation.error : messageOf(operation.error));
    span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(operation.error) });
  }
  span.end();
}

/** What a new span belongs to: the context the SDK carries, or else that of the program around it. */
function parent(): Context {
  const carried = traceContext.getStore();
  if (carried === undefined) return context.active();
  const [, traceId = '', spanId = '', flags = '00'] = carried.traceparent.split('-');
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    isRemote: true,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    ...(carried.tracestate === undefined ? {} : { traceState: createTraceState(carried.tracestate) }),
  });
}

function contextOf(span: Span): TraceContext {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  const tracestate = traceState?.serialize() ?? '';
  return tracestate === '' ? { traceparent } : { traceparent, tracestate };
}

const attributeNames: readonly (readonly [string, string])[] = [
  ['sourceId', 'id'],
  ['requestId', 'request_id'],
  ['labels', 'labels'],
  ['changes', 'changes'],
  ['elements', 'elements'],
  ['bytes', 'bytes'],
  ['attempt', 'attempt'],
  ['outcome', 'outcome'],
];

function attributesOf(operation: Operation): Attributes {
  const values = operation as unknown as { readonly [key: string]: string | number | string[] | undefined };
  return Object.fromEntries(
    attributeNames.flatMap(([key, name]) =>
      values[key] === undefined ? [] : [[`drasi.source.${name}`, values[key]]],
    ),
  );
}
