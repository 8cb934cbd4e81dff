import type { Clock } from './contracts.ts';

/** The computer's clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};

/** Nanoseconds since 1970, from a clock that counts milliseconds. */
export function nanoseconds(clock: Clock): bigint {
  return BigInt(Math.max(0, Math.trunc(clock.now()))) * 1_000_000n;
}

/** A moment, by both of a clock's hands. */
export interface Tick {
  readonly now: number;
  readonly monotonic: number;
}

export function tick(clock: Clock): Tick {
  const now = clock.now();
  return { now, monotonic: clock.monotonic?.() ?? now };
}

/**
 * Milliseconds since a moment. The two hands disagree when someone sets the time, or when the machine slept (which Linux's
 * monotonic clock does not count): whoever must not act too early takes `atLeast`, whoever must not act too late `atMost`.
 */
export function elapsedSince(
  clock: Clock,
  then: Tick,
): { readonly atLeast: number; readonly atMost: number } {
  const { now, monotonic } = tick(clock);
  const [a, b] = [Math.max(0, now - then.now), Math.max(0, monotonic - then.monotonic)];
  return { atLeast: Math.min(a, b), atMost: Math.max(a, b) };
}

/** Sleeps as the clock does, and no longer than until `until` is aborted, which is no error. */
export async function sleepUntil(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  until: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (until.aborted) return;
  const either = new AbortController();
  const end = (): void => either.abort();
  for (const each of [signal, until]) each.addEventListener('abort', end, { once: true });
  try {
    await clock.sleep(ms, either.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!until.aborted) throw error;
  } finally {
    for (const each of [signal, until]) each.removeEventListener('abort', end);
  }
}

/** Sleeps for no less than `ms`, whatever wakes the clock's sleepers. */
export async function sleepFully(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const began = tick(clock);
  for (;;) {
    const rest = ms - elapsedSince(clock, began).atMost;
    if (rest <= 0) return;
    await clock.sleep(rest, signal);
  }
}
