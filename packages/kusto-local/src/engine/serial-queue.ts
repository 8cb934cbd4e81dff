/** Runs asynchronous jobs one at a time, in the order they were given; a failed job does not stop the next. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(job);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when the jobs given so far have ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
