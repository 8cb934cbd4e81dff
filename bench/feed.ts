import { ratiosOf, type Contest, type Figures } from './contest.ts';
import { FarEnds } from './far-ends-process.ts';
import { here, MeasuredProcess } from './measured-process.ts';

const program = here('../packages/kusto-source/bin/drasi-kusto.mjs');

/** A window of all rows: by the reactivator, and by a loop that publishes one row at a time. */
export async function feedContest(rows: number, nodeArgs: readonly string[]): Promise<Contest> {
  const figures = [
    await run(
      'drasi-kusto',
      rows,
      (port) =>
        new MeasuredProcess([program, 'reactivator'], {
          nodeArgs,
          env: {
            SOURCE_ID: 'storms',
            KUSTO_URI: `http://127.0.0.1:${port}`,
            KUSTO_DATABASE: 'db',
            KUSTO_TABLE: 'StormEvents',
            PRIMARY_KEY: 'EventId',
            POLL_INTERVAL: '0.1',
            DAPR_HTTP_PORT: String(port),
            APP_PORT: '0',
          },
        }),
    ),
    await run(
      'one row, one publish',
      rows,
      (port) => new MeasuredProcess([here('contenders/official-feed.ts'), `http://127.0.0.1:${port}`]),
    ),
  ];
  return { mode: 'feed', rows, figures, ratios: ratiosOf(figures) };
}

async function run(name: string, rows: number, start: (port: number) => MeasuredProcess): Promise<Figures> {
  await using farEnds = await FarEnds.start(rows);
  const published = farEnds.published();
  await using service = start(farEnds.port);
  const { seconds } = await published;
  const { cpuSeconds, peakRssMb } = await service.usage();
  return {
    name,
    rows,
    // The start is part of it: the feed begins with the process.
    cpuSeconds,
    cpuSecondsPerMillion: (cpuSeconds / rows) * 1e6,
    peakRssMb,
    rowsPerSecond: rows / seconds,
    firstElementSeconds: undefined,
  };
}
