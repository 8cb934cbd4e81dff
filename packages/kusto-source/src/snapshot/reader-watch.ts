import type { Clock } from '@drasi-kusto/source-sdk';
import type { PermitHolder } from './slice-permits.ts';

/** A reader that takes nothing for this long keeps its queries, which wait with it, but no longer keeps others from theirs. */
const lendAfterMs = 10_000;

/**
 * Lends a snapshot's permits once its reader has had one batch for long. Costs no timer a batch: one sleep at a time looks at
 * the batch that is with the reader when it ends.
 */
export class ReaderWatch {
  readonly #permits: PermitHolder;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** When the reader got the batch it has; undefined when it has none. */
  #since: number | undefined;
  #watching = false;

  constructor(permits: PermitHolder, clock: Clock, signal: AbortSignal) {
    this.#permits = permits;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** The reader has a batch. */
  given(): void {
    this.#since = this.#clock.now();
    if (!this.#watching) void this.#watch();
  }

  /** The reader wants the next one. */
  taken(): void {
    this.#since = undefined;
    this.#permits.takeBack();
  }

  async #watch(): Promise<void> {
    this.#watching = true;
    try {
      for (let rest = lendAfterMs; rest > 0;) {
        await this.#clock.sleep(rest, this.#signal);
        if (this.#since === undefined) return;
        rest = lendAfterMs - (this.#clock.now() - this.#since);
      }
      this.#permits.lend();
    } catch {
      // The snapshot has ended.
    } finally {
      this.#watching = false;
    }
  }
}
