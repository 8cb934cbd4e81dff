/** Numbers from a seed, so that a run can be repeated: xorshift of 32 bits (Marsaglia 2003). */
export class Random {
  #state: number;

  /** @param name - another sequence for each name of one seed */
  constructor(seed: number, name = '') {
    let hash = (seed ^ 0x9e3779b9) | 0;
    for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    this.#state = hash === 0 ? 1 : hash;
  }

  /** An integer from 0 up to `limit` less 1; 0 when there is none. */
  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return limit <= 1 ? 0 : (this.#state >>> 0) % limit;
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}
