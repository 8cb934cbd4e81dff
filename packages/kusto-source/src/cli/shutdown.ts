import { watchNpm } from './npm-launcher.ts';

/**
 * A signal that aborts on SIGINT, SIGTERM, SIGHUP, and when the launcher that started this process is gone. A second
 * SIGINT ends the process at once: a person who presses Ctrl-C twice means it.
 */
export function shutdownSignal(target: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  let interrupts = 0;
  const stop = (signal: string): void => {
    if (signal === 'SIGINT' && (interrupts += 1) > 1) target.exit(130);
    controller.abort(new Error(`stopped by ${signal}`));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) target.on(signal, () => stop(signal));
  if (target.env['DRASI_KUSTO_PARENT_CHANNEL'] !== undefined) {
    target.on('disconnect', () => stop('the end of its launcher'));
    // The open channel alone must not keep the process alive.
    target.channel?.unref();
  }
  const npmIsGone = watchNpm(target.pid);
  if (npmIsGone !== undefined) {
    const timer = setInterval(() => {
      if (!npmIsGone()) return;
      clearInterval(timer);
      stop('the end of npm');
    }, 250);
    timer.unref();
  }
  return controller.signal;
}
