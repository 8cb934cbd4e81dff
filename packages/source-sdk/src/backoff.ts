import type { Random } from './contracts.ts';

export interface RetryOptions {
  /** The longest first wait, milliseconds. Default 200. */
  readonly initialMs?: number;
  /** The longest wait, milliseconds. Default 30 000. */
  readonly maxMs?: number;
  /** By what the wait grows. Default 2. */
  readonly factor?: number;
}

/**
 * Waits that grow exponentially, each drawn between half and all of its bound: processes that failed together do not
 * come back together, and none comes back at once.
 */
export class Backoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #factor: number;
  readonly #random: Random;
  #bound: number;

  constructor(random: Random, options: RetryOptions = {}) {
    this.#initialMs = options.initialMs ?? 200;
    this.#maxMs = options.maxMs ?? 30_000;
    this.#factor = options.factor ?? 2;
    this.#random = random;
    this.#bound = this.#initialMs;
  }

  /** The next wait, in milliseconds. */
  next(): number {
    const bound = this.#bound;
    this.#bound = Math.min(this.#maxMs, bound * this.#factor);
    return Math.round(bound / 2 + (this.#random() * bound) / 2);
  }

  /** After a success: the next wait is a first one again. */
  reset(): void {
    this.#bound = this.#initialMs;
  }
}
