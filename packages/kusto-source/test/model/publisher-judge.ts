/** A machine on which one of the source's two processes runs. */
export type MachineName = 'A' | 'B';

/** What of the reactivator's record tells whose the lease is. */
export interface LeaseRecord {
  /** The process that wrote it; another one after each start. */
  readonly owner: string;
  readonly lease?: { readonly released?: boolean };
}

/**
 * Invariant I7, rule R21: of two processes that share a state, the one publishes that holds the lease, and the other one ends when it
 * has lost it. Whoever writes the record last holds the lease.
 */
export class PublisherJudge {
  /** The first thing that was wrong. */
  broken: Error | undefined;
  /** How often another process took the lease of one that had not released it. */
  takings = 0;
  #owner: string | undefined;
  /** Where the owner's process runs; undefined when it is gone. */
  #holder: MachineName | undefined;
  /** A process of each machine that has to end. */
  readonly #losers = new Set<MachineName>();
  /** Those that held the lease while another one, which did not, wrote a part of the state: they may find it as they had not left it. */
  readonly #disturbed = new Set<MachineName>();

  /** Where the process runs that holds the lease. */
  get holder(): MachineName | undefined {
    return this.#holder;
  }

  /** Those that lost the lease, and have not ended yet. */
  get losers(): readonly MachineName[] {
    return [...this.#losers];
  }

  /** A record is stored, by a process of this machine. */
  stored(machine: MachineName, { owner, lease }: LeaseRecord): void {
    if (this.#owner !== undefined && this.#owner !== owner) this.takings += 1;
    if (this.#owner !== owner) {
      if (this.#holder !== undefined && this.#holder !== machine) this.#losers.add(this.#holder);
    }
    const isReleased = lease?.released === true;
    this.#owner = isReleased ? undefined : owner;
    this.#holder = isReleased ? undefined : machine;
  }

  /**
   * Another part of the state is stored. A process that stood still before it opened its indexes writes to them when it goes on, and ends
   * with its next look at the record; the holder, whose next write is refused then, ends too, before it publishes what it could not write.
   */
  storedPart(machine: MachineName): void {
    if (this.#holder !== undefined && machine !== this.#holder) this.#disturbed.add(this.#holder);
  }

  /** The topic has changes of a process of this machine. */
  published(machine: MachineName): void {
    if (machine === this.#holder) return;
    this.#break(`I7: ${machine} published, and the lease is ${this.#holder ?? 'nobody'}'s`);
  }

  /**
   * The process of this machine ended by itself.
   * @param code of the error
   */
  ended(machine: MachineName, code: string, message: string): void {
    const isLoser = this.#losers.has(machine);
    const isDisturbed = this.#disturbed.has(machine);
    this.gone(machine);
    if (code === 'ANOTHER_REACTIVATOR' && (isLoser || isDisturbed)) return;
    const whose = isLoser ? 'whose lease was taken' : 'whose lease nobody took';
    this.#break(`R21: ${machine}, ${whose}, ended with ${code}: ${message}`);
  }

  /** It was killed, or ended cleanly. */
  gone(machine: MachineName): void {
    this.#losers.delete(machine);
    this.#disturbed.delete(machine);
    if (this.#holder === machine) this.#holder = undefined;
  }

  #break(what: string): void {
    this.broken ??= new Error(what);
  }
}
