import type * as Sdk from '@opentelemetry/sdk-trace';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { Resource } from '@opentelemetry/resources';
import { setTimeout as wait } from 'node:timers/promises';
import { recordMetrics } from './record-metrics.ts';
import { otlpSettings } from './otlp-settings.ts';
import type { OtlpExport, OtlpSettings } from './otlp-settings.ts';

export interface OtlpOptions {
  /** Where the settings are. Credentials, timeouts, certificates and the like are read from the process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `service.name`, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES names it. */
  readonly serviceName: string;
}

/** A collector that is away must not use up the time that Kubernetes gives a process to end. */
const SHUTDOWN_MS = 3_000;

/**
 * Sends traces and metrics to an OTLP receiver, as the environment says ({@link OtlpOptions}); undefined when it names none.
 * OpenTelemetry is loaded only then. What could not be sent is dropped: the source is not held up by it. Disposing of it sends
 * what is left.
 * @throws FatalSourceError BAD_CONFIGURATION naming the variable
 */
export async function startOtlp(options: OtlpOptions): Promise<AsyncDisposable | undefined> {
  const settings = otlpSettings(options.env);
  const { traces, metrics } = settings;
  if (traces === undefined && metrics === undefined) return undefined;
  const resource = await resourceOf(settings.serviceName, options.serviceName);
  const stops: (() => Promise<void>)[] = [];
  if (traces !== undefined) stops.push(await exportTraces(traces, settings, resource));
  if (metrics !== undefined) stops.push(await exportMetrics(metrics, settings, resource));
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      const all = Promise.allSettled(stops.map((stop) => stop()));
      const done = new AbortController();
      await Promise.race([
        all.then(() => done.abort()),
        wait(SHUTDOWN_MS, undefined, { signal: done.signal }).catch(() => undefined),
      ]);
    },
  };
}

async function exportTraces(
  to: OtlpExport,
  settings: OtlpSettings,
  resource: Resource,
): Promise<() => Promise<void>> {
  const sdk = await import('@opentelemetry/sdk-trace');
  const { recordTraces } = await import('./record-traces.ts');
  const config = to.url === undefined ? {} : { url: to.url };
  const exporter: Sdk.SpanExporter =
    to.protocol === 'grpc'
      ? new (await import('@opentelemetry/exporter-trace-otlp-grpc')).OTLPTraceExporter(config)
      : new (await import('@opentelemetry/exporter-trace-otlp-proto')).OTLPTraceExporter(config);
  const provider = new sdk.TracerProvider({
    resource,
    sampler: samplerOf(sdk, settings.sampler),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, scheduledDelayMillis: settings.traceDelayMs })],
  });
  const stopRecording = recordTraces(provider.getTracer('drasi-source'));
  return async () => {
    stopRecording();
    await provider.shutdown();
  };
}

async function exportMetrics(
  to: OtlpExport,
  settings: OtlpSettings,
  resource: Resource,
): Promise<() => Promise<void>> {
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const config = to.url === undefined ? {} : { url: to.url };
  const exporter: PushMetricExporter =
    to.protocol === 'grpc'
      ? new (await import('@opentelemetry/exporter-metrics-otlp-grpc')).OTLPMetricExporter(config)
      : new (await import('@opentelemetry/exporter-metrics-otlp-proto')).OTLPMetricExporter(config);
  const exportIntervalMillis = settings.metricIntervalMs;
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(30_000, exportIntervalMillis),
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const stopRecording = recordMetrics(provider.getMeter('drasi-source'));
  return async () => {
    // The last values first: they are read from what is still recording.
    await provider.forceFlush().catch(() => undefined);
    stopRecording();
    await provider.shutdown();
  };
}

async function resourceOf(named: string | undefined, otherwise: string): Promise<Resource> {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } =
    await import('@opentelemetry/resources');
  const detected = detectResources({ detectors: [envDetector] });
  const ours = resourceFromAttributes({ 'service.name': named ?? otherwise });
  const last = named === undefined ? [ours, detected] : [detected, ours];
  return last.reduce((resource, next) => resource.merge(next), defaultResource());
}

function samplerOf(sdk: typeof Sdk, { name, ratio }: OtlpSettings['sampler']): Sdk.Sampler {
  const root = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(ratio),
  };
  if (name === 'always_on' || name === 'always_off' || name === 'traceidratio') return root[name]();
  const key = name.slice('parentbased_'.length) as keyof typeof root;
  return new sdk.ParentBasedSampler({ root: root[key]() });
}
