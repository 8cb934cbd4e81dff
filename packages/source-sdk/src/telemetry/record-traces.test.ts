import assert from 'node:assert/strict';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { ReadableSpan, Sampler } from '@opentelemetry/sdk-trace';
import { describe, it } from 'node:test';
import { FakeSidecar } from '../../test/fake-sidecar.ts';
import { HookedPublisher, aborted, hastyClock, transient, until, upsert } from '../../test/helpers.ts';
import {
  DaprPublisher,
  DaprSessions,
  DaprStateStore,
  MemoryStateStore,
  Reactivator,
  SourceProxy,
} from '../index.ts';
import type { Bootstrap, ChangeBatch, Monitor, ReactivatorOptions } from '../index.ts';
import { recordTraces } from './record-traces.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

function recording(sampler?: Sampler): { readonly exporter: InMemorySpanExporter } & Disposable {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
    ...(sampler === undefined ? {} : { sampler }),
  });
  const stop = recordTraces(provider.getTracer('test'));
  return { exporter, [Symbol.dispose]: stop };
}

const named = (exporter: InMemorySpanExporter, name: string): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name === `drasi ${name}`);

/** One batch of two changes, then nothing. */
const once: Monitor = async function* once({ checkpoint, signal }): AsyncGenerator<ChangeBatch> {
  if (checkpoint === undefined) yield { changes: [upsert('a'), upsert('b')], checkpoint: 1 };
  await aborted(signal);
};

async function reactivate(
  options: Pick<ReactivatorOptions, 'publisher' | 'state'>,
  done: () => boolean,
): Promise<void> {
  const stop = new AbortController();
  const reactivator = new Reactivator({
    sourceId: 's',
    fingerprint: 'f',
    monitor: once,
    clock: hastyClock,
    ...options,
  });
  const run = reactivator.run(stop.signal);
  await until(done);
  stop.abort();
  await run;
}

async function ask(bootstrap: Bootstrap, sidecar?: FakeSidecar): Promise<number> {
  const proxy = new SourceProxy({
    sourceId: 's',
    ownedLabels: { nodes: ['N'], relations: [] },
    bootstrap,
    port: 0,
    poisonWaitMs: 10,
    ...(sidecar === undefined
      ? {}
      : { sessions: new DaprSessions({ appId: 'r', daprHttpPort: sidecar.port }) }),
  });
  const { port } = await proxy.start();
  const answer = await fetch(`http://127.0.0.1:${port}/acquire-stream`, {
    method: 'POST',
    headers: { traceparent, tracestate: 'v=1' },
    body: '{"nodeLabels":["N"]}',
  });
  await answer.text().catch(() => undefined);
  await proxy.stop();
  return answer.status;
}

const two: Bootstrap = async function* two() {
  yield upsert('a').element;
  yield upsert('b').element;
};

