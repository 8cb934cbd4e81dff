import { abandonIterator } from '../abort.ts';
import type { Clock, Logger } from '../contracts.ts';
import { ErrorCode, FatalSourceError } from '../errors.ts';

export interface MonitorEndOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long it may take, milliseconds. */
  readonly graceMs: number;
}

/**
 * Waits until a monitor whose signal is aborted has ended. Two monitors at once would publish out of order: one that does not end
 * ends the process.
 * @param stopping nothing follows: it is left behind
 * @throws FatalSourceError MONITOR_ENDED
 */
export async function awaitMonitorEnd(
  iterator: AsyncIterator<unknown>,
  { clock, logger, graceMs }: MonitorEndOptions,
  stopping: AbortSignal,
): Promise<void> {
  const settled = new AbortController();
  const end = abandonIterator(iterator).then(() => settled.abort());
  const limit = clock.sleep(graceMs, settled.signal).then(
    () => true,
    () => false,
  );
  const late = await Promise.race([end.then(() => false), limit]);
  if (!late) return;
  if (!stopping.aborted)
    throw new FatalSourceError(
      ErrorCode.MonitorEnded,
      'the monitor failed and does not end although its signal is aborted',
    );
  logger.warn('the monitor ignores its signal and is left behind');
}
