import { startCompiler } from './compiler-start.ts';
import type { EndpointOptions } from './endpoint.ts';
import { KustoLocal } from './kusto-local.ts';
import type { ResultLimits } from './options/truncation.ts';

export { KustoServiceError } from './errors.ts';
export {
  KustoLocal,
  type ExecuteResult,
  type IngestData,
  type RequestOptions,
  type ResultValue,
} from './kusto-local.ts';
export type { ResultLimits } from './options/truncation.ts';
export type { Ingestion } from './engine/ingestion.ts';

export interface KustoLocalOptions {
  /** Default `127.0.0.1`. There is no authentication: think before you listen elsewhere. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** A folder for the databases' files, created if missing; without it they are in memory and end with the process. */
  readonly dataDir?: string;
  /** DuckDB's `memory_limit` of each database, for example `512MB`. Default `1GB`. */
  readonly memoryLimit?: string;
  /** Largest request body in bytes. Default 16 MB. */
  readonly bodyLimit?: number;
  /**
   * The limits of a result, 500,000 records and 67,108,864 bytes as Kusto's service has them. `false` lifts them, for
   * requests that do not set their own.
   */
  readonly truncation?: boolean | ResultLimits;
  /** Receives the failures inside, as opposed to what a client did wrong. */
  readonly logger?: { error(message: string, error: Error): void };
  /** Milliseconds since 1970. Default the system's clock. */
  readonly now?: () => number;
  /** The KQL compiler and the SQL it needs on each database. Default the package's own. */
  readonly compiler?: Pick<EndpointOptions, 'compiler' | 'sqlPrelude'>;
}

/**
 * Starts a Kusto-compatible endpoint for development and tests, with a database NetDefaultDB.
 *
 * @throws Error when the port is taken (`code` is `EADDRINUSE`) or the data folder cannot be opened
 */
export async function startKustoLocal(options: KustoLocalOptions = {}): Promise<KustoLocal> {
  return KustoLocal.start({
    ...(options.compiler ?? startCompiler()),
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
    ...(options.truncation === undefined ? {} : { truncation: options.truncation }),
    ...(options.bodyLimit === undefined ? {} : { bodyLimit: options.bodyLimit }),
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  });
}
