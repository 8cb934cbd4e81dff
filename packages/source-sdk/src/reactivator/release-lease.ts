import { sleepFully } from '../clock.ts';
import type { Clock, Logger } from '../contracts.ts';
import { ErrorCode, SourceError, messageOf } from '../errors.ts';
import type { StateKeeper } from './state-keeper.ts';

/** How long the state store may take for the last write, milliseconds. */
const LIMIT_MS = 3_000;

/** Gives the lease up at a clean end, so that the successor begins at once. What does not work here only lets it run out. */
export async function releaseLease(keeper: StateKeeper, clock: Clock, logger: Logger): Promise<void> {
  const done = new AbortController();
  const limit = sleepFully(clock, LIMIT_MS, done.signal).then(
    () => keeper.stop(new SourceError(ErrorCode.Stopping, 'the state store does not answer')),
    () => undefined,
  );
  const released = keeper.release();
  try {
    await Promise.race([released, limit]);
  } catch (error) {
    logger.warn('the lease could not be released, it has to run out', { error: messageOf(error) });
  } finally {
    released.catch(() => undefined);
    done.abort();
  }
}
