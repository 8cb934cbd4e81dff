import { randomUUID } from 'node:crypto';
import { Backoff } from '../backoff.ts';
import { systemClock } from '../clock.ts';
import type { BootstrapSessions, Clock, Logger, Random } from '../contracts.ts';
import { DaprSidecar, excerpt } from '../dapr/sidecar.ts';
import type { DaprOptions } from '../dapr/sidecar.ts';
import type { JsonValue } from '../elements.ts';
import { ErrorCode, FatalSourceError, SourceError, messageOf } from '../errors.ts';
import { checkHandOverSize } from './hand-overs.ts';
import { silentLogger } from '../silent-logger.ts';

export interface DaprSessionsOptions extends DaprOptions {
  /** The app id of the reactivator: `<sourceId>-reactivator` on the platform. */
  readonly appId: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** How often `close` and `abandon` are tried before the session is left to run out. Default 6. */
  readonly attempts?: number;
}

/** While two pods overlap, the one asked may be the one that waits. */
const RENEW_ATTEMPTS = 4;

type Verb = 'renew' | 'close' | 'abandon';

/**
 * Sessions with a reactivator in another pod, by Dapr service invocation
 * (https://docs.dapr.io/reference/api/service_invocation_api/). What fails here costs a repetition, never a row: a session
 * the reactivator does not hear of again counts as abandoned.
 */
export class DaprSessions implements BootstrapSessions {
  readonly #sidecar: DaprSidecar;
  readonly #base: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #attempts: number;

  constructor(options: DaprSessionsOptions) {
    this.#sidecar = new DaprSidecar({ requestTimeoutMs: 10_000, ...options });
    this.#base = `/v1.0/invoke/${encodeURIComponent(options.appId)}/method/bootstrap-sessions`;
    this.#logger = options.logger ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#attempts = options.attempts ?? 6;
  }

  async open(labels: readonly string[], signal: AbortSignal): Promise<string> {
    // The id is ours: a request whose answer was lost is repeated without opening a second session.
    const id = randomUUID();
    const body = JSON.stringify({ id, labels });
    const backoff = new Backoff(this.#random, { initialMs: 100, maxMs: 3_000 });
    for (;;) {
      signal.throwIfAborted();
      try {
        const { status, body: answer } = await this.#sidecar.send({
          method: 'POST',
          path: this.#base,
          headers: { 'content-type': 'application/json' },
          body,
          signal,
        });
        if (status >= 200 && status < 300) return id;
        if (status === 400)
          throw new FatalSourceError(
            ErrorCode.BadRequest,
            `the reactivator refuses the session: ${excerpt(answer)}`,
          );
        this.#logger.info('the reactivator opens no bootstrap session yet', {
          status,
          answer: excerpt(answer),
        });
      } catch (error) {
        if (signal.aborted) {
          // It may have been opened all the same. Closing it now saves a repair for a bootstrap that never began.
          void this.#tell(id, 'close', 1);
          throw error;
        }
        if (error instanceof FatalSourceError) throw error;
        this.#logger.warn('opening a bootstrap session failed, it will be tried again', {
          error: messageOf(error),
        });
      }
      await this.#clock.sleep(backoff.next(), signal);
    }
  }

  async renew(id: string): Promise<void> {
    const backoff = new Backoff(this.#random, { initialMs: 100, maxMs: 1_000 });
    let problem = '';
    for (let attempt = 1; attempt <= RENEW_ATTEMPTS; attempt++) {
      if (attempt > 1) await this.#clock.sleep(backoff.next());
      try {
        const { status, body } = await this.#post(id, 'renew');
        if (status >= 200 && status < 300) return;
        if (status === 404)
          throw new SourceError(
            ErrorCode.UnknownSession,
            `the reactivator has no open bootstrap session "${id}"`,
          );
        problem = `${status}: ${excerpt(body)}`;
      } catch (error) {
        if (error instanceof SourceError && error.code === ErrorCode.UnknownSession) throw error;
        problem = messageOf(error);
      }
    }
    this.#logger.warn('renewing a bootstrap session failed', { session: id, error: problem });
  }

  async handOver(id: string, payload: Uint8Array, signal: AbortSignal): Promise<void> {
    checkHandOverSize(payload);
    const backoff = new Backoff(this.#random, { initialMs: 100, maxMs: 3_000 });
    for (;;) {
      signal.throwIfAborted();
      try {
        const { status, body } = await this.#sidecar.send({
          method: 'POST',
          path: `${this.#base}/${encodeURIComponent(id)}/hand-over`,
          headers: { 'content-type': 'application/octet-stream' },
          body: payload,
          signal,
        });
        if (status === 204) return;
        if (status === 404)
          throw new SourceError(
            ErrorCode.UnknownSession,
            `the reactivator has no bootstrap session "${id}" to hand over to: ${excerpt(body)}`,
          );
        if (status >= 400 && status < 500 && status !== 408 && status !== 429)
          throw new FatalSourceError(
            ErrorCode.HandOverRefused,
            `the reactivator refuses a hand-over with ${status}: ${excerpt(body)}`,
          );
        this.#logger.info('the reactivator takes no hand-over yet', { status, answer: excerpt(body) });
      } catch (error) {
        if (signal.aborted) throw error;
        if (error instanceof SourceError && error.code !== ErrorCode.SidecarUnavailable) throw error;
        this.#logger.warn('a hand-over failed, it will be tried again', { error: messageOf(error) });
      }
      await this.#clock.sleep(backoff.next(), signal);
    }
  }

  async checkpoint(signal: AbortSignal): Promise<JsonValue> {
    const backoff = new Backoff(this.#random, { initialMs: 100, maxMs: 3_000 });
    for (;;) {
      signal.throwIfAborted();
      try {
        const { status, body } = await this.#sidecar.send({
          method: 'GET',
          path: `${this.#base}/checkpoint`,
          signal,
        });
        if (status === 200) return (JSON.parse(body) as { checkpoint: JsonValue }).checkpoint;
        this.#logger.info('the reactivator tells no checkpoint yet', { status, answer: excerpt(body) });
      } catch (error) {
        if (signal.aborted) throw error;
        this.#logger.warn('asking for the checkpoint failed, it will be tried again', {
          error: messageOf(error),
        });
      }
      await this.#clock.sleep(backoff.next(), signal);
    }
  }

  async close(id: string): Promise<void> {
    await this.#tell(id, 'close', this.#attempts);
  }

  async abandon(id: string): Promise<void> {
    await this.#tell(id, 'abandon', this.#attempts);
  }

  /** Drops the connections to the sidecar. */
  disconnect(): Promise<void> {
    return this.#sidecar.close();
  }

  async #tell(id: string, verb: Verb, attempts: number): Promise<void> {
    const backoff = new Backoff(this.#random, { initialMs: 200, maxMs: 5_000 });
    let problem = '';
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) await this.#clock.sleep(backoff.next());
      try {
        const { status, body } = await this.#post(id, verb);
        if (status >= 200 && status < 300) return;
        problem = `${status}: ${excerpt(body)}`;
      } catch (error) {
        problem = messageOf(error);
      }
    }
    this.#logger.warn(
      `a bootstrap session could not be told to ${verb}, its labels will be published again`,
      {
        session: id,
        problem,
      },
    );
  }

  #post(id: string, verb: Verb): ReturnType<DaprSidecar['send']> {
    return this.#sidecar.send({ method: 'POST', path: `${this.#base}/${encodeURIComponent(id)}/${verb}` });
  }
}
