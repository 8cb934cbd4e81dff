/**
 * kusto-local by itself, in a process of its own: start, ingestion from a file, cursor windows, a full scan, memory. Absolute
 * figures of this machine; each has a bound that a development endpoint should keep anywhere.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { here, MeasuredProcess } from './measured-process.ts';
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
  await using server = new MeasuredProcess([
    here('../packages/kusto-local/bin/kusto-local.mjs'),
    'serve',
    '--port',
    '0',
    '--allow-folder',
    folder,
    '--memory-limit',
    inMemory ? '3GB' : '1GB',
    ...data,
  ]);
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

/** Sends a text and reads the answer to its end; the seconds are the whole round trip. */
async function ask(
  url: string,
  kind: 'mgmt' | 'query',
  csl: string,
): Promise<{ seconds: number; bytes: number; text: string }> {
  const began = performance.now();
  const Options = {
    notruncation: true,
    results_v2_newlines_between_frames: true,
    results_v2_fragment_primary_tables: csl === 'T',
    servertimeout: '01:00:00',
  };
  const body = JSON.stringify({ db: 'NetDefaultDB', csl, properties: { Options } });
  return await new Promise((resolve, reject) => {
    const path = kind === 'query' ? '/v2/rest/query' : '/v1/rest/mgmt';
    const options = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const sent = request(`${url}${path}`, options, (response) => {
      let bytes = 0;
      let text = '';
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (text.length < 10_000) text += chunk.toString('latin1');
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200)
          resolve({ seconds: (performance.now() - began) / 1000, bytes, text });
        else reject(new Error(`${csl.slice(0, 80)}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
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
