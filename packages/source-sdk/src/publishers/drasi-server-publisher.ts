import { Agent, request } from 'undici';
import type { ChangePublisher } from '../contracts.ts';
import { excerpt } from '../dapr/sidecar.ts';
import { ErrorCode, FatalSourceError, SourceError, messageOf } from '../errors.ts';
import { bodyWithLastCall } from '../http/last-call.ts';
import { traceHeaders } from '../tracing.ts';
import { httpEvent } from './http-event.ts';

export interface DrasiServerPublisherOptions {
  /** Where the `http` source of Drasi Server listens, such as `http://127.0.0.1:9000`. */
  readonly url: string | URL;
  /** The id that the `http` source has in the server's configuration. */
  readonly sourceId: string;
  /** Default 1 000 000: the server takes bodies up to 2 MB, and an event is shorter than the change it is made of. */
  readonly maxBatchBytes?: number;
  /** How long one request may take, milliseconds. Default 30 000. */
  readonly requestTimeoutMs?: number;
  /** Headers of each request, such as those of a gateway in front of the server. */
  readonly headers?: { readonly [name: string]: string };
}

/**
 * Publishes to the `http` source of Drasi Server: `POST /sources/{id}/events/batch`
 * (https://github.com/drasi-project/drasi-core/tree/main/components/sources/http). Only `{"success":true}` without an `error`
 * is an acknowledgement. The server answers 200 also when some of the events failed, and then does not say which: the whole
 * call is repeated, which updates allow. 503 says that its log is full, which is back-pressure. A source with `durability`
 * acknowledges what survives a crash of the server, one without it what is in memory.
 */
export class DrasiServerPublisher implements ChangePublisher {
  readonly maxBatchBytes: number;
  readonly #url: URL;
  readonly #target: string;
  readonly #headers: { readonly [name: string]: string };
  readonly #timeoutMs: number;
  readonly #agent: Agent;

  constructor(options: DrasiServerPublisherOptions) {
    const base = new URL(options.url);
    this.#url = new URL(`/sources/${encodeURIComponent(options.sourceId)}/events/batch`, base);
    this.#target = `source "${options.sourceId}" of Drasi Server at ${base.origin}`;
    this.#headers = options.headers ?? {};
    this.#timeoutMs = options.requestTimeoutMs ?? 30_000;
    this.maxBatchBytes = options.maxBatchBytes ?? 1_000_000;
    // One connection: two would let a late request overtake the next.
    this.#agent = new Agent({ connect: { timeout: 5_000 }, connections: 1, pipelining: 1 });
  }

  async publish(changes: readonly Uint8Array[], signal: AbortSignal, lastCall?: () => void): Promise<void> {
    if (changes.length === 0) return;
    const body = Buffer.from(`{"events":[${changes.map(httpEvent).join(',')}]}`, 'latin1');
    const { status, text } = await this.#send(body, signal, lastCall);
    if (status >= 200 && status < 300) {
      const problem = problemOf(text);
      if (problem === undefined) return;
      throw new SourceError(ErrorCode.PublishFailed, `${this.#target} took only a part: ${problem}`);
    }
    const message = `publishing to ${this.#target} was answered with ${status}: ${excerpt(text)}`;
    if (status >= 400 && status < 500 && !mayPass(status, text))
      throw new FatalSourceError(ErrorCode.PublishRefused, message);
    throw new SourceError(ErrorCode.PublishFailed, message);
  }

  async #send(
    bytes: Uint8Array,
    signal: AbortSignal,
    lastCall: (() => void) | undefined,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { body, headers } = bodyWithLastCall(bytes, lastCall);
    try {
      const response = await request(this.#url, {
        dispatcher: this.#agent,
        method: 'POST',
        headers: { ...traceHeaders(), ...this.#headers, ...headers, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]),
      });
      return { status: response.statusCode, text: await response.body.text() };
    } catch (error) {
      signal.throwIfAborted();
      throw new SourceError(ErrorCode.PublishFailed, `${this.#target} did not answer: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** The server gives 400 to a batch of which no event went in, also while it stops and its queue is closed. */
function mayPass(status: number, text: string): boolean {
  if (status === 400) return text.includes('"Internal channel error"');
  return status === 408 || status === 425 || status === 429;
}

/** What a 2xx says that is not a success; undefined: all events are in. */
function problemOf(text: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return `the answer is not JSON: ${excerpt(text)}`;
  }
  if (typeof answer !== 'object' || answer === null) return `the answer is ${excerpt(text)}`;
  if ('error' in answer && answer.error != null)
    return typeof answer.error === 'string' ? answer.error : JSON.stringify(answer.error);
  return 'success' in answer && answer.success === true ? undefined : `the answer is ${excerpt(text)}`;
}
