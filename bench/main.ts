/**
 * `npm run bench [-- snapshot|feed] [--rows N] [--json]`: ours against the official client doing the same, in one run, as
 * ratios. Absolute figures depend on the machine; the ratios much less.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { here, measure, Service, type Usage } from './measure.ts';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { rows: { type: 'string', default: '100000' }, json: { type: 'boolean', default: false } },
});
const rows = Number(values.rows);
if (!Number.isSafeInteger(rows) || rows < 1)
  throw new Error(`--rows is "${values.rows}" but must be a whole number above 0`);
const known = ['snapshot', 'feed'] as const;
const modes = positionals.length === 0 ? known : known.filter((mode) => positionals.includes(mode));
const unknown = positionals.find((name) => !known.some((mode) => mode === name));
if (unknown !== undefined)
  throw new Error(`there is no benchmark "${unknown}"; there are ${known.join(' and ')}`);

const program = here('../packages/kusto-source/bin/drasi-kusto.mjs');

async function ours(mode: (typeof known)[number], port: number, published: Promise<unknown>): Promise<Usage> {
  const properties = {
    KUSTO_URI: `http://127.0.0.1:${port}`,
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'StormEvents',
    PRIMARY_KEY: 'EventId',
    POLL_INTERVAL: '0.1',
  };
  if (mode === 'feed') {
    const env = { ...properties, SOURCE_ID: 'storms', DAPR_HTTP_PORT: String(port), APP_PORT: '0' };
    return await measure([program, 'reactivator'], { env, stop: published });
  }
  const folder = await mkdtemp(join(tmpdir(), 'drasi-bench-'));
  try {
    const lines = Object.entries(properties).map(([name, value]) => `    ${name}: "${value}"`);
    const file = join(folder, 'source.yaml');
    await writeFile(
      file,
      `kind: Source\nname: storms\nspec:\n  kind: Kusto\n  properties:\n${lines.join('\n')}\n`,
    );
    return await measure([program, 'snapshot', '-f', file], {});
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function official(mode: string, port: number): Promise<Usage> {
  return await measure([here('official-client.ts'), mode, `http://127.0.0.1:${port}`], {});
}

async function withService<T>(action: (port: number, published: Promise<unknown>) => Promise<T>): Promise<T> {
  await using service = new Service(rows);
  return await action(await service.port, service.published);
}

for (const mode of modes) {
  const our = await withService((port, published) => ours(mode, port, published));
  const their = await withService((port) => official(mode, port));
  const ratios = { cpu: their.cpuSeconds / our.cpuSeconds, peakRss: their.peakRssMb / our.peakRssMb };
  if (values.json) console.log(JSON.stringify({ mode, rows, ours: our, official: their, ratios }));
  else print(mode, our, their, ratios);
}

function print(mode: string, our: Usage, their: Usage, ratios: { cpu: number; peakRss: number }): void {
  const line = (name: string, usage: Usage): string =>
    [
      name.padEnd(28),
      `${usage.cpuSeconds.toFixed(2)} s`.padStart(10),
      `${((usage.cpuSeconds / rows) * 1e6).toFixed(2)} s`.padStart(14),
      `${usage.peakRssMb.toFixed(0)} MB`.padStart(10),
      Math.round(rows / usage.wallSeconds)
        .toLocaleString('en')
        .padStart(10),
    ].join('');
  console.log(`\n${mode}, ${rows.toLocaleString('en')} rows`);
  console.log(
    `${''.padEnd(28)}${'CPU'.padStart(10)}${'CPU a million'.padStart(14)}${'peak RSS'.padStart(10)}${'rows/s'.padStart(10)}`,
  );
  console.log(line('drasi-kusto', our));
  console.log(line('official client', their));
  console.log(
    `official client / drasi-kusto: CPU ${ratios.cpu.toFixed(1)}, peak RSS ${ratios.peakRss.toFixed(1)}`,
  );
}
