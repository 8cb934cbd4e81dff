import type { Clock } from './contracts.ts';

/** The computer's clock and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
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
