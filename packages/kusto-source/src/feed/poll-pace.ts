/** What a poll found: more than a small window of rows, some rows, or none. */
export type PollResult = 'full' | 'changed' | 'idle';

/** No poll follows a change sooner than this. */
const shortestPauseMs = 100;

/**
 * Milliseconds from the beginning of one poll to the next. After a full window there is likely to be more: at once. After a change others
 * are likely to follow: a tenth of the interval. Then it doubles with every poll that finds nothing, up to the interval.
 * @param previousMs the pause before the poll whose result this is
 */
export function pauseAfter(result: PollResult, previousMs: number, intervalMs: number): number {
  if (result === 'full') return 0;
  const fast = Math.min(intervalMs, Math.max(shortestPauseMs, intervalMs / 10));
  return result === 'changed' ? fast : Math.min(intervalMs, Math.max(fast, previousMs * 2));
}
