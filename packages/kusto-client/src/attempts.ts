import type { Cancellations } from './cancellations.ts';
import type { Clock, Logger } from './clock.ts';
import { publishEnd, publishStart } from './diagnostics.ts';
import { KustoError } from './errors.ts';
import { scanResult } from './frames/scan.ts';
import type { ScanEvents } from './frames/scan.ts';
import type { ScanLimits } from './frames/table-reader.ts';
import { errorOfTransport } from './http/network-error.ts';
import { DEFAULT_SERVER_TIMEOUT_MS, queryProperties, requestBody } from './http/request-body.ts';
import type { Transport } from './http/transport.ts';
import { aborted } from './retry.ts';
import type { QueryOptions, RowBatch } from './types.ts';

/** One request for one result. */
export interface Attempt {
  readonly kind: 'query' | 'management';
  readonly database: string;
  readonly csl: string;
  readonly options: QueryOptions;
  readonly clientRequestId: string;
  readonly number: number;
  /** Whether rows are given out as they come. */
  readonly streaming: boolean;
}

export interface AttemptsOptions {
  /** Of the cluster's URI. */
  readonly origin: string;
  readonly transport: Transport;
  readonly cancellations: Cancellations;
  readonly limits: ScanLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tell the service to stop a query whose reader left. */
  readonly cancelAtService: boolean;
  /** Default: server timeout plus 30 s. */
  readonly bodyIdleTimeoutMs: number | undefined;
}

/** How much longer than the service itself the client waits. */
const GRACE_MS = 30_000;

/** Single requests to one cluster, and what is known of the service between them. */
export class Attempts {
  readonly #options: AttemptsOptions;
  /** Fabric has no queryconsistency: once it said so, the property is left out. */
  #consistency = true;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  /** @throws KustoError KUSTO_OPTION_REFUSED for properties or parameters that no request may have */
  check(database: string, csl: string, options: QueryOptions): void {
    const properties = queryProperties(options, { consistency: this.#consistency, streaming: true });
    requestBody(database, csl, properties, options.parameters);
  }

  /** One request and its result, without any retry but the one for a property the service does not know. */
  async *run(attempt: Attempt, events: ScanEvents, outer: AbortSignal): AsyncGenerator<RowBatch, void, void> {
    const { kind, database, clientRequestId, number } = attempt;
    const start = { kind, database, clientRequestId, attempt: number };
    const began = this.#options.clock.now();
    const abort = new AbortController();
    const signal = AbortSignal.any([outer, abort.signal]);
    let rows = 0;
    let bytes = 0;
    let failure: KustoError | undefined;
    let finished = false;
    let sent = false;
    let activityId: string | undefined;
    publishStart(start);
    try {
      const answer = await this.#open(attempt, signal, () => {
        sent = true;
      });
      ({ activityId } = answer);
      const limits = { ...this.#options.limits, reuseBuffers: attempt.options.reuseBuffers === true };
      for await (const batch of scanResult(answer.body, events, limits)) {
        rows += batch.rowCount;
        bytes += batch.bytes.length;
        yield batch;
      }
      if (outer.aborted) throw outer.reason;
      finished = true;
    } catch (error) {
      failure = outer.aborted
        ? aborted(outer.reason)
        : errorOfTransport(error, this.#options.origin).withRequest({
            clientRequestId,
            activityId,
          });
      throw failure;
    } finally {
      const abandoned = !finished && (failure === undefined || failure.code === 'KUSTO_ABORTED');
      abort.abort();
      if (abandoned && sent && kind === 'query' && this.#options.cancelAtService)
        this.#options.cancellations.begin(database, clientRequestId);
      publishEnd({
        ...start,
        durationMs: this.#options.clock.now() - began,
        rows,
        bytes,
        error: failure,
        abandoned,
      });
    }
  }

  async #open(attempt: Attempt, signal: AbortSignal, onSent: () => void): ReturnType<Transport['post']> {
    const { kind, database, csl, options, clientRequestId, streaming } = attempt;
    const serverTimeoutMs = options.serverTimeoutMs ?? DEFAULT_SERVER_TIMEOUT_MS;
    const send = (consistency: boolean): ReturnType<Transport['post']> =>
      this.#options.transport.post({
        path: kind === 'query' ? '/v2/rest/query' : '/v1/rest/mgmt',
        body: requestBody(
          database,
          csl,
          queryProperties(options, { consistency: consistency && kind === 'query', streaming }),
          options.parameters,
        ),
        clientRequestId,
        headersTimeoutMs: serverTimeoutMs + GRACE_MS,
        idleTimeoutMs: this.#options.bodyIdleTimeoutMs ?? serverTimeoutMs + GRACE_MS,
        signal,
        onSent,
      });
    const consistency = this.#consistency;
    try {
      return await send(consistency);
    } catch (error) {
      const unknown =
        error instanceof KustoError && error.status === 400 && /query_?consistency/i.test(error.message);
      if (!consistency || !unknown || kind !== 'query') throw error;
      this.#consistency = false;
      this.#options.logger.info('the service does not know queryconsistency; sent without it from now on', {
        reason: error.message,
      });
      return await send(false);
    }
  }
}
