import assert from 'node:assert/strict';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { describe, it } from 'node:test';
import { emit } from '../diagnostics.ts';
import { traced } from '../tracing.ts';
import { startOtlp } from './otlp.ts';

interface Collector extends AsyncDisposable {
  readonly url: string;
  /** Path and body of every request. */
  readonly received: { readonly path: string; readonly body: Buffer }[];
}

async function listening(server: Server, received: Collector['received']): Promise<Collector> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function body(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function httpCollector(): Promise<Collector> {
  const received: { path: string; body: Buffer }[] = [];
  const server = createHttp((request, response) => {
    const answer = async (): Promise<void> => {
      received.push({ path: request.url ?? '', body: await body(request) });
      response.writeHead(200, { connection: 'close', 'content-type': 'application/x-protobuf' }).end();
    };
    void answer();
  });
  return listening(server, received);
}

/** Every gRPC call is answered with an empty message, which as an answer of OTLP means that all was taken. */
async function grpcCollector(): Promise<Collector> {
  const received: { path: string; body: Buffer }[] = [];
  const server = createHttp2();
  server.on('stream', (stream, headers) => {
    const answer = async (): Promise<void> => {
      received.push({ path: headers[':path'] ?? '', body: await body(stream) });
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(5));
    };
    void answer();
  });
  return listening(server, received);
}

async function work(env: Readonly<Record<string, string>>): Promise<void> {
  await using otlp = await startOtlp({ env, serviceName: 'storms-reactivator' });
  assert.ok(otlp !== undefined);
  await traced('batch', { sourceId: 'storms', changes: 3 }, () => Promise.resolve());
  emit('drasi-source:publish', { sourceId: 'storms', changes: 3, bytes: 9, durationMs: 1, attempt: 1 });
}

function assertReceived(collector: Collector, [traces, metrics]: readonly [string, string]): void {
  const of = (path: string): string =>
    collector.received
      .filter((request) => request.path === path)
      .map((request) => request.body.toString('latin1'))
      .join('');
  assert.match(of(traces), /drasi batch/);
  assert.match(of(traces), /storms-reactivator/);
  assert.match(of(metrics), /drasi_source_changes_published/);
}

describe('startOtlp', () => {
  it("sends spans and metrics to the platform's collector over gRPC, at the latest when it ends", async () => {
    await using collector = await grpcCollector();
    await work({ OTEL_ENDPOINT: collector.url });
    assertReceived(collector, [
      '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    ]);
  });

  it('or over HTTP', async () => {
    await using collector = await httpCollector();
    await work({ OTEL_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' });
    assertReceived(collector, ['/v1/traces', '/v1/metrics']);
  });

  it('a collector that is away holds nothing up', async () => {
    const began = performance.now();
    await work({ OTEL_ENDPOINT: 'http://127.0.0.1:1' });
    assert.ok(performance.now() - began < 10_000);
  });

  it('is nothing without an endpoint', async () => {
    assert.equal(await startOtlp({ env: {}, serviceName: 's' }), undefined);
  });
});
