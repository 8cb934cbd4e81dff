/**
 * The HTTP API of a Dapr sidecar (https://docs.dapr.io/reference/api/), on undici. Dapr's own client is not used: it
 * reports some failed publishes as successes.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { ErrorCode, SourceError, messageOf } from '../errors.ts';
import { bodyWithLastCall } from '../http/last-call.ts';
import { traceHeaders } from '../tracing.ts';

export interface DaprOptions {
  /** Default 127.0.0.1. */
  readonly daprHost?: string;
  /** The sidecar's HTTP port. Default 3500. */
  readonly daprHttpPort?: number;
  /** How long one request may take, milliseconds. Default 15 000. */
  readonly requestTimeoutMs?: number;
  /** How long one call waits for a sidecar that is not ready, milliseconds. Default 60 000. */
  readonly readyTimeoutMs?: number;
}

export interface DaprResponse {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: string;
}

export interface DaprRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: Uint8Array | string;
  readonly headers?: { readonly [name: string]: string };
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Called when all of the body but its last byte is sent. When it throws, that byte is not sent and the connection is cut. */
  readonly lastCall?: () => void;
}

const POLL_MS = 250;

/** A connection to one sidecar. Throws SIDECAR_UNAVAILABLE when it cannot be reached; answers are the caller's to judge. */
export class DaprSidecar {
  readonly #origin: string;
  readonly #agent: Agent;
  readonly #requestTimeoutMs: number;
  readonly #readyTimeoutMs: number;
  #ready = false;

  constructor(options: DaprOptions = {}) {
    this.#origin = `http://${options.daprHost ?? '127.0.0.1'}:${options.daprHttpPort ?? 3500}`;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? 15_000;
    this.#readyTimeoutMs = options.readyTimeoutMs ?? 60_000;
    this.#agent = new Agent({ connect: { timeout: 5_000 }, connections: 16 });
  }

  async send(options: DaprRequest): Promise<DaprResponse> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? this.#requestTimeoutMs);
    try {
      const response = await request(`${this.#origin}${options.path}`, {
        dispatcher: this.#agent,
        method: options.method,
        ...content(options),
        signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      });
      const etag = response.headers['etag'];
      return {
        status: response.statusCode,
        etag: Array.isArray(etag) ? etag[0] : etag,
        body: await response.body.text(),
      };
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new SourceError(
        ErrorCode.SidecarUnavailable,
        `the Dapr sidecar at ${this.#origin} did not answer ${options.method} ${options.path}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /**
   * Waits until the sidecar's components can be called. Before that it answers like one that does not have them, which
   * would look like a wrong configuration.
   */
  async waitUntilReady(signal?: AbortSignal): Promise<void> {
    if (this.#ready) return;
    const deadline = Date.now() + this.#readyTimeoutMs;
    for (;;) {
      const problem = await this.#probe(signal);
      if (problem === undefined) {
        this.#ready = true;
        return;
      }
      if (Date.now() + POLL_MS > deadline)
        throw new SourceError(
          ErrorCode.SidecarUnavailable,
          `the Dapr sidecar at ${this.#origin} is not ready: ${problem}`,
        );
      await wait(POLL_MS, undefined, signal ? { signal } : {});
    }
  }

  async #probe(signal: AbortSignal | undefined): Promise<string | undefined> {
    try {
      const { status } = await this.send({
        method: 'GET',
        path: '/v1.0/healthz/outbound',
        signal,
        timeoutMs: 2_000,
      });
      return status >= 200 && status < 300 ? undefined : `it answers ${status}`;
    } catch (error) {
      signal?.throwIfAborted();
      return messageOf(error);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function content(options: DaprRequest): Pick<Dispatcher.RequestOptions, 'body' | 'headers'> {
  const headers = { ...traceHeaders(), ...options.headers };
  if (!(options.body instanceof Uint8Array)) return { headers, body: options.body ?? null };
  const { body, headers: ofBody } = bodyWithLastCall(options.body, options.lastCall);
  return { headers: { ...headers, ...ofBody }, body };
}

/** Dapr's answer, short enough for a message. */
export function excerpt(body: string): string {
  const text = body.trim();
  if (text === '') return 'without a text';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
