import { hashFraction, seededRandom } from '../faults/random.ts';
import type { WeakConsistency } from '../request-properties/query-options.ts';
import type { WeakConsistencyOptions } from './settings.ts';

/**
 * The heads that serve reads under weak consistency. Each refreshes what it knows once per period, at a time of its own: what
 * it serves is up to a period old, and two reads in a row by different heads can go backwards.
 */
export class WeakHeads {
  #seed: number | undefined;
  #random = seededRandom(0);

  /** The moment whose state a read gets, in milliseconds since 1970. `key` is the database's name, or the query's text. */
  snapshot(
    options: Required<WeakConsistencyOptions>,
    { by, session }: WeakConsistency,
    key: { readonly database: string; readonly text: string },
    nowMs: number,
  ): number {
    if (this.#seed !== options.seed) {
      this.#seed = options.seed;
      this.#random = seededRandom(options.seed);
    }
    const pinned = { database: key.database, query: key.text, session };
    const choice = by === 'random' ? this.#random() : hashFraction(pinned[by]);
    const head = Math.floor(choice * options.heads);
    const period = options.maximumLagMs;
    const phase = Math.floor(hashFraction(`${options.seed}/${head}`) * period);
    return Math.floor((nowMs - phase) / period) * period + phase;
  }
}
