import { setTimeout as wait } from 'node:timers/promises';
import { between, type Random } from '../../packages/kusto-source/src/quickstart/random.ts';
import { kustoRows } from './agreement.ts';
import type { Kusto } from './kusto.ts';
import { assertKept } from './kept-storms.ts';
import { deleteStorms, ingestStorms, newest, type Storms } from './storms.ts';

export interface BusyStormsOptions {
  readonly random: Random;
  /** Storms there are already. Default 2 000. */
  readonly known?: number;
  /** Some are deleted, too. Default false. */
  readonly deletes?: boolean;
  /** The most storms of one ingestion. Default 400. */
  readonly most?: number;
  /** Milliseconds between two turns, at least and at the most. Default 20 to 80. */
  readonly pauseMs?: readonly [number, number];
}

/** Storms that come, change and go, by a seed, until it is stopped. */
export class BusyStorms {
  readonly #kusto: Kusto;
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  /** By id, the version that was acknowledged last; undefined for one that was deleted. */
  readonly #acknowledged = new Map<number, number | undefined>();
  /** Ingestions one after the other: which is newer is known. */
  #turn: Promise<void> = Promise.resolve();
  #known: number;
  #turns = 0;

  constructor(kusto: Kusto, options: BusyStormsOptions) {
    const { random, known = 2_000, deletes = false, most = 400, pauseMs = [20, 80] } = options;
    this.#kusto = kusto;
    this.#known = known;
    for (let id = 0; id < known; id += 1) this.#acknowledged.set(id, 0);
    this.#done = this.#run({ random, deletes, most, pauseMs });
    // Told by stop(), and no unhandled one until then.
    this.#done.catch(() => {});
  }

  /** So many new storms in one ingestion. Resolves when they are acknowledged. */
  burst(count: number): Promise<void> {
    return this.#ingest({ from: this.#known, to: this.#known + count, version: this.#turns });
  }

  /**
   * Resolves when the last change is Kusto's, and Kusto has each that it has acknowledged.
   * @returns how many turns there were
   * @throws what an ingestion failed with, or AssertionError with the storms that Kusto has lost
   */
  async stop(): Promise<number> {
    this.#end.abort();
    await this.#done;
    assertKept(this.#acknowledged, await kustoRows(this.#kusto, newest));
    return this.#turns;
  }

  async #run({ random, deletes, most, pauseMs }: Required<Omit<BusyStormsOptions, 'known'>>): Promise<void> {
    while (!this.#end.signal.aborted) {
      this.#turns += 1;
      const from = between(random, 0, this.#known);
      await this.#ingest({ from, to: from + between(random, 1, most), version: this.#turns });
      await this.#ingest({ from: this.#known, to: this.#known + between(random, 0, 40) });
      const gone = between(random, 0, this.#known);
      if (deletes) await this.#delete({ from: gone, to: gone + between(random, 1, 60) });
      await wait(between(random, ...pauseMs));
    }
  }

  #ingest({ from, to, version = 0 }: Storms): Promise<void> {
    this.#known = Math.max(this.#known, to);
    return this.#next(async () => {
      await ingestStorms(this.#kusto, { from, to, version });
      for (let id = from; id < to; id += 1) this.#acknowledged.set(id, version);
    });
  }

  #delete({ from, to }: Storms): Promise<void> {
    return this.#next(async () => {
      await deleteStorms(this.#kusto, { from, to });
      for (let id = from; id < to; id += 1)
        if (this.#acknowledged.has(id)) this.#acknowledged.set(id, undefined);
    });
  }

  #next(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
