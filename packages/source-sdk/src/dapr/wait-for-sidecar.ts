import { systemClock } from '../clock.ts';
import type { Clock, Logger } from '../contracts.ts';
import { ErrorCode, SourceError, messageOf } from '../errors.ts';
import { silentLogger } from '../silent-logger.ts';
import { DaprSidecar } from './sidecar.ts';
import type { DaprOptions } from './sidecar.ts';

export interface WaitForSidecarOptions extends DaprOptions {
  readonly signal: AbortSignal;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** How often the log says that the sidecar is still awaited, milliseconds. */
const REMINDER_MS = 10_000;

/**
 * Resolves when the sidecar is there and its components can be called (`/v1.0/healthz/outbound`), however long that takes, and logs
 * what is waited for. Publishers and stores wait by themselves; a source whose own first step needs the sidecar calls this.
 * Listen on the app port first: a sidecar may wait for that.
 */
export async function waitForSidecar(options: WaitForSidecarOptions): Promise<void> {
  const { signal, logger = silentLogger, clock = systemClock, ...dapr } = options;
  const sidecar = new DaprSidecar({ readyTimeoutMs: REMINDER_MS, ...dapr });
  const began = clock.now();
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await sidecar.waitUntilReady(signal);
        if (attempt > 1) logger.info('the Dapr sidecar is ready', { waitedMs: clock.now() - began });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof SourceError) || error.code !== ErrorCode.SidecarUnavailable) throw error;
        logger.warn('waiting for the Dapr sidecar', {
          waitedMs: clock.now() - began,
          reason: messageOf(error),
        });
      }
    }
  } finally {
    await sidecar.close();
  }
}
