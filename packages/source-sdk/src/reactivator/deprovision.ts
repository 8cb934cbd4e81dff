import { sleepFully } from '../clock.ts';
import { ErrorCode, SourceError } from '../errors.ts';
import type { SessionBook } from '../sessions/session-book.ts';
import type { LeaseTimes } from './lease.ts';
import type { StateKeeper } from './state-keeper.ts';
import { keepWhileDeleting, takeToDelete } from './take-to-delete.ts';
import type { EndAim } from './take-to-delete.ts';
import type { StoredRecordOptions } from './stored-record.ts';

export interface DeprovisionOptions extends StoredRecordOptions {
  readonly keeper: StateKeeper;
  readonly sessions: SessionBook;
  readonly lease: LeaseTimes;
  /** How long a holder may take to drain, milliseconds. */
  readonly graceMs: number;
  /** Ends the feed of this process; resolves when nothing of it is under way. */
  readonly drain: (reason: Error) => Promise<void>;
  /** Deletes what the source itself stored. */
  readonly author: (() => Promise<void>) | undefined;
}

export const deprovisioned = (): SourceError =>
  new SourceError(ErrorCode.Deprovisioned, 'the source is being deprovisioned');

/**
 * The end of a source (rule R24): no state is deleted under a reactivator that publishes, and once the end has begun nobody
 * publishes again.
 *
 * ```
 * drain here -> the record says that it ends -> its holder drains and releases it -> taken -> author's data -> record
 * ```
 *
 * The platform asks one of the pods, any of them, goes on whatever the answer is, and then removes them. So a pod that only waits
 * for the lease carries the end out as well, rather than to hope that the request is repeated at the holder.
 */
export class Deprovision {
  readonly #options: DeprovisionOptions;
  #run: Promise<void> | undefined;

  constructor(options: DeprovisionOptions) {
    this.#options = options;
  }

  /** Under way or done; undefined before the first attempt, and after one that failed. */
  get current(): Promise<void> | undefined {
    return this.#run;
  }

  /**
   * Resolves when the state is deleted. Begun once, however often it is called; after an error again.
   * @param aim - `finish`: an end that was left behind; what began anew since is left alone
   */
  run(aim: EndAim = 'end'): Promise<void> {
    this.#run ??= this.#end(aim).catch((error: unknown) => {
      this.#forget();
      throw error;
    });
    return this.#run;
  }

  #forget(): void {
    this.#run = undefined;
  }

  async #end(aim: EndAim): Promise<void> {
    const { keeper, sessions, drain, author, logger, state } = this.#options;
    const reason = deprovisioned();
    logger.info('deprovisioning');
    await drain(reason);
    // A hand-over that ended later would write what the source is about to delete.
    await sessions.refuseHandOvers(reason);
    const isOurs = await this.#take(aim);
    await keeper.seal(reason);
    if (!isOurs) return;
    const done = new AbortController();
    const kept = state.exclusive === true ? undefined : keepWhileDeleting(this.#options, done.signal);
    try {
      await author?.();
    } finally {
      done.abort();
      await kept;
    }
    await keeper.destroy();
    logger.info('deprovisioned: the state is deleted');
  }

  async #take(aim: EndAim): Promise<boolean> {
    const { keeper, lease, graceMs, clock } = this.#options;
    const [late, done] = [new AbortController(), new AbortController()];
    // The holder notices at its next renewal, drains (the monitor too may take its time), and at worst its lease has to run out.
    const limitMs = 2 * (graceMs + lease.durationMs + lease.publishTimeoutMs);
    const expire = (): void =>
      late.abort(
        new SourceError(
          ErrorCode.StateUnavailable,
          `the state of this source could not be taken within ${limitMs} ms to delete it: repeat the request`,
        ),
      );
    sleepFully(clock, limitMs, done.signal).then(expire, () => undefined);
    try {
      if (!keeper.holds) return await takeToDelete(this.#options, late.signal, aim);
      await keeper.markEnding(late.signal);
      return true;
    } finally {
      done.abort();
    }
  }
}
