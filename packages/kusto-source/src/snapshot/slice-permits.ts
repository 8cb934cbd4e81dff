/** One snapshot's use of the shared permits. */
export interface PermitHolder {
  /** Resolves when one more query may run; rejects with the signal's reason. The function gives the permit back. */
  acquire(signal: AbortSignal): Promise<() => void>;
  /** While this holder waits for its reader: its permits are others' to use, and it gets no more of them. */
  lend(): void;
  /** The holder goes on, with the permits it lent. Those whom they were lent to keep theirs until they give them back. */
  takeBack(): void;
}

interface Holder {
  running: number;
  lends: boolean;
}

interface Waiting {
  readonly holder: Holder;
  readonly grant: () => void;
}

/**
 * The cap on queries that snapshots of one process run at a time. Among those who wait, the snapshot with the fewest running queries
 * comes first, so a large table cannot keep a small one waiting until it is through.
 */
export class SlicePermits {
  readonly #limit: number;
  #waiting: Waiting[] = [];
  /** Granted and not lent: above the limit for a while when a holder takes back what it lent. */
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  holder(): PermitHolder {
    const holder: Holder = { running: 0, lends: false };
    return {
      acquire: (signal) => this.#acquire(holder, signal),
      lend: () => this.#lend(holder),
      takeBack: () => this.#takeBack(holder),
    };
  }

  async #acquire(holder: Holder, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const turn = Promise.withResolvers<void>();
    const waiting: Waiting = { holder, grant: turn.resolve };
    this.#waiting.push(waiting);
    const leave = (): void => {
      // A permit granted in the same moment is not lost: then the entry is gone and the caller gets it, to give it back.
      if (!this.#waiting.includes(waiting)) return;
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      turn.reject(signal.reason as Error);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#grant();
    await turn.promise.finally(() => signal.removeEventListener('abort', leave));
    let given = false;
    return () => {
      if (given) return;
      given = true;
      holder.running -= 1;
      if (!holder.lends) this.#total -= 1;
      this.#grant();
    };
  }

  #lend(holder: Holder): void {
    if (holder.lends) return;
    holder.lends = true;
    this.#total -= holder.running;
    this.#grant();
  }

  #takeBack(holder: Holder): void {
    if (!holder.lends) return;
    holder.lends = false;
    this.#total += holder.running;
    this.#grant();
  }

  #grant(): void {
    while (this.#total < this.#limit) {
      const next = this.#fairest();
      if (next === undefined) return;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#total += 1;
      next.holder.running += 1;
      next.grant();
    }
  }

  #fairest(): Waiting | undefined {
    let best: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.holder.lends) continue;
      if (best === undefined || waiting.holder.running < best.holder.running) best = waiting;
    }
    return best;
  }
}
