import { orAborted } from '../abort.ts';
import { Backoff } from '../backoff.ts';
import type { RetryOptions } from '../backoff.ts';
import type { ChangeBatch, Clock, Logger, Monitor, MonitorContext, Random } from '../contracts.ts';
import { ErrorCode, SourceError, isFatal, messageOf } from '../errors.ts';
import type { SessionBook } from '../sessions/session-book.ts';
import { awaitMonitorEnd } from './monitor-end.ts';
import type { MonitorProgress } from './monitor-progress.ts';
import type { StateKeeper } from './state-keeper.ts';
import type { StatusBook } from './status-book.ts';

export interface MonitorLoopOptions {
  readonly monitor: Monitor;
  readonly keeper: StateKeeper;
  readonly sessions: SessionBook;
  readonly progress: MonitorProgress;
  readonly status: StatusBook;
  /** Resolves once the batch is acknowledged and its checkpoint is durable. */
  readonly deliver: (batch: ChangeBatch) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: Random;
  readonly retry?: RetryOptions;
  /** How long a monitor may take to end, milliseconds. */
  readonly graceMs: number;
}

/** Asks the monitor for one batch after the other, and starts it again from the last checkpoint when it fails. */
export class MonitorLoop {
  readonly #options: MonitorLoopOptions;

  constructor(options: MonitorLoopOptions) {
    this.#options = options;
  }

  /**
   * Resolves, or rejects with any error, once `stop` is aborted.
   * @throws FatalSourceError when going on cannot help
   */
  async run(stop: AbortSignal): Promise<void> {
    const { status, logger, clock, random, retry } = this.#options;
    const backoff = new Backoff(random, retry);
    status.begin();
    while (!stop.aborted) {
      try {
        await this.#follow(stop, () => backoff.reset());
        if (stop.aborted) return;
        throw new SourceError(ErrorCode.MonitorEnded, 'the monitor ended without being told to');
      } catch (error) {
        if (isFatal(error) || stop.aborted) throw error;
        status.trouble('monitor', true);
        logger.error('the monitor failed, it starts again from the last checkpoint', {
          error: messageOf(error),
        });
      }
      await clock.sleep(backoff.next(), stop);
    }
  }

  /** One run of the monitor, from the last checkpoint stored. */
  async #follow(stop: AbortSignal, onDelivered: () => void): Promise<void> {
    const { monitor, progress, status, deliver, clock, logger, graceMs } = this.#options;
    const ended = new AbortController();
    const signal = AbortSignal.any([stop, ended.signal]);
    const iterator = monitor(this.#context(signal))[Symbol.asyncIterator]();
    try {
      for (;;) {
        progress.asked();
        const next = await orAborted(iterator.next(), signal);
        progress.answered();
        if (next.done === true) return;
        await deliver(next.value);
        status.trouble('monitor', false);
        onDelivered();
      }
    } finally {
      progress.answered();
      ended.abort(new SourceError(ErrorCode.Stopping, 'the monitor is to end'));
      await awaitMonitorEnd(iterator, { clock, logger, graceMs }, stop);
    }
  }

  #context(signal: AbortSignal): MonitorContext {
    const { keeper, sessions, progress, status } = this.#options;
    return {
      signal,
      checkpoint: keeper.record.checkpoint,
      abandonedSessions: () => sessions.abandoned(),
      openSessions: () => sessions.count,
      sleep: (ms, until) => {
        // It got as far as waiting for more.
        status.trouble('monitor', false);
        return progress.sleep(ms, signal, until);
      },
      alive: () => progress.alive(),
    };
  }
}
