import { setTimeout as wait } from 'node:timers/promises';
import { between, type Random } from '../../packages/kusto-source/src/quickstart/random.ts';
import type { KustoLocal } from 'kusto-local';
import { deleteStorms, ingestStorms } from './storms.ts';

export interface BusyStormsOptions {
  readonly random: Random;
  /** Storms there are already. Default 2 000. */
  readonly known?: number;
  /** Some are deleted, too. Default false. */
  readonly deletes?: boolean;
}

/** Storms that come, change and go, by a seed, until it is stopped. */
export class BusyStorms {
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  #turns = 0;

  constructor(kusto: KustoLocal, { random, known = 2_000, deletes = false }: BusyStormsOptions) {
    this.#done = (async (): Promise<void> => {
      let count = known;
      while (!this.#end.signal.aborted) {
        this.#turns += 1;
        const from = between(random, 0, count);
        await ingestStorms(kusto, { from, to: from + between(random, 1, 400), version: this.#turns });
        count = Math.max(count, from + 400);
        await ingestStorms(kusto, { from: count, to: (count += between(random, 0, 40)) });
        const gone = between(random, 0, count);
        if (deletes) await deleteStorms(kusto, { from: gone, to: gone + between(random, 1, 60) });
        await wait(between(random, 20, 80));
      }
    })();
    // Told by stop(), and no unhandled one until then.
    this.#done.catch(() => {});
  }

  /** Resolves when the last change is Kusto's. @returns how many turns there were @throws what an ingestion failed with */
  async stop(): Promise<number> {
    this.#end.abort();
    await this.#done;
    return this.#turns;
  }
}
