/** The sequence values of a database's last commits, so that the cursor of an earlier moment can be told. */
export class SequenceHistory {
  readonly #kept: number;
  #values: bigint[];

  constructor(first: bigint, kept = 100_000) {
    this.#kept = kept;
    this.#values = [first];
  }

  /** Values rise; one that does not is the last again. */
  add(value: bigint): void {
    if (value <= (this.#values.at(-1) ?? 0n)) return;
    this.#values.push(value);
    if (this.#values.length > 2 * this.#kept) this.#values = this.#values.slice(-this.#kept);
  }

  /** The last value not after a moment in ticks; before all that is known, the first one known. */
  at(ticks: bigint): bigint {
    let low = 0;
    let high = this.#values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#values[middle] ?? 0n) <= ticks) low = middle + 1;
      else high = middle;
    }
    return this.#values[Math.max(0, low - 1)] ?? 0n;
  }
}
