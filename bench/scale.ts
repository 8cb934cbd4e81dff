/**
 * A bootstrap of a large table from kusto-local with the service's limits on, over a bad network: cut connections, a 429, slices over
 * the limit. Every id has to come exactly once.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageNodeOptions } from './image-options.ts';
import { ask } from './kusto-http.ts';
import { here, serveKustoLocal } from './measured-process.ts';
import { tableSchema, writeStormCsv } from './storm-csv.ts';

export interface ScaleReport {
  readonly rows: number;
  readonly missing: number;
  readonly repeated: number;
  readonly seconds: number;
  readonly peakRssMb: number;
  readonly faults: readonly { readonly name: string; readonly applied: number }[];
}

const rules = [
  { name: 'cut', text: 'hash\\(', nth: [3, 20], action: { cutAfterRows: 20_000 } },
  { name: 'throttled', text: 'hash\\(', nth: 8, action: { status: 429, retryAfterSeconds: 1 } },
  { name: 'unavailable', text: 'hash\\(', nth: 12, action: { status: 503 } },
];

export async function bootstrapAtScale(rows: number): Promise<ScaleReport> {
  const folder = await mkdtemp(join(tmpdir(), 'drasi-scale-'));
  try {
    await using server = serveKustoLocal('--data', join(folder, 'data'), '--allow-folder', folder);
    const [, url = ''] = await server.says(/listening on (http:\S+)/);
    const file = join(folder, 'storms.csv');
    await writeStormCsv(file, rows);
    await ask(url, 'mgmt', `.create table StormEvents ${tableSchema}`);
    await ask(url, 'mgmt', `.ingest into table StormEvents (@'${file}') with (format = 'csv')`);
    await rm(file);
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/admin/faults`, { method: 'POST', headers, body: JSON.stringify({ rules }) });
    const read = await readAll(url, folder, rows);
    const state = (await (await fetch(`${url}/admin/faults`, { headers })).json()) as {
      rules: { rule: { name: string }; applied: number }[];
    };
    const faults = state.rules.map(({ rule, applied }) => ({ name: rule.name, applied }));
    return { rows, ...read, faults };
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Read = Pick<ScaleReport, 'missing' | 'peakRssMb' | 'repeated' | 'seconds'>;

async function readAll(url: string, folder: string, rows: number): Promise<Read> {
  const source = join(folder, 'source.yaml');
  const properties = {
    KUSTO_URI: url,
    KUSTO_DATABASE: 'NetDefaultDB',
    KUSTO_TABLE: 'StormEvents',
    PRIMARY_KEY: 'EventId',
    // Wider than the table's own size tells: slices are over the limit, and have to be halved.
    KUSTO_QUERY: 'StormEvents | extend Wide = strrep(EventNarrative, 6)',
    SLICE_ROWS: '500000',
  };
  const lines = Object.entries(properties).map(([name, value]) => `    ${name}: "${value}"\n`);
  await writeFile(
    source,
    `kind: Source\nname: storms\nspec:\n  kind: Kusto\n  properties:\n${lines.join('')}`,
  );
  const began = performance.now();
  const program = here('../packages/kusto-source/bin/drasi-kusto.mjs');
  const child = spawn(
    process.execPath,
    [...imageNodeOptions, '--import', here('report-usage-at-end.ts'), program, 'snapshot', '-f', source],
    { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] },
  );
  let report = '';
  child.stdio[3]?.on('data', (text: Buffer) => (report += text.toString()));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const seen = new Uint8Array(rows);
  let repeated = 0;
  let rest = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    const text = rest + chunk.toString('latin1');
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    for (const [, id] of text.slice(0, end).matchAll(/^\{"id":"StormEvents:(\d+)"/gm)) {
      if (seen[Number(id)] === 1) repeated += 1;
      seen[Number(id)] = 1;
    }
  }
  const code = await closed;
  if (code !== 0) throw new Error(`drasi-kusto snapshot ended with ${code}`);
  const { peakRssMb } = JSON.parse(report) as { peakRssMb: number };
  const missing = seen.reduce((sum, times) => sum + (times === 0 ? 1 : 0), 0);
  return { missing, repeated, seconds: (performance.now() - began) / 1000, peakRssMb };
}
