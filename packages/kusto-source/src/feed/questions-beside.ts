/** A question whose answer is looked at when it suits. */
export interface Question<T> {
  /** How it ended; undefined while it has not. */
  readonly end: { readonly value: T } | { readonly error: unknown } | undefined;
}

/**
 * Long questions to the service that the loop of a feed does not wait for: one is in flight at a time (invariant I7), the others wait for their
 * turn. They read alone; what becomes of their answers is the loop's, between two windows. When the loop ends, so do they, before anything else
 * is done with what they read (rule R24).
 */
export class QuestionsBeside implements AsyncDisposable {
  readonly #stop = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #next = new AbortController();

  /** An error is an end as any other: it is for whoever looks at it. */
  ask<T>(question: (signal: AbortSignal) => Promise<T>): Question<T> {
    const { signal } = this.#stop;
    const asked: { end: Question<T>['end'] } = { end: undefined };
    const before = this.#last;
    const run = async (): Promise<void> => {
      await before;
      try {
        signal.throwIfAborted();
        asked.end = { value: await question(signal) };
      } catch (error) {
        asked.end = { error };
      }
      this.#next.abort();
    };
    this.#last = run();
    return asked;
  }

  /** Aborted by the next end of a question: who sleeps until then publishes what was found without waiting for the next poll. */
  nextEnd(): AbortSignal {
    this.#next = new AbortController();
    return this.#next.signal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#last;
  }
}
