import { randomUUID } from 'node:crypto';
import { ErrorReply, createClient } from '@redis/client';
import { orAborted } from '../abort.ts';
import { systemClock } from '../clock.ts';
import type { ChangePublisher, Clock } from '../contracts.ts';
import { ErrorCode, FatalSourceError, SourceError, messageOf } from '../errors.ts';
import { traceContext } from '../tracing.ts';
import { stringText } from '../wire/json-text.ts';
import { messageBody } from './dapr-publisher.ts';

export interface RedisStreamPublisherOptions {
  /** `redis://[[user]:password@]host[:port][/database]`; `rediss://` for TLS. */
  readonly url: string | URL;
  /** The changes go to the stream `<sourceId>-change`, which Drasi's `platform` source reads. */
  readonly sourceId: string;
  /** The name of the pub/sub component in the messages. Default drasi-pubsub. */
  readonly pubsub?: string;
  /** Default 900 000: one entry holds one call. */
  readonly maxBatchBytes?: number;
  /**
   * Trims the stream to about so many entries. Default: none, as with Dapr; the stream then grows until somebody trims it. An
   * entry that is trimmed before it was read is lost.
   */
  readonly maxLength?: number;
  /** How long connecting, and then one command, may take, milliseconds. Default 15 000. */
  readonly requestTimeoutMs?: number;
  /** The `time` of the messages. */
  readonly clock?: Clock;
}

/** Replies that another attempt would get again: no access, no stream under this name, no such command or database. */
const REFUSALS = /^(?:NOAUTH|WRONGPASS|NOPERM|WRONGTYPE|ERR (?:unknown command|DB index|invalid DB|AUTH))/i;

type Client = ReturnType<typeof connectTo>;

// The client's own repetitions are off: a command of before a break must not arrive behind later ones.
const connectTo = (url: string, timeoutMs: number) =>
  createClient({
    url,
    name: 'drasi-source',
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false, connectTimeout: timeoutMs },
  });

/**
 * Publishes without Dapr, to the Redis stream that Dapr's `pubsub.redis` would write (https://redis.io/docs/latest/commands/xadd/):
 * one entry a call, in its field `data` the CloudEvent with the array of changes. Drasi's `platform` source reads it unchanged, as
 * does a Dapr subscription. An entry counts as delivered when Redis answered with its id; how well Redis keeps it is a matter
 * of its persistence (`appendfsync`). Needs the package `@redis/client`.
 */
export class RedisStreamPublisher implements ChangePublisher {
  readonly maxBatchBytes: number;
  readonly #options: RedisStreamPublisherOptions;
  readonly #url: URL;
  readonly #stream: string;
  readonly #target: string;
  readonly #timeoutMs: number;
  #client: Client | undefined;

  constructor(options: RedisStreamPublisherOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    this.#stream = `${options.sourceId}-change`;
    // Without the user and the password.
    this.#target = `stream "${this.#stream}" of Redis at ${this.#url.host}`;
    this.#timeoutMs = options.requestTimeoutMs ?? 15_000;
    this.maxBatchBytes = options.maxBatchBytes ?? 900_000;
  }

  async publish(changes: readonly Uint8Array[], signal: AbortSignal, lastCall?: () => void): Promise<void> {
    if (changes.length === 0) return;
    signal.throwIfAborted();
    const { maxLength } = this.#options;
    const data = this.#message(changes);
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]);
    try {
      const client = await this.#connect(inTime);
      lastCall?.();
      const trim = {
        TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: maxLength ?? 0 },
      } as const;
      const added =
        maxLength === undefined
          ? client.xAdd(this.#stream, '*', { data })
          : client.xAdd(this.#stream, '*', { data }, trim);
      await orAborted(added, inTime);
    } catch (error) {
      // Without an answer it is not known what Redis has. On a connection that is gone it gets nothing more of it.
      if (!(error instanceof ErrorReply)) this.#disconnect();
      signal.throwIfAborted();
      throw this.#failure(error);
    }
  }

  close(): Promise<void> {
    this.#disconnect();
    return Promise.resolve();
  }

  async #connect(signal: AbortSignal): Promise<Client> {
    if (this.#client?.isReady === true) return this.#client;
    this.#disconnect();
    const client = connectTo(this.#url.href, this.#timeoutMs);
    // What an idle connection suffers shows at the next publish; without a listener it would end the process.
    client.on('error', () => undefined);
    this.#client = client;
    await orAborted(client.connect(), signal);
    return client;
  }

  #disconnect(): void {
    if (this.#client?.isOpen === true) this.#client.destroy();
    this.#client = undefined;
  }

  #failure(error: unknown): SourceError {
    const message = `publishing to ${this.#target} failed: ${messageOf(error)}`;
    if (error instanceof ErrorReply && REFUSALS.test(error.message)) {
      // A connection without access stays so; another attempt, after a restart, begins with a new one.
      this.#disconnect();
      return new FatalSourceError(ErrorCode.PublishRefused, message, { cause: error });
    }
    return new SourceError(ErrorCode.PublishFailed, message, { cause: error });
  }

  /** The envelope that Dapr puts around a message (https://docs.dapr.io/developing-applications/building-blocks/pubsub/pubsub-cloudevents/). */
  #message(changes: readonly Uint8Array[]): Buffer {
    const { sourceId, pubsub = 'drasi-pubsub', clock = systemClock } = this.#options;
    const trace = traceContext.getStore();
    const attributes = {
      datacontenttype: 'application/json',
      id: randomUUID(),
      pubsubname: pubsub,
      source: sourceId,
      specversion: '1.0',
      time: new Date(clock.now()).toISOString(),
      topic: this.#stream,
      type: 'com.dapr.event.sent',
      ...(trace?.traceparent === undefined
        ? {}
        : { traceparent: trace.traceparent, tracestate: trace.tracestate ?? '' }),
    };
    const members = Object.entries(attributes).map(([name, value]) => `"${name}":${stringText(value)}`);
    return Buffer.concat([
      Buffer.from(`{${members.join(',')},"data":`, 'latin1'),
      messageBody(changes),
      Buffer.from('}'),
    ]);
  }
}
