import { setTimeout as wait } from 'node:timers/promises';

export interface UntilOptions {
  /** Default 30 000. */
  readonly timeoutMs?: number;
  /** Between two looks. Default 50. */
  readonly everyMs?: number;
}

/** Waits for a state, with a generous end. @throws Error that says what did not come, and why the last look failed */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  { timeoutMs = 30_000, everyMs = 50 }: UntilOptions = {},
): Promise<void> {
  const end = Date.now() + timeoutMs;
  let failure: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > end)
      throw new Error(`${what} did not come within ${Math.round(timeoutMs / 1000)} s`, { cause: failure });
    await wait(everyMs);
  }
}
