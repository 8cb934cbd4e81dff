/**
 * How late a change is published, and what idle polls cost: the reactivator with POLL_INTERVAL 1 between kusto-local and a sidecar that
 * acknowledges at once. The time is from sending a row's ingestion to its arrival at the sidecar.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { FakeSidecar } from '../packages/kusto-source/test/fake-sidecar.ts';
import { CountingRelay } from '../packages/kusto-source/test/counting-relay.ts';
import { ask } from './kusto-http.ts';
import type { LocalFigure } from './kusto-local.ts';
import { here, MeasuredProcess, serveKustoLocal } from './measured-process.ts';

const intervalSeconds = 1;
/** What a change may need beyond the interval at the 99th percentile. */
const graceMs = 300;
/** Both ways, headers included. */
const idleBytes = 1024;

/** A stretch of rows, with a random pause before each. */
interface Stretch {
  readonly name: string;
  readonly seconds: number;
  readonly pauseMs: readonly [least: number, most: number];
}

/** @param seconds of the stretch of frequent rows; the others follow from it */
export async function latencyFigures(
  seconds: number,
  nodeArgs: readonly string[],
): Promise<readonly LocalFigure[]> {
  await using server = serveKustoLocal();
  const [, url = ''] = await server.says(/listening on (http:\S+)/);
  await ask(url, 'mgmt', '.create table T (k: long, v: string)');
  await using sidecar = await FakeSidecar.start();
  await using relay = await CountingRelay.start(Number(new URL(url).port));
  await using _reactivator = new MeasuredProcess(
    [here('../packages/kusto-source/bin/drasi-kusto.mjs'), 'reactivator'],
    {
      nodeArgs,
      env: {
        SOURCE_ID: 'latency',
        KUSTO_URI: `http://127.0.0.1:${relay.port}`,
        KUSTO_DATABASE: 'NetDefaultDB',
        KUSTO_TABLE: 'T',
        PRIMARY_KEY: 'k',
        POLL_INTERVAL: String(intervalSeconds),
        DAPR_HTTP_PORT: String(sidecar.port),
        APP_PORT: '0',
      },
    },
  );
  const arrived = new Map<string, number>();
  sidecar.onPublish = (changes) => {
    const now = performance.now();
    for (const { payload } of changes) if (payload.after) arrived.set(payload.after.id, now);
  };
  let key = 0;
  const ingest = async (): Promise<{ id: string; at: number }> => {
    key += 1;
    const at = performance.now();
    await ask(url, 'mgmt', `.ingest inline into table T <| ${key},a row`);
    return { id: `T:${key}`, at };
  };
  // The feed has begun once it holds a checkpoint. After its first change the pace has to calm down.
  await until(() => [...sidecar.state.values()].some(({ value }) => 'checkpoint' in Object(value)));
  const first = await ingest();
  await until(() => arrived.has(first.id));
  await delay(intervalSeconds * 4_000);
  const idle = await idleCost(relay, seconds / 6);

  const figures: LocalFigure[] = [];
  const stretches: readonly Stretch[] = [
    { name: 'a row every 300 ms', seconds, pauseMs: [200, 400] },
    { name: 'a row after quiet', seconds, pauseMs: [1_500, 2_500] },
  ];
  for (const { name, seconds: long, pauseMs } of stretches) {
    const sent: { id: string; at: number }[] = [];
    for (const end = performance.now() + long * 1000; performance.now() < end;) {
      await delay(pauseMs[0] + Math.random() * (pauseMs[1] - pauseMs[0]));
      sent.push(await ingest());
    }
    await until(() => sent.every(({ id }) => arrived.has(id)));
    const times = sent.map(({ id, at }) => (arrived.get(id) ?? Number.NaN) - at).sort((a, b) => a - b);
    figures.push(
      { name: `${name}, median`, value: percentile(times, 50), unit: 'ms' },
      {
        name: `${name}, 99 % within`,
        value: percentile(times, 99),
        unit: 'ms',
        atMost: intervalSeconds * 1000 + graceMs,
      },
    );
  }
  return [...figures, ...idle];
}

async function idleCost(relay: CountingRelay, seconds: number): Promise<readonly LocalFigure[]> {
  relay.take();
  await delay(seconds * 1000);
  const { queries, sent, received } = relay.take();
  return [
    { name: 'idle, queries a second', value: queries / seconds, unit: '', atMost: 1.2 / intervalSeconds },
    { name: 'idle, sent a poll', value: sent / queries, unit: 'bytes', atMost: idleBytes },
    { name: 'idle, received a poll', value: received / queries, unit: 'bytes', atMost: idleBytes },
  ];
}

/** @param sorted ascending */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the changes did not arrive within 30 s');
    await delay(5);
  }
}
