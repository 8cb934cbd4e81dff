import { startCompiler } from './compiler-start.ts';
import type { EndpointOptions } from './endpoint/endpoint.ts';
import { readFaultRules, type FaultRule } from './faults/fault-rule.ts';
import { KustoLocal } from './kusto-local.ts';
import type { ResultLimits } from './request-properties/truncation.ts';
import { readSettings, type WeakConsistencyOptions } from './endpoint/settings.ts';

export { KustoServiceError } from './errors.ts';
export {
  KustoLocal,
  type ExecuteResult,
  type IngestData,
  type RequestOptions,
  type ResultValue,
} from './kusto-local.ts';
export type { FaultAction, FaultRule, RequestKind } from './faults/fault-rule.ts';
export type { RuleState } from './faults/fault-plan.ts';
export type { SettingsChange, WeakConsistencyOptions } from './endpoint/settings.ts';
export type { ResultLimits } from './request-properties/truncation.ts';
export type { Ingestion } from './engine/changes/ingestion.ts';
export type { ExpiredExtents } from './engine/changes/retention.ts';

export interface KustoLocalOptions {
  /**
   * Default `127.0.0.1`. Without `token` there is no authentication: think before you listen elsewhere. On a loopback address
   * only requests whose Host is the loopback are served.
   */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** A folder for the databases' files, created if missing; without it they are in memory and end with the process. */
  readonly dataDir?: string;
  /** Folders whose files `.ingest into` may read. Default none. */
  readonly allowedFolders?: readonly string[];
  /** DuckDB's `memory_limit` of each database, for example `512MB`. Default `1GB`. */
  readonly memoryLimit?: string;
  /** Largest request body in bytes. Default 16 MB. */
  readonly bodyLimit?: number;
  /** Largest body of a streaming ingestion in bytes. Default 4 MB, as the service's. */
  readonly streamingBodyLimit?: number;
  /**
   * The limits of a result, 500,000 records and 67,108,864 bytes as Kusto's service has them. `false` lifts them, for
   * requests that do not set their own.
   */
  readonly truncation?: boolean | ResultLimits;
  /** Queries a database runs at once; one more is answered with 429. Default 64. */
  readonly maximumQueries?: number;
  /** The bearer token that every request must carry. Default: none is needed. */
  readonly token?: string;
  /** A bearer token that may query and show, and change nothing. */
  readonly readOnlyToken?: string;
  /** Serves `/admin/faults` and `/admin/settings`. Default true. */
  readonly admin?: boolean;
  /** How long a client may take to send a request, in milliseconds. Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** How long a client may leave an answer unread before its connection is closed, in milliseconds. Default 300,000. */
  readonly stallMs?: number;
  /** What happens to requests over HTTP. */
  readonly faults?: readonly FaultRule[];
  /** Decides what the probabilities of the faults come to. Default 0. */
  readonly faultSeed?: number;
  /** Every request over HTTP waits so long, in milliseconds. Default 0. */
  readonly latencyMs?: number;
  /** How long new rows can be queried before they get their cursor value, in milliseconds. Default 0. */
  readonly cursorLagMs?: number;
  /** False: a service without database cursors. Default true. */
  readonly cursors?: boolean;
  /** How reads under weak consistency lag behind. */
  readonly weakConsistency?: WeakConsistencyOptions;
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
  const { compiler, host = '127.0.0.1', port = 0, ...rest } = options;
  const settings = given(rest, ['latencyMs', 'cursorLagMs', 'cursors', 'weakConsistency']);
  return KustoLocal.start({
    ...(compiler ?? startCompiler()),
    ...given(rest, [
      'maximumQueries',
      'dataDir',
      'allowedFolders',
      'memoryLimit',
      'truncation',
      'now',
      'logger',
      'faultSeed',
    ]),
    ...(rest.faults === undefined ? {} : { faults: readFaultRules(rest.faults) }),
    settings: readSettings(settings),
    host,
    port,
    server: {
      ...given(rest, [
        'bodyLimit',
        'streamingBodyLimit',
        'token',
        'readOnlyToken',
        'admin',
        'requestTimeoutMs',
        'stallMs',
      ]),
      anyHost: !isLoopback(host),
    },
  });
}

type Given<T, K extends keyof T> = { [P in K]?: NonNullable<T[P]> };

/** Some of an object's properties, those that have a value. */
function given<T extends object, K extends keyof T>(options: T, names: readonly K[]): Given<T, K> {
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Given<T, K>;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
