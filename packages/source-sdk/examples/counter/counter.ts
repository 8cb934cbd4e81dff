/** A whole source: ten counters, of which one goes up every second. Both services in one file, chosen by the first argument. */
import {
  DaprPublisher,
  DaprSessions,
  DaprStateStore,
  Reactivator,
  SourceProxy,
  readEnvironment,
} from '@drasi-kusto/source-sdk';
import type { Bootstrap, ChangeBatch, Monitor, SourceNode } from '@drasi-kusto/source-sdk';

const counter = (step: number): SourceNode => ({
  id: `counter:${step % 10}`,
  labels: ['Counter'],
  properties: { name: `c${step % 10}`, value: Math.floor(step / 10) },
});

/** The step is the checkpoint: after a restart the counters go on from the last one that was delivered. */
export const monitor: Monitor = async function* monitor({
  checkpoint,
  signal,
  sleep,
}): AsyncGenerator<ChangeBatch> {
  for (let step = Number(checkpoint ?? -1) + 1; !signal.aborted; step++) {
    const timestampNs = BigInt(Date.now()) * 1_000_000n;
    yield { changes: [{ op: 'u', element: counter(step), timestampNs }], checkpoint: step };
    await sleep(1_000);
  }
};

/** The present state. A real source reads it from where the changes come from, at a moment that is not before the call. */
export const bootstrap: Bootstrap = async function* bootstrap() {
  for (let step = 0; step < 10; step++) yield counter(step);
};

async function main(service: string | undefined): Promise<void> {
  const { sourceId, pubsub, stateStoreName, daprHttpPort, appPort, listenHost } = readEnvironment(
    process.env,
  );
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  if (service === 'reactivator') {
    const publisher = new DaprPublisher({ sourceId, pubsub, daprHttpPort });
    const state = new DaprStateStore({ storeName: stateStoreName, daprHttpPort });
    const fingerprint = 'counter/1';
    await new Reactivator({
      sourceId,
      monitor,
      publisher,
      state,
      fingerprint,
      host: listenHost,
      port: appPort,
    }).run(stop.signal);
    await Promise.all([publisher.close(), state.close()]);
  } else {
    const sessions = new DaprSessions({ appId: `${sourceId}-reactivator`, daprHttpPort });
    const ownedLabels = { nodes: ['Counter'], relations: [] };
    const proxy = new SourceProxy({
      sourceId,
      ownedLabels,
      bootstrap,
      sessions,
      host: listenHost,
      port: appPort,
    });
    await proxy.start();
    stop.signal.addEventListener('abort', () => void proxy.stop().then(() => sessions.disconnect()));
  }
}

if (import.meta.main) await main(process.argv[2]);
