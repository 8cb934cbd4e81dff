import { Backoff } from '../backoff.ts';
import { systemClock } from '../clock.ts';
import type { BootstrapSessions, Clock, Random } from '../contracts.ts';
import type { JsonValue } from '../elements.ts';
import { ErrorCode, SourceError, isFatal } from '../errors.ts';
import type { SessionBook } from './session-book.ts';

export interface InProcessSessionsOptions {
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Sessions for a proxy and a reactivator that run in one process. */
export class InProcessSessions implements BootstrapSessions {
  readonly #book: SessionBook;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(book: SessionBook, options: InProcessSessionsOptions = {}) {
    this.#book = book;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
  }

  async open(labels: readonly string[], signal: AbortSignal): Promise<string> {
    const backoff = new Backoff(this.#random, { initialMs: 50, maxMs: 1_000 });
    for (;;) {
      signal.throwIfAborted();
      try {
        return await this.#book.open(labels);
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== ErrorCode.NotReady) throw error;
      }
      await this.#clock.sleep(backoff.next(), signal);
    }
  }

  async renew(id: string): Promise<void> {
    this.#book.renew(id);
  }

  async handOver(id: string, payload: Uint8Array, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.#random, { initialMs: 50, maxMs: 1_000 });
    for (;;) {
      signal.throwIfAborted();
      try {
        await this.#book.handOver(id, payload);
        return;
      } catch (error) {
        const code = error instanceof SourceError ? error.code : undefined;
        if (isFatal(error) || code === ErrorCode.UnknownSession || code === ErrorCode.Deprovisioned)
          throw error;
      }
      await this.#clock.sleep(backoff.next(), signal);
    }
  }

  async checkpoint(): Promise<JsonValue> {
    return this.#book.checkpoint;
  }

  close(id: string): Promise<void> {
    return this.#book.close(id);
  }

  abandon(id: string): Promise<void> {
    return this.#book.abandon(id);
  }
}
