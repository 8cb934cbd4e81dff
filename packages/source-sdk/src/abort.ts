/** Helpers around AbortSignal that leave no listener behind. */

/** Settles like `promise`, but rejects with the signal's reason as soon as it is aborted. */
export function orAborted<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) {
      // The promise is left alone: its rejection must not become an unhandled one.
      promise.then(undefined, () => undefined);
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      act();
    };
    promise.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}

/** Ends an iteration early. A generator that ignores its signal is not waited for. */
export function abandonIterator(iterator: AsyncIterator<unknown>): Promise<void> {
  return Promise.resolve(iterator.return?.()).then(
    () => undefined,
    () => undefined,
  );
}
