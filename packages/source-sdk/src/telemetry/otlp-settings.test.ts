import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { otlpSettings } from './otlp-settings.ts';

const endpoint = 'http://otel-collector:4317';

describe('otlpSettings', () => {
  it('is off without an endpoint, when disabled, and for an exporter "none"', () => {
    for (const env of [{}, { OTEL_ENDPOINT: ' ' }, { OTEL_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'True' }]) {
      const { traces, metrics } = otlpSettings(env);
      assert.deepEqual([traces, metrics], [undefined, undefined]);
    }
    const { traces, metrics } = otlpSettings({ OTEL_ENDPOINT: endpoint, OTEL_METRICS_EXPORTER: 'none' });
    assert.deepEqual([traces?.protocol, metrics], ['grpc', undefined]);
  });

  it("the platform's endpoint speaks gRPC, unless it is said to speak HTTP", () => {
    assert.deepEqual(otlpSettings({ OTEL_ENDPOINT: endpoint }).metrics, { protocol: 'grpc', url: endpoint });
    const http = { OTEL_ENDPOINT: 'http://c:4318/', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' };
    assert.deepEqual(otlpSettings(http).traces, {
      protocol: 'http/protobuf',
      url: 'http://c:4318/v1/traces',
    });
  });

  it('a standard endpoint goes first, and is left to the exporter', () => {
    const env = { OTEL_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c:4318/v1/traces' };
    assert.deepEqual(otlpSettings(env).traces, { protocol: 'http/protobuf', url: undefined });
    assert.deepEqual(otlpSettings(env).metrics, { protocol: 'grpc', url: endpoint });
    const grpc = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc',
    };
    assert.equal(otlpSettings(grpc).metrics?.protocol, 'grpc');
    assert.equal(otlpSettings(grpc).traces?.protocol, 'http/protobuf');
  });

  it('reads the intervals and the sampler', () => {
    const plain = otlpSettings({});
    assert.deepEqual([plain.metricIntervalMs, plain.traceDelayMs], [60_000, 5_000]);
    assert.deepEqual(plain.sampler, { name: 'parentbased_always_on', ratio: 1 });
    const set = otlpSettings({
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_BSP_SCHEDULE_DELAY: '10',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_SERVICE_NAME: 'storms',
    });
    assert.deepEqual([set.metricIntervalMs, set.traceDelayMs, set.serviceName], [1000, 10, 'storms']);
    assert.deepEqual(set.sampler, { name: 'traceidratio', ratio: 0.25 });
  });

  it('names the variable that is wrong', () => {
    for (const [name, value] of [
      ['OTEL_ENDPOINT', 'otel-collector:4317'],
      ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector'],
      ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'collector'],
      ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json'],
      ['OTEL_TRACES_EXPORTER', 'zipkin'],
      ['OTEL_TRACES_SAMPLER', 'sometimes'],
      ['OTEL_TRACES_SAMPLER_ARG', '2'],
      ['OTEL_METRIC_EXPORT_INTERVAL', '0'],
    ] as const)
      assert.throws(
        () => otlpSettings({ OTEL_ENDPOINT: endpoint, [name]: value }),
        { code: 'BAD_CONFIGURATION', message: new RegExp(`${name} is "${value}"`) },
        name,
      );
  });
});
