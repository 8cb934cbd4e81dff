/** A whole source: ten counters, of which one goes up every second. `node counter.ts proxy`, `reactivator`, or `both`. */
import { createSource, readSettings, setting } from '@drasi-kusto/source-sdk';
import type { Bootstrap, ChangeBatch, Monitor, SourceNode } from '@drasi-kusto/source-sdk';

const counter = (step: number): SourceNode => ({
  id: `counter:${step % 10}`,
  labels: ['Counter'],
  properties: { name: `c${step % 10}`, value: Math.floor(step / 10) },
});

/** The step is the checkpoint: after a restart the counters go on from the last one that was delivered. */
const monitor = (stepMs: number): Monitor =>
  async function* monitor({ checkpoint, signal, sleep }): AsyncGenerator<ChangeBatch> {
    for (let step = Number(checkpoint ?? -1) + 1; !signal.aborted; step++) {
      yield { changes: [{ op: 'u', element: counter(step) }], checkpoint: step };
      await sleep(stepMs);
    }
  };

/** The present state: what the feed has published so far, as its checkpoint says. */
const bootstrap: Bootstrap = async function* bootstrap(_request, { checkpoint }) {
  const last = Number(await checkpoint?.());
  for (let step = Math.max(0, last - 9); step <= last; step++) yield counter(step);
};

const source = createSource((env) => {
  const { STEP_MS } = readSettings(env, { STEP_MS: setting.integer({ default: 1_000, min: 1 }) });
  return { labels: { nodes: ['Counter'] }, fingerprint: 'counter/1', bootstrap, monitor: monitor(STEP_MS) };
});

await source.run({ service: process.argv[2] });
