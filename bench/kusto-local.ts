/**
 * kusto-local by itself, in a process of its own: start, ingestion from a file, cursor windows, a full scan, memory. Absolute
 * figures of this machine; each has a bound that a development endpoint should keep anywhere.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from './kusto-http.ts';
import { serveKustoLocal } from './measured-process.ts';
import { tableSchema, writeStormCsv } from './storm-csv.ts';

export interface LocalFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be at least, or at most. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

const windowRows = 500;
const windows = 100;

/** @param inMemory without `--data` */
export async function localFigures(rows: number, inMemory: boolean): Promise<readonly LocalFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kusto-local-bench-'));
  try {
    const [bulk, late] = [join(folder, 'bulk.csv'), join(folder, 'late.csv')];
    await writeStormCsv(bulk, rows);
    await writeStormCsv(late, windowRows, rows);
    return await measure({ rows, inMemory, folder, bulk, late });
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Setting {
  readonly rows: number;
  readonly inMemory: boolean;
  readonly folder: string;
  readonly bulk: string;
  readonly late: string;
}

async function measure({ rows, inMemory, folder, bulk, late }: Setting): Promise<readonly LocalFigure[]> {
  const data = inMemory ? [] : ['--data', join(folder, 'data')];
  const began = performance.now();
  await using server = serveKustoLocal(
    '--allow-folder',
    folder,
    '--memory-limit',
    inMemory ? '3GB' : '1GB',
    ...data,
  );
  const [, url = ''] = await server.says(/listening on (http:\S+)/);
  await ask(url, 'query', 'print 1');
  const firstAnswer = (performance.now() - began) / 1000;
  await ask(url, 'mgmt', `.create table T ${tableSchema}`);
  const ingestion = await ask(url, 'mgmt', `.ingest into table T (@'${bulk}') with (format = 'csv')`);
  const from = await cursor(url);
  await ask(url, 'mgmt', `.ingest into table T (@'${late}') with (format = 'csv')`);
  const upTo = await cursor(url);
  const window = `T | where cursor_after('${from}') and cursor_before_or_at('${upTo}')`;
  const times: number[] = [];
  for (let index = 0; index < windows; index += 1) times.push((await ask(url, 'query', window)).seconds);
  const scan = await ask(url, 'query', 'T');
  const { peakRssMb } = await server.usage();
  const median = times.sort((a, b) => a - b)[windows >> 1] ?? 0;
  return [
    { name: 'start to first answer', value: firstAnswer, unit: 's', atMost: 3 },
    { name: 'ingestion from a CSV file', value: rows / ingestion.seconds, unit: 'rows/s', atLeast: 100_000 },
    { name: `window of ${windowRows} rows, median`, value: median * 1000, unit: 'ms', atMost: 20 },
    { name: 'full scan', value: rows / scan.seconds, unit: 'rows/s', atLeast: 120_000 },
    { name: 'full scan', value: scan.bytes / scan.seconds / 1e6, unit: 'MB/s' },
    { name: 'peak RSS', value: peakRssMb, unit: 'MB', atMost: inMemory ? 3000 : 1500 },
  ];
}

async function cursor(url: string): Promise<string> {
  const { text } = await ask(url, 'query', 'print Cursor = cursor_current()');
  const found = /"Rows":\[\["(\d+)"\]/.exec(text);
  if (found?.[1] === undefined) throw new Error('cursor_current() gave no cursor');
  return found[1];
}

/** Figures as lines of text, with their bounds. */
export function localTable(title: string, figures: readonly LocalFigure[]): string {
  const lines = figures.map(({ name, value, unit, atLeast, atMost }) => {
    const shown = value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
    const bound = atLeast ?? atMost;
    const text =
      bound === undefined
        ? ''
        : `${atLeast === undefined ? 'at most' : 'at least'} ${bound.toLocaleString('en')}`;
    return `${name.padEnd(32)}${`${shown} ${unit}`.padStart(18)}   ${text}`;
  });
  return [title, ...lines].join('\n');
}

export function missed({ value, atLeast, atMost }: LocalFigure): boolean {
  return (atLeast !== undefined && value < atLeast) || (atMost !== undefined && value > atMost);
}
