import diagnostics from 'node:diagnostics_channel';
import type { Clock } from '@drasi-kusto/source-sdk';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** How many turns of the event loop without a request it takes until nothing is taken to be under way. */
const quietTurns = 3;

/**
 * Time that jumps from one sleeper to the next, so that a day takes as long as its work. It stands still while a request to Kusto is
 * under way: limits of how long something may take do not run out because this machine is slow.
 */
export class QuietClock implements Clock, Disposable {
  readonly #sleepers = new Set<Sleeper>();
  readonly #began = (): void => void (this.#requests += 1);
  readonly #ended = (): void => void (this.#requests -= 1);
  #requests = 0;
  #now = Date.parse('2026-03-01T00:00:00Z');

  constructor() {
    diagnostics.subscribe('drasi-kusto:request:start', this.#began);
    diagnostics.subscribe('drasi-kusto:request:end', this.#ended);
  }

  [Symbol.dispose](): void {
    diagnostics.unsubscribe('drasi-kusto:request:start', this.#began);
    diagnostics.unsubscribe('drasi-kusto:request:end', this.#ended);
  }

  /** How many wait for a time to come. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

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

  /** Lets `ms` pass: everything that is due in it happens, each thing at its time. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await this.quiet();
      const next = Math.min(...[...this.#sleepers].map(({ due }) => due));
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      for (const sleeper of this.#sleepers) if (sleeper.due <= this.#now) sleeper.wake();
    }
    this.#now = end;
  }

  /** Lets time pass in small steps until the condition holds. @throws Error when it does not within `limitMs` of this clock */
  async until(condition: () => boolean | Promise<boolean>, what: string, limitMs = 600_000): Promise<void> {
    const end = this.#now + limitMs;
    while (!(await condition())) {
      if (this.#now >= end) throw new Error(`${what} did not come within ${limitMs / 1000} s`);
      await this.pass(100);
    }
  }

  /** Resolves when everyone who was woken has gone back to sleep. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < quietTurns; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#requests > 0) turn = -1;
    }
  }
}
