/** The measured half of `reconcile.ts`: an entity's key index in a directory. Each message is a step; the answer says what it took. */
import { FileStateStore, systemClock, type ChangeBatch } from '@drasi-kusto/source-sdk';
import { parseEntity } from '../packages/kusto-source/src/config/config.ts';
import { RowKernel } from '../packages/kusto-source/src/element/row-kernel.ts';
import { SchemaDrift } from '../packages/kusto-source/src/feed/schema-drift.ts';
import { HandOverJournal } from '../packages/kusto-source/src/key-index/hand-over-journal.ts';
import { KeyIndex } from '../packages/kusto-source/src/key-index/key-index.ts';
import { SourceReader } from '../packages/kusto-source/src/query/source-reader.ts';
import { askBuckets } from '../packages/kusto-source/src/scan/ask-buckets.ts';
import type { ScanSource } from '../packages/kusto-source/src/scan/scan-source.ts';
import { beginScan, findBuckets, finishScan } from '../packages/kusto-source/src/scan/scan-in-phases.ts';
import type { ScanEnd } from '../packages/kusto-source/src/scan/scan.ts';
import { baseline } from '../packages/kusto-source/src/scan/whole-entity.ts';

/** What one step did. */
export interface StepReport {
  /** `u id` and `d id`. */
  readonly published: readonly string[];
  readonly rows: number;
  readonly read: number;
  readonly seconds: number;
  readonly peakRssMb: number;
}

const [url = '', folder = ''] = process.argv.slice(2);
const signal = new AbortController().signal;
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const config = parseEntity('bench', {
  KUSTO_URI: url,
  KUSTO_DATABASE: 'NetDefaultDB',
  KUSTO_TABLE: 'Devices',
  PRIMARY_KEY: 'Id',
  CHANGE_DETECTION: 'reconcile',
});
const reader = new SourceReader({ config, logger, env: {} });
const store = await FileStateStore.open(folder);
const keys = await KeyIndex.open({ store, bucketCount: 1, epoch: '', probe: '' });
const journal = await HandOverJournal.open({ store });
const kernel = new RowKernel();
const source = async (): Promise<ScanSource> => ({
  reader,
  config,
  logger,
  clock: systemClock,
  schema: new SchemaDrift(config, logger, undefined),
  detection: 'reconcile',
  index: { keys, journal, bucketOf: (ids) => askBuckets(reader, config, keys.bucketCount, ids, signal) },
  range: { upTo: await reader.cursor(signal) },
  kernel,
  end: {},
});

async function step(name: string): Promise<StepReport> {
  const began = performance.now();
  const published: string[] = [];
  const done =
    name === 'baseline' ? { rows: await baseline(await source(), signal), read: 0 } : await scan(published);
  return {
    published,
    rows: done.rows,
    read: done.read,
    seconds: (performance.now() - began) / 1000,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
  };
}

async function scan(published: string[]): Promise<ScanEnd> {
  const now = await source();
  const begun = await beginScan(now, signal);
  const found = await findBuckets(now, begun, signal);
  const end = await follow(finishScan(now, begun, found, signal), published);
  if (end === 'changed') throw new Error('the scan has to begin anew');
  return end;
}

async function follow<End>(
  batches: AsyncGenerator<ChangeBatch, End, void>,
  published: string[],
): Promise<End> {
  for (;;) {
    const next = await batches.next();
    if (next.done === true) return next.value;
    for (const change of next.value.changes) {
      if (!('element' in change) || !(change.element instanceof Uint8Array)) throw new Error('not encoded');
      const { id } = JSON.parse(Buffer.from(change.element).toString()) as { id: string };
      published.push(`${change.op} ${id}`);
    }
  }
}

process.on('message', (name: string) => {
  void step(name).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.('ready');
