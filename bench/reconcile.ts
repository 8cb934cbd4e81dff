/**
 * What scans of `reconcile` cost: a key index beside a table in kusto-local, in processes of their own; a scan that finds nothing, then one
 * behind changes of one key in a thousand. Bytes are those on the wire, headers included.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CountingRelay, type Traffic } from '../packages/kusto-source/test/counting-relay.ts';
import { ask } from './kusto-http.ts';
import { imageEnvironment } from './image-options.ts';
import type { LocalFigure } from './kusto-local.ts';
import { here, serveKustoLocal } from './measured-process.ts';
import type { StepReport } from './reconcile-process.ts';

const row = [
  "Id = strcat('device-', i)",
  "Site = strcat('building ', i % 40, ', floor ', i % 7)",
  "Model = strcat('sensor mark ', i % 5)",
  'Temperature = 20.0 + i % 90 / 10.0',
  'Readings = i * 37',
  'Seen = datetime(2026-01-01) + i * 1s',
  "Owner = strcat('team-', i % 300, '@example.com')",
  "Note = 'calibrated on site, next inspection as planned'",
].join(', ');
const columns =
  '(Id: string, Site: string, Model: string, Temperature: real, Readings: long, Seen: datetime, Owner: string, Note: string)';
/** Of a full read of the table, both ways. */
const mostBytes = 0.05;
const mostMb = 200;

/** @param keys at least some thousands */
export async function reconcileFigures(
  keys: number,
  nodeArgs: readonly string[],
): Promise<readonly LocalFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'drasi-reconcile-'));
  try {
    await using server = serveKustoLocal('--data', join(folder, 'data'));
    const [, url = ''] = await server.says(/listening on (http:\S+)/);
    await ask(url, 'mgmt', `.create table Devices ${columns}`);
    await ask(url, 'mgmt', `.append Devices <| range i from 1 to ${keys} step 1 | project ${row}`);
    const full = await ask(url, 'query', 'Devices');
    await using relay = await CountingRelay.start(Number(new URL(url).port));
    await using index = await Index.start(`http://127.0.0.1:${relay.port}`, join(folder, 'state'), nodeArgs);
    const begun = await index.step('baseline');
    relay.take();
    const idle = await index.step('scan');
    const idleTraffic = relay.take();
    const wanted = await changeOneInThousand(url, keys);
    const found = await index.step('scan');
    const traffic = relay.take();
    const published = new Set(found.published);
    const wrong =
      found.published.length - published.size + published.symmetricDifference(new Set(wanted)).size;
    const share = (bytes: number): number => bytes / full.bytes;
    return [
      { name: 'baseline', value: begun.seconds, unit: 's' },
      { name: 'nothing changed: rows read', value: idle.read + idle.published.length, unit: '', atMost: 0 },
      { name: 'nothing changed: bytes', value: bytesOf(idleTraffic), unit: 'B' },
      { name: 'nothing changed: time', value: idle.seconds, unit: 's' },
      { name: 'one in 1,000 changed: changes', value: found.published.length, unit: '' },
      { name: 'one in 1,000 changed: changes missing, wrong or twice', value: wrong, unit: '', atMost: 0 },
      { name: 'one in 1,000 changed: rows read', value: found.read, unit: '' },
      {
        name: 'one in 1,000 changed: bytes, of a full read',
        value: share(bytesOf(traffic)) * 100,
        unit: '%',
        atMost: mostBytes * 100,
      },
      { name: 'one in 1,000 changed: time', value: found.seconds, unit: 's' },
      { name: 'peak memory', value: found.peakRssMb, unit: 'MB', atMost: mostMb },
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

const bytesOf = ({ sent, received }: Traffic): number => sent + received;

/** New versions, rows that vanish, and new keys: eight, one and one of ten. Gives the changes that have to follow. */
async function changeOneInThousand(url: string, keys: number): Promise<readonly string[]> {
  const changed = Array.from({ length: Math.floor(keys / 1000) }, (_, at) => at * 1000 + 501);
  const gone = changed.filter((_, at) => at % 10 === 0);
  const added = changed.filter((_, at) => at % 10 === 1);
  const newer = changed.filter((_, at) => at % 10 > 1);
  await ask(
    url,
    'mgmt',
    `.append Devices <| range i from 501 to ${keys} step 1000 | where (i - 501) / 1000 % 10 > 1 | project ${row} | extend Note = 'moved'`,
  );
  await ask(
    url,
    'mgmt',
    `.append Devices <| range i from 501 to ${keys} step 1000 | where (i - 501) / 1000 % 10 == 1 | project ${row} | extend Id = strcat('new-', Id)`,
  );
  await ask(
    url,
    'mgmt',
    `.delete table Devices records <| Devices | where Readings % 37000 == ${501 * 37} and (Readings / 37 - 501) / 1000 % 10 == 0`,
  );
  return [
    ...gone.map((i) => `d Devices:device-${i}`),
    ...added.map((i) => `u Devices:new-device-${i}`),
    ...newer.map((i) => `u Devices:device-${i}`),
  ];
}

class Index implements AsyncDisposable {
  readonly #child: ReturnType<typeof fork>;

  private constructor(child: ReturnType<typeof fork>) {
    this.#child = child;
  }

  static async start(url: string, folder: string, nodeArgs: readonly string[]): Promise<Index> {
    const child = fork(here('reconcile-process.ts'), [url, folder], {
      execArgv: [...nodeArgs],
      env: { ...process.env, ...imageEnvironment },
    });
    const index = new Index(child);
    await index.#answer();
    return index;
  }

  async step(name: 'baseline' | 'scan'): Promise<StepReport> {
    const answer = this.#answer();
    this.#child.send(name);
    return (await answer) as StepReport;
  }

  async #answer(): Promise<unknown> {
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`the process of the scans ended with ${String(code)}`);
    });
    const [message] = (await Promise.race([once(this.#child, 'message'), ended])) as [unknown];
    return message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill();
    await exit;
  }
}
