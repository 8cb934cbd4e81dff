import type { ServerAddress } from '../http/server.ts';
import { ErrorCode, FatalSourceError, messageOf } from '../errors.ts';
import { recordMetrics } from './record-metrics.ts';

export interface PrometheusOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port: number;
}

export interface PrometheusEndpoint extends ServerAddress, AsyncDisposable {}

/**
 * Serves the metrics of {@link recordMetrics} at `GET /metrics` in Prometheus' text format. OpenTelemetry is loaded only here.
 * @throws FatalSourceError BAD_CONFIGURATION when the port cannot be had
 */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusEndpoint> {
  const { host = '127.0.0.1', port } = options;
  const { PrometheusExporter } = await import('@opentelemetry/exporter-prometheus');
  const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
  const exporter = new PrometheusExporter({
    host,
    port,
    preventServerStart: true,
    // It would say "unknown_service" and a path; which source it is stands at each metric.
    withoutTargetInfo: true,
  });
  const provider = new MeterProvider({ readers: [exporter] });
  const stopRecording = recordMetrics(provider.getMeter('drasi-source'));
  const close = async (): Promise<void> => {
    stopRecording();
    await provider.shutdown();
  };
  try {
    await exporter.startServer();
  } catch (error) {
    await close();
    throw new FatalSourceError(
      ErrorCode.BadConfiguration,
      `cannot listen on ${host}:${port} for metrics (ADMIN_PORT, LISTEN_HOST): ${messageOf(error)}`,
      { cause: error },
    );
  }
  return { host, port, [Symbol.asyncDispose]: close };
}
