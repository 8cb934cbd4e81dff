/**
 * `npm run bench [-- snapshot|indexed|feed|local|scale|latency|reconcile] [--rows N] [--seconds N] [--json] [--svg folder] [--store]`: ours against what a user would write, in
 * one run, as ratios; `indexed` is a bootstrap with a key index, `local` kusto-local by itself, `scale` a bootstrap of a large table over faults, `latency` how late a change is published, `reconcile` what scans cost. Absolute figures depend on the machine; ratios much less. Ends with 1 when a ratio got worse by
 * more than 20 % than the stored one for as many rows.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { regressions, store } from './baselines.ts';
import { feedContest } from './feed.ts';
import { localFigures, localTable, missed, type LocalFigure } from './kusto-local.ts';
import { latencyFigures } from './latency.ts';
import { plot } from './plot.ts';
import { table } from './report.ts';
import { reconcileFigures } from './reconcile.ts';
import { imageNodeOptions } from './image-options.ts';
import { bootstrapAtScale } from './scale.ts';
import { indexedFigures, snapshotContest } from './snapshot.ts';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '100000' },
    /** Of rows with little time between them; `latency` takes a bit more than twice as long. */
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    svg: { type: 'string' },
    store: { type: 'boolean', default: false },
    /** Given to the Node of our services instead of what the images give it. */
    node: { type: 'string', multiple: true, default: [...imageNodeOptions] },
  },
});
const rows = Number(values.rows);
if (!Number.isSafeInteger(rows) || rows < 1)
  throw new Error(`--rows is "${values.rows}" but must be a whole number above 0`);
const seconds = Number(values.seconds);
if (!(seconds >= 1)) throw new Error(`--seconds is "${values.seconds}" but must be 1 or more`);
const contests = { snapshot: snapshotContest, feed: feedContest };
const known = Object.keys(contests) as (keyof typeof contests)[];
const unknown = positionals.find(
  (name) =>
    !['indexed', 'local', 'scale', 'latency', 'reconcile'].includes(name) &&
    !known.some((mode) => mode === name),
);
if (unknown !== undefined)
  throw new Error(
    `there is no benchmark "${unknown}"; there are ${known.join(', ')}, indexed, local, scale, latency and reconcile`,
  );

for (const mode of known.filter((name) => positionals.length === 0 || positionals.includes(name))) {
  const contest = await contests[mode](rows, values.node);
  console.log(values.json ? JSON.stringify(contest) : `\n${table(contest)}`);
  if (values.svg !== undefined) {
    await mkdir(values.svg, { recursive: true });
    await writeFile(join(values.svg, `bench-${mode}.svg`), plot(contest));
  }
  for (const { name, value, baseline } of await regressions(contest)) {
    console.error(`worse than the baseline: ${name} is ${value.toFixed(2)}, was ${baseline.toFixed(2)}`);
    process.exitCode = 1;
  }
  if (values.store) await store(contest);
}

for (const inMemory of positionals.includes('local') ? [false, true] : []) {
  const figures = await localFigures(rows, inMemory);
  const title = `kusto-local ${inMemory ? 'in memory' : 'with --data'}, ${rows.toLocaleString('en')} rows`;
  show(title, figures);
}

if (positionals.includes('indexed')) console.log(JSON.stringify(await indexedFigures(rows, values.node)));

if (positionals.includes('latency')) {
  const figures = await latencyFigures(seconds, values.node);
  const title = 'from ingestion to publish, POLL_INTERVAL 1';
  show(title, figures);
}

if (positionals.includes('reconcile')) {
  const figures = await reconcileFigures(rows, values.node);
  show(`scans, ${rows.toLocaleString('en')} keys`, figures);
}

if (positionals.includes('scale')) {
  const report = await bootstrapAtScale(rows);
  console.log(JSON.stringify(report));
  if (report.missing > 0 || report.repeated > 0) process.exitCode = 1;
}

function show(title: string, figures: readonly LocalFigure[]): void {
  console.log(values.json ? JSON.stringify({ title, figures }) : `\n${localTable(title, figures)}`);
  for (const { name } of figures.filter(missed)) {
    console.error(`beyond its bound: ${name}`);
    process.exitCode = 1;
  }
}
