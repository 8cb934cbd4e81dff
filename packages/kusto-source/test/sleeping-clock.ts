import type { Clock } from '@drasi-kusto/source-sdk';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Time that stands still until it is moved, and those who wait for it. */
export class SleepingClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #now = Date.parse('2026-03-01T00:00:00Z');

  now(): number {
    return this.#now;
  }

  /** How many wait for a time to come. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  /** When the first of them is due; never where nobody waits. */
  protected get nextDue(): number {
    return Math.min(...[...this.#sleepers].map(({ due }) => due));
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const sleeper = {
        // Milliseconds are whole, as those of a computer are.
        due: this.#now + Math.ceil(ms),
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Sets the time, and wakes who is due by then. */
  protected moveTo(now: number): void {
    this.#now = now;
    for (const sleeper of this.#sleepers) if (sleeper.due <= now) sleeper.wake();
  }
}
