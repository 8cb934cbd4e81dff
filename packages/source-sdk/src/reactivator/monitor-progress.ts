import { elapsedSince, sleepUntil, tick } from '../clock.ts';
import type { Tick } from '../clock.ts';
import type { Clock } from '../contracts.ts';

/**
 * Tells a monitor that hangs from one that is idle. While the monitor owes the next batch it has to give a sign of life now
 * and then: yield, say that it is alive, or sleep by the sleep it is given. A request that never answers gives none.
 * Not to be confused with the time the reactivator itself needs for publishing, which does not count.
 */
export class MonitorProgress {
  readonly #clock: Clock;
  readonly #stalledAfterMs: number;
  /** The last sign of life; undefined while nothing is owed. */
  #heard: Tick | undefined;
  #sleepers = 0;

  constructor(clock: Clock, stalledAfterMs: number) {
    this.#clock = clock;
    this.#stalledAfterMs = stalledAfterMs;
  }

  /** The monitor is asked for its next batch. */
  asked(): void {
    this.#heard = tick(this.#clock);
  }

  /** It gave one, or ended. */
  answered(): void {
    this.#heard = undefined;
  }

  alive(): void {
    if (this.#heard !== undefined) this.#heard = tick(this.#clock);
  }

  /** @param until see `MonitorContext.sleep` */
  async sleep(ms: number, signal: AbortSignal, until?: AbortSignal): Promise<void> {
    this.#sleepers += 1;
    try {
      await (until === undefined
        ? this.#clock.sleep(ms, signal)
        : sleepUntil(this.#clock, ms, signal, until));
    } finally {
      this.#sleepers -= 1;
      this.alive();
    }
  }

  /** Why it needs a restart, or undefined. */
  get problem(): string | undefined {
    if (this.#heard === undefined || this.#sleepers > 0) return undefined;
    const silent = elapsedSince(this.#clock, this.#heard).atLeast;
    if (silent <= this.#stalledAfterMs) return undefined;
    return `the monitor hangs: it gave no sign of life for ${Math.floor(silent / 1_000)} s`;
  }
}
