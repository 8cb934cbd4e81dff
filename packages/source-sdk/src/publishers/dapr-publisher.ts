import type { ChangePublisher } from '../contracts.ts';
import { DaprSidecar, excerpt } from '../dapr/sidecar.ts';
import type { DaprOptions } from '../dapr/sidecar.ts';
import { ErrorCode, FatalSourceError, SourceError } from '../errors.ts';

export interface DaprPublisherOptions extends DaprOptions {
  /** The changes go to the topic `<sourceId>-change`, where the platform's change router reads. */
  readonly sourceId: string;
  /** The pub/sub component. Default drasi-pubsub. */
  readonly pubsub?: string;
  /** Default 900 000: Dapr's default limit is 4 MB a message, and its envelope comes on top. */
  readonly maxBatchBytes?: number;
  /** Headers of each publish, such as `traceparent`. */
  readonly headers?: () => { readonly [name: string]: string };
}

const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

/** A JSON array of changes as one message body. */
export function messageBody(changes: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const change of changes) parts.push(parts.length === 0 ? OPEN : COMMA, change);
  parts.push(CLOSE);
  return Buffer.concat(parts);
}

/**
 * Publishes through `POST /v1.0/publish/{pubsub}/{topic}` (https://docs.dapr.io/reference/api/pubsub_api/). Only a 2xx is
 * an acknowledgement. A refusal that a retry cannot mend (403, 404 and the like) is fatal; everything else is in doubt.
 */
export class DaprPublisher implements ChangePublisher {
  readonly maxBatchBytes: number;
  readonly #sidecar: DaprSidecar;
  readonly #path: string;
  readonly #target: string;
  readonly #headers: () => { readonly [name: string]: string };

  constructor(options: DaprPublisherOptions) {
    const pubsub = options.pubsub ?? 'drasi-pubsub';
    const topic = `${options.sourceId}-change`;
    this.maxBatchBytes = options.maxBatchBytes ?? 900_000;
    this.#path = `/v1.0/publish/${encodeURIComponent(pubsub)}/${encodeURIComponent(topic)}`;
    this.#target = `topic "${topic}" of "${pubsub}"`;
    this.#headers = options.headers ?? ((): { readonly [name: string]: string } => ({}));
    this.#sidecar = new DaprSidecar(options);
  }

  async publish(changes: readonly Uint8Array[], signal: AbortSignal, lastCall?: () => void): Promise<void> {
    if (changes.length === 0) return;
    await this.#sidecar.waitUntilReady(signal);
    const { status, body } = await this.#sidecar.send({
      method: 'POST',
      path: this.#path,
      // Only with this type does Dapr keep 64-bit integers as they are in its envelope.
      headers: { 'content-type': 'application/json', ...this.#headers() },
      body: messageBody(changes),
      ...(lastCall === undefined ? {} : { lastCall }),
      signal,
    });
    if (status >= 200 && status < 300) return;
    const message = `publishing to ${this.#target} was answered with ${status}: ${excerpt(body)}`;
    if (status >= 400 && status < 500 && status !== 408 && status !== 429)
      throw new FatalSourceError(ErrorCode.PublishRefused, message);
    throw new SourceError(ErrorCode.PublishFailed, message);
  }

  close(): Promise<void> {
    return this.#sidecar.close();
  }
}
