import type { ReactivatorStatus } from './reactivator-options.ts';

/** What can fail, and is repeated until it succeeds. */
export type Trouble = 'monitor' | 'publish' | 'state';

/** What a reactivator is doing. It is `retrying` as long as anything is: a lease that could be renewed says nothing of a publish that cannot. */
export class StatusBook {
  now: ReactivatorStatus = 'starting';
  readonly #troubles = new Set<Trouble>();

  /** The state is this reactivator's: it follows its monitor from here on. */
  begin(): void {
    this.mark(this.#found, ['starting', 'waiting']);
  }

  /** Notes that something has to be repeated, or that it succeeded. */
  trouble(what: Trouble, retrying: boolean): void {
    if (retrying) this.#troubles.add(what);
    else this.#troubles.delete(what);
    this.mark(this.#found, ['running', 'retrying']);
  }

  /** Changes the status where it is one of `from`. */
  mark(status: ReactivatorStatus, from: readonly ReactivatorStatus[]): void {
    if (from.includes(this.now)) this.now = status;
  }

  get #found(): ReactivatorStatus {
    return this.#troubles.size === 0 ? 'running' : 'retrying';
  }
}
