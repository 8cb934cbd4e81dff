/** One snapshot's use of the shared permits. */
export interface PermitHolder {
  /** Resolves when one more query may run; rejects with the signal's reason. The function gives the permit back. */
  acquire(signal: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly holder: object;
  readonly grant: () => void;
}

/**
 * The cap on queries that snapshots of one process run at a time. Among those who wait, the snapshot with the fewest running queries
 * comes first, so a large table cannot keep a small one waiting until it is through.
 */
export class SlicePermits {
  readonly #limit: number;
  readonly #running = new Map<object, number>();
  #waiting: Waiting[] = [];
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  holder(): PermitHolder {
    const holder = {};
    return { acquire: (signal) => this.#acquire(holder, signal) };
  }

  async #acquire(holder: object, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#total >= this.#limit) {
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
      await turn.promise.finally(() => signal.removeEventListener('abort', leave));
    } else {
      this.#take(holder);
    }
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#release(holder);
    };
  }

  #take(holder: object): void {
    this.#total += 1;
    this.#running.set(holder, (this.#running.get(holder) ?? 0) + 1);
  }

  #release(holder: object): void {
    this.#total -= 1;
    const left = (this.#running.get(holder) ?? 1) - 1;
    if (left === 0) this.#running.delete(holder);
    else this.#running.set(holder, left);
    const next = this.#fairest();
    if (next === undefined) return;
    this.#waiting = this.#waiting.filter((other) => other !== next);
    this.#take(next.holder);
    next.grant();
  }

  #fairest(): Waiting | undefined {
    let best: Waiting | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      const running = this.#running.get(waiting.holder) ?? 0;
      if (running >= fewest) continue;
      best = waiting;
      fewest = running;
    }
    return best;
  }
}
