import { randomBytes } from 'node:crypto';
import type { Dispatcher } from 'undici';
import { Attempts, type Attempt } from './attempts.ts';
import { rowsOf } from './cells.ts';
import { Cancellations } from './cancellations.ts';
import type { Clock, Logger, Random } from './clock.ts';
import { silentLogger, systemClock } from './clock.ts';
import { parseConnectionString } from './connection/connection-string.ts';
import type { ConnectionString } from './connection/connection-string.ts';
import type { TokenProvider } from './credentials.ts';
import { KustoError } from './errors.ts';
import { DEFAULT_LIMITS } from './frames/scan.ts';
import type { ScanEvents } from './frames/scan.ts';
import type { ScanLimits } from './frames/table-reader.ts';
import { createDispatcher } from './http/dispatcher.ts';
import { Transport } from './http/transport.ts';
import { QueryResult } from './query-result.ts';
import { RetryLoop, withRetry } from './retry.ts';
import type { RetryContext, RetryPolicy } from './retry.ts';
import { isCommand, isShowCommand } from './text.ts';
import type { CellValue, KustoColumn, QueryOptions, RowBatch } from './types.ts';

export interface KustoClientOptions {
  readonly connection: ConnectionString | string;
  /** Absent: no token is sent. See createTokenProvider. */
  readonly tokenProvider?: TokenProvider | undefined;
  /** Absent: the client opens its own connections and closes them in {@link KustoClient.close}. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly retry?: RetryPolicy;
  readonly logger?: Logger;
  /** Hosts beside the well-known ones that may get a token: exact names, or suffixes that begin with a dot. */
  readonly trustedHosts?: readonly string[];
  /** Sent as x-ms-app. Default: the connection string's, or `drasi-kusto`. */
  readonly applicationName?: string;
  readonly limits?: Partial<ScanLimits>;
  /** A body of which nothing arrives for this long, while more is wanted, counts as dead. Default: server timeout plus 30 s. */
  readonly bodyIdleTimeoutMs?: number;
  /** Tell the service to stop a query whose reader left. Default true. */
  readonly cancelAtService?: boolean;
}

export interface RowsOptions extends QueryOptions {
  /** More rows throw KUSTO_ROW_LIMIT. Default 10,000. */
  readonly maxRows?: number;
  /** More bytes throw KUSTO_ROW_LIMIT. Default 16 MiB. */
  readonly maxBytes?: number;
}

/** A small result, whole. */
export interface Rows {
  readonly columns: readonly KustoColumn[];
  /** In the order of the columns. */
  readonly rows: readonly (readonly CellValue[])[];
  readonly cursor: string | undefined;
}

/** Reads from one Kusto cluster. Never writes: queries go out read-only, and of commands only `.show` is sent. */
export class KustoClient implements AsyncDisposable {
  readonly connection: ConnectionString;
  readonly #options: KustoClientOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #dispatcher: Dispatcher;
  readonly #cancellations: Cancellations;
  readonly #attempts: Attempts;

