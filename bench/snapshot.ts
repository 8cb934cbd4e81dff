import { ratiosOf, type Contest, type Figures } from './contest.ts';
import { FarEnds } from './far-ends-process.ts';
import { here, MeasuredProcess } from './measured-process.ts';
import { freePort } from '../packages/kusto-source/test/free-port.ts';

const program = here('../packages/kusto-source/bin/drasi-kusto.mjs');

/** The official client holds the whole answer as one string, which V8 limits to about 512 MB: it can go no further. */
export const officialClientRows = 1_000_000;

interface Contender {
  readonly name: string;
  /** Hands its keys over to the reactivator. */
  readonly indexed?: boolean;
  start(ports: { readonly farEnds: number; readonly own: number; readonly admin: number }): MeasuredProcess;
}

const ours = (nodeArgs: readonly string[], indexed = false): Contender => ({
  name: indexed ? 'drasi-kusto, with a key index' : 'drasi-kusto',
  indexed,
  start: ({ farEnds, own, admin }) =>
    new MeasuredProcess([program, 'proxy'], {
      nodeArgs,
      env: {
        SOURCE_ID: 'storms',
        KUSTO_URI: `http://127.0.0.1:${farEnds}`,
        KUSTO_DATABASE: 'db',
        KUSTO_TABLE: 'StormEvents',
        PRIMARY_KEY: 'EventId',
        CHANGE_DETECTION: indexed ? 'latest' : 'auto',
        DAPR_HTTP_PORT: String(farEnds),
        APP_PORT: String(own),
        ADMIN_PORT: String(admin),
      },
    }),
});

const script = (name: string, file: string): Contender => ({
  name,
  start: ({ farEnds, own }) => new MeasuredProcess([here(file), `http://127.0.0.1:${farEnds}`, String(own)]),
});

/** A bootstrap by a service of ours, by what a user writes with the official client, and by a pipe that changes nothing. */
export async function snapshotContest(rows: number, nodeArgs: readonly string[]): Promise<Contest> {
  const contenders = [
    ours(nodeArgs),
    ...(rows > officialClientRows ? [] : [script('official client', 'contenders/official-proxy.ts')]),
    script('passthrough', 'contenders/passthrough.ts'),
  ];
  const figures: Figures[] = [];
  for (const contender of contenders) figures.push(await run(contender, rows));
  return { mode: 'snapshot', rows, figures, ratios: ratiosOf(figures) };
}

/** A bootstrap whose keys and hashes are handed over before they leave; the reactivator's part is not in it. */
export async function indexedFigures(rows: number, nodeArgs: readonly string[]): Promise<Figures> {
  return await run(ours(nodeArgs, true), rows);
}

async function run(contender: Contender, rows: number): Promise<Figures> {
  await using farEnds = await FarEnds.start(rows, contender.indexed === true ? 'indexed' : 'plain');
  const own = await freePort();
  await using service = contender.start({ farEnds: farEnds.port, own, admin: await freePort() });
  await service.answersAt(`http://127.0.0.1:${own}/supports-stream`);
  const before = await service.usage();
  const report = await farEnds.read(`http://127.0.0.1:${own}/acquire-stream`);
  const after = await service.usage();
  if (contender.name !== 'passthrough' && report.elements !== rows)
    throw new Error(`${contender.name} sent ${report.elements} elements, not ${rows}`);
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  return {
    name: contender.name,
    rows,
    cpuSeconds,
    cpuSecondsPerMillion: (cpuSeconds / rows) * 1e6,
    peakRssMb: after.peakRssMb,
    rowsPerSecond: rows / report.seconds,
    firstElementSeconds: report.firstElementSeconds,
  };
}