describe('recordTraces', () => {
  it('a bootstrap is a child of the request that asked for it', async () => {
    using recorder = recording();
    assert.equal(await ask(two), 200);
    await until(() => named(recorder.exporter, 'bootstrap').length === 1);
    const [span] = named(recorder.exporter, 'bootstrap');
    assert.equal(span?.kind, SpanKind.SERVER);
    assert.equal(span?.spanContext().traceId, traceId);
    assert.equal(span?.spanContext().traceState?.serialize(), 'v=1');
    assert.equal(span?.parentSpanContext?.spanId, '00f067aa0ba902b7');
    const { 'drasi.source.request_id': requestId, ...attributes } = span?.attributes ?? {};
    assert.match(String(requestId), /^[\da-f-]{36}$/);
    assert.equal(typeof attributes['drasi.source.bytes'], 'number');
    delete attributes['drasi.source.bytes'];
    assert.deepEqual(attributes, {
      'drasi.source.id': 's',
      'drasi.source.labels': ['N'],
      'drasi.source.elements': 2,
      'drasi.source.outcome': 'complete',
    });
    assert.equal(span?.status.code, SpanStatusCode.UNSET);
  });

  it('a bootstrap that breaks, before its first byte or after it, is a span with an error', async () => {
    using recorder = recording();
    const at = (broken: number): Bootstrap =>
      async function* breaking() {
        for (let n = 0; n < broken; n++) yield upsert(`n${n}`).element;
        throw new Error(`broken at ${broken}`);
      };
    assert.equal(await ask(at(0)), 500);
    await ask(at(20_000)).catch(() => undefined);
    await until(() => named(recorder.exporter, 'bootstrap').length === 2);
    for (const span of named(recorder.exporter, 'bootstrap')) {
      assert.equal(span.status.code, SpanStatusCode.ERROR);
      assert.match(span.status.message ?? '', /broken at/);
      assert.equal(span.attributes['drasi.source.outcome'], 'failed');
    }
  });

  it('a batch has its publishes, each try of them, and its checkpoint', async () => {
    using recorder = recording();
    const publisher = new HookedPublisher();
    publisher.before = (call) => {
      if (call === 1) throw transient('once');
    };
    await reactivate(
      { publisher, state: new MemoryStateStore() },
      () => named(recorder.exporter, 'batch').length === 1,
    );
    const [batch] = named(recorder.exporter, 'batch');
    assert.equal(batch?.attributes['drasi.source.changes'], 2);
    const publishes = named(recorder.exporter, 'publish');
    assert.deepEqual(
      publishes.map(({ kind, status, attributes }) => [
        kind,
        status.code,
        attributes['drasi.source.attempt'],
      ]),
      [
        [SpanKind.PRODUCER, SpanStatusCode.ERROR, 1],
        [SpanKind.PRODUCER, SpanStatusCode.UNSET, 2],
      ],
    );
    for (const span of [...publishes, ...named(recorder.exporter, 'checkpoint')]) {
      assert.equal(span.parentSpanContext?.spanId, batch?.spanContext().spanId);
      assert.equal(span.spanContext().traceId, batch?.spanContext().traceId);
    }
    assert.equal(named(recorder.exporter, 'checkpoint').length, 1);
  });

  it('a message and the Dapr calls around it carry the context of their spans', async () => {
    using recorder = recording();
    const sidecar = await FakeSidecar.start();
    const publisher = new DaprPublisher({ sourceId: 's', daprHttpPort: sidecar.port });
    const state = new DaprStateStore({ daprHttpPort: sidecar.port });
    await reactivate({ publisher, state }, () => named(recorder.exporter, 'batch').length === 1);
    const [publish] = named(recorder.exporter, 'publish');
    const { traceId: id, spanId } = publish?.spanContext() ?? {};
    assert.equal(sidecar.published[0]?.headers.traceparent, `00-${id}-${spanId}-01`);
    await Promise.all([publisher.close(), state.close(), sidecar.stop()]);
  });

  it('what is not sampled is not recorded, and says so to the receiver', async () => {
    using recorder = recording(new AlwaysOffSampler());
    const sidecar = await FakeSidecar.start();
    const publisher = new DaprPublisher({ sourceId: 's', daprHttpPort: sidecar.port });
    await reactivate({ publisher, state: new MemoryStateStore() }, () => sidecar.published.length === 1);
    assert.match(String(sidecar.published[0]?.headers.traceparent), /^00-[\da-f]{32}-[\da-f]{16}-00$/);
    assert.deepEqual(recorder.exporter.getFinishedSpans(), []);
    await Promise.all([publisher.close(), sidecar.stop()]);
  });
});

describe('without a recorder', () => {
  it("the request's context goes on to the sidecar", async () => {
    const sidecar = await FakeSidecar.start();
    const reactivator = new Reactivator({
      sourceId: 's',
      fingerprint: 'f',
      monitor: once,
      publisher: new HookedPublisher(),
      state: new MemoryStateStore(),
      port: 0,
    });
    const stop = new AbortController();
    const run = reactivator.run(stop.signal);
    await until(() => reactivator.checkpoint !== undefined && reactivator.address !== undefined);
    sidecar.apps.set('r', reactivator.address?.port ?? 0);
    assert.equal(await ask(two, sidecar), 200);
    const opened = sidecar.traces.get('POST /v1.0/invoke/r/method/bootstrap-sessions');
    assert.equal(opened, traceparent);
    stop.abort();
    await Promise.all([run, sidecar.stop()]);
  });
});
