import type { Clock } from '@drasi-kusto/source-sdk';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** A sleep that ends within this time is over with the next tick, milliseconds. */
const jumpMs = 1_000;
/**
 * What a tick is otherwise. Small, because long sleeps are limits of how long something may take: while the source waits for
 * Kusto, which takes real time, they must not run out.
 */
const driftMs = 20;

/** Time that goes on only when it is told to, so that an interval costs nothing. */
export class ModelClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #now = Date.parse('2026-03-01T00:00:00Z');

  now(): number {
    return this.#now;
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

  /** Moves the time on, wakes who is due, and lets them and the network work for a moment. */
  async tick(): Promise<void> {
    const next = Math.min(...[...this.#sleepers].map(({ due }) => due));
    this.#now = next - this.#now <= jumpMs ? Math.max(this.#now, next) : this.#now + driftMs;
    for (const sleeper of this.#sleepers) if (sleeper.due <= this.#now) sleeper.wake();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
