/** So many ids are kept at most, about 5 MB; beyond, they are forgotten, and a few keys more are published again than need be. */
const MAX_IDS = 50_000;

/**
 * Keys that were published or deleted while a bootstrap ran: its reader follows the feed since before it began, so that it has them from
 * there, whether the bootstrap sent them or not. In memory only: one that is not here is taken for untouched, which costs a repetition.
 */
export class TouchedKeys {
  readonly #ids = new Map<string, number>();
  /** Of each bootstrap under way: the count of touches when it was first heard of. */
  readonly #began = new Map<string, number>();
  #count = 0;

  begin(session: string): void {
    if (!this.#began.has(session)) this.#began.set(session, this.#count);
  }

  touch(id: string): void {
    if (this.#began.size === 0) return;
    if (this.#ids.size >= MAX_IDS) this.#ids.clear();
    this.#count += 1;
    this.#ids.set(id, this.#count);
  }

  since(session: string): ReadonlySet<string> {
    const began = this.#began.get(session) ?? this.#count;
    return new Set([...this.#ids].filter(([, at]) => at > began).map(([id]) => id));
  }

  end(session: string): void {
    this.#began.delete(session);
    if (this.#began.size === 0) this.#ids.clear();
  }

  /** No bootstrap is under way: those that never said their end are forgotten. */
  clear(): void {
    this.#began.clear();
    this.#ids.clear();
  }
}
