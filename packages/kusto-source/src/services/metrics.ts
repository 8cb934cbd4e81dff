import { startPrometheus, type Logger } from '@drasi-kusto/source-sdk';

/**
 * Serves `/metrics` for Prometheus until it is disposed of. Without a port (ADMIN_PORT is not set) nothing is served.
 * @throws SourceError BAD_CONFIGURATION when the port cannot be had
 */
export async function serveMetrics(
  host: string,
  port: number | undefined,
  logger: Logger,
): Promise<AsyncDisposable | undefined> {
  if (port === undefined) return undefined;
  const endpoint = await startPrometheus({ host, port });
  const url = `http://${host}:${endpoint.port}/metrics`;
  logger.info(`metrics are served at ${url}`, { url });
  return endpoint;
}
