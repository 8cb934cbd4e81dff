/** A reactivator as a process of its own, for tests of several on one store: a change every 20 ms, numbered by its checkpoint. */
import { appendFileSync } from 'node:fs';
import { DaprPublisher, DaprStateStore, Reactivator, SourceError, systemClock } from '../src/index.ts';
import type { ChangeBatch, Logger } from '../src/index.ts';

const { DAPR_HTTP_PORT, LEASE_MS, PUBLISH_TIMEOUT_MS, TEXT_BYTES, LOG } = process.env;
const daprHttpPort = Number(DAPR_HTTP_PORT);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const log = (message: string, fields: Record<string, unknown> = {}): void => {
  if (LOG !== undefined) appendFileSync(LOG, `${message} ${JSON.stringify(fields)}\n`);
};
const logger: Logger = { debug: log, info: log, warn: log, error: log };

const publisher = new DaprPublisher({ sourceId: 's', daprHttpPort });
const state = new DaprStateStore({ daprHttpPort });
const reactivator = new Reactivator({
  sourceId: 's',
  fingerprint: 'f',
  publisher,
  state,
  logger,
  leaseMs: Number(LEASE_MS),
  publishTimeoutMs: Number(PUBLISH_TIMEOUT_MS),
  terminationLogPath: '/nonexistent',
  monitor: async function* monitor({ checkpoint, signal, sleep }): AsyncGenerator<ChangeBatch> {
    process.stdout.write('running\n');
    for (let n = Number(checkpoint ?? 0) + 1; !signal.aborted; n++) {
      const timestampNs = BigInt(systemClock.now()) * 1_000_000n;
      // Made large where a publish is to be caught in the middle.
      const properties = { n, by: process.pid, text: 'x'.repeat(Number(TEXT_BYTES)) };
      const element = { id: `n:${n % 3}`, labels: ['N'], properties };
      yield { changes: [{ op: 'u', element, timestampNs }], checkpoint: n };
      await sleep(20);
    }
  },
});
const watch = setInterval(() => {
  if (reactivator.status === 'waiting') process.stdout.write('waiting\n');
}, 50);
try {
  await reactivator.run(stop.signal);
} catch (error) {
  process.stderr.write(`${error instanceof SourceError ? error.code : String(error)}\n`);
  process.exitCode = 1;
} finally {
  clearInterval(watch);
  await Promise.all([publisher.close(), state.close()]);
}