  /** @throws KustoError KUSTO_BAD_CONNECTION_STRING, KUSTO_PLAIN_HTTP, KUSTO_UNTRUSTED_HOST */
  constructor(options: KustoClientOptions) {
    const { connection } = options;
    this.connection = typeof connection === 'string' ? parseConnectionString(connection) : connection;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#logger = options.logger ?? silentLogger;
    this.#dispatcher = options.dispatcher ?? createDispatcher(this.connection.uri);
    const transport = new Transport({
      uri: this.connection.uri,
      dispatcher: this.#dispatcher,
      tokenProvider: options.tokenProvider,
      trustedHosts: options.trustedHosts ?? [],
      applicationName: options.applicationName ?? this.connection.applicationName ?? 'drasi-kusto',
      userName: this.connection.userName,
      now: () => this.#clock.now(),
    });
    this.#cancellations = new Cancellations(transport, this.#logger);
    this.#attempts = new Attempts({
      origin: new URL(this.connection.uri).origin,
      transport,
      cancellations: this.#cancellations,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      clock: this.#clock,
      logger: this.#logger,
      cancelAtService: options.cancelAtService ?? true,
      bodyIdleTimeoutMs: options.bodyIdleTimeoutMs,
    });
  }

  /**
   * Sends a query when the result is first read. Failures before the first batch are retried by their class; after it they are thrown, since
   * rows already given cannot be taken back.
   * @throws KustoError KUSTO_NOT_READ_ONLY, KUSTO_OPTION_REFUSED at once; everything else while reading
   */
  query(database: string, csl: string, options: QueryOptions = {}): QueryResult {
    requireQuery(csl);
    // Refused properties are told here, not at the first row.
    this.#attempts.check(database, csl, options);
    return new QueryResult(
      (events, signal) => this.#retried(database, csl, options, events, signal),
      options.signal,
    );
  }

  /** A small result as values. The whole is retried by the class of its failure, also when it broke in the middle. */
  async rows(database: string, csl: string, options: RowsOptions = {}): Promise<Rows> {
    requireQuery(csl);
    return await this.#whole('query', database, csl, options);
  }

  /**
   * A `.show` command.
   * @throws KustoError KUSTO_NOT_READ_ONLY for any other command
   */
  async management(database: string, csl: string, options: RowsOptions = {}): Promise<Rows> {
    if (!isShowCommand(csl))
      throw new KustoError('KUSTO_NOT_READ_ONLY', 'only .show commands are sent by this client');
    return await this.#whole('management', database, csl, options);
  }

  /** Waits for cancellations under way and closes the client's own connections. */
  async close(): Promise<void> {
    await this.#cancellations.settled();
    if (this.#options.dispatcher === undefined) await this.#dispatcher.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #retryContext(signal: AbortSignal | undefined): RetryContext {
    return {
      policy: this.#options.retry ?? {},
      clock: this.#clock,
      random: this.#random,
      signal,
      onRetry: (error, attempt, pauseMs) =>
        this.#logger.warn('asking Kusto failed, it is tried again', {
          // What a person looks for comes first: at a terminal the line is long.
          reason: error.message,
          attempt,
          pauseMs: Math.round(pauseMs),
          code: error.code,
          retryClass: error.retryClass,
          clientRequestId: error.clientRequestId,
          activityId: error.activityId,
        }),
    };
  }

  async #whole(kind: Attempt['kind'], database: string, csl: string, options: RowsOptions): Promise<Rows> {
    const { maxRows = 10_000, maxBytes = 16 * 1024 * 1024, signal = new AbortController().signal } = options;
    const base = requestId(options);
    return await withRetry(this.#retryContext(options.signal), async (number) => {
      let columns: readonly KustoColumn[] = [];
      let cursor: string | undefined;
      const rows: CellValue[][] = [];
      let bytes = 0;
      const events: ScanEvents = {
        columns: (seen) => {
          columns = seen;
        },
        cursor: (seen) => {
          cursor = seen;
        },
      };
      const attempt: Attempt = {
        kind,
        database,
        csl,
        options,
        clientRequestId: attemptId(base, number),
        number,
        streaming: false,
      };
      for await (const batch of this.#attempts.run(attempt, events, signal)) {
        bytes += batch.bytes.length;
        if (rows.length + batch.rowCount > maxRows || bytes > maxBytes) {
          throw new KustoError(
            'KUSTO_ROW_LIMIT',
            `the result has more than ${maxRows} rows or ${maxBytes} bytes; read it as a stream`,
          );
        }
        rows.push(...rowsOf(batch));
      }
      return { columns, rows, cursor };
    });
  }

  async *#retried(
    database: string,
    csl: string,
    options: QueryOptions,
    events: ScanEvents,
    signal: AbortSignal,
  ): AsyncGenerator<RowBatch, void, void> {
    const loop = new RetryLoop(this.#retryContext(signal));
    const base = requestId(options);
    let announced: string | undefined;
    for (;;) {
      let delivered = false;
      try {
        const attempt: Attempt = {
          kind: 'query',
          database,
          csl,
          options,
          clientRequestId: attemptId(base, loop.attempt),
          number: loop.attempt,
          streaming: true,
        };
        const once: ScanEvents = {
          columns: (columns) => {
            const now = JSON.stringify(columns);
            if (announced !== undefined && announced !== now) {
              throw new KustoError(
                'KUSTO_INCOMPLETE',
                'the columns of the result changed between two attempts',
                { retryClass: 'permanent' },
              );
            }
            announced = now;
            events.columns(columns);
          },
          cursor: (cursor) => events.cursor(cursor),
        };
        for await (const batch of this.#attempts.run(attempt, once, signal)) {
          delivered = true;
          yield batch;
        }
        return;
      } catch (error) {
        if (delivered) throw error;
        await loop.pause(error);
      }
    }
  }
}

function requireQuery(csl: string): void {
  if (isCommand(csl))
    throw new KustoError(
      'KUSTO_NOT_READ_ONLY',
      'a text that starts with a dot is a management command, not a query',
    );
}

function requestId(options: QueryOptions): string {
  // It goes out with the request and comes back twice: 72 random bits are enough, and half as long as a UUID.
  return options.clientRequestId ?? `drasi-kusto;${randomBytes(9).toString('base64url')}`;
}

function attemptId(base: string, attempt: number): string {
  return attempt === 1 ? base : `${base};retry${attempt - 1}`;
}
