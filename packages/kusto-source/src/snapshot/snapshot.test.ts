import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { array, assert as check, asyncProperty, boolean, integer, nat, oneof, tuple } from 'fast-check';
import { KustoError } from '@drasi-kusto/kusto-client';
import { parseEntity } from '../config/config.ts';
import { SourceReader } from '../query/source-reader.ts';
import { bootstrapElements } from './bootstrap.ts';
import type { SnapshotProgress } from './progress.ts';
import { SlicePermits } from './slice-permits.ts';
import { SlicedService, type Fault, type SlicedServiceOptions } from './testing/sliced-service.ts';

interface LoggedLine {
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

interface Outcome {
  readonly ids: readonly string[];
  readonly error: unknown;
  readonly service: SlicedService;
  readonly log: readonly LoggedLine[];
  readonly progress: readonly SnapshotProgress[];
}

interface RunOptions extends SlicedServiceOptions {
  readonly sliceRows?: number;
  readonly parallelism?: number;
  /** Leaves after this many batches. */
  readonly leaveAfter?: number;
}

const impatientClock = {
  now: () => performance.now(),
  sleep: async (_ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  },
};

/** The elements of one bootstrap, and how it ended. */
async function bootstrap(options: RunOptions): Promise<Outcome> {
  await using service = await SlicedService.start(options);
  const config = parseEntity('storms', {
    KUSTO_URI: service.uri,
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'k',
    SLICE_ROWS: String(options.sliceRows ?? 250_000),
    SLICE_PARALLELISM: String(options.parallelism ?? 2),
  });
  const log: LoggedLine[] = [];
  const note = (message: string, fields: Record<string, unknown> = {}): number =>
    log.push({ message, fields });
  const logger = { debug: note, info: note, warn: note, error: note };
  await using reader = new SourceReader({ config, logger, env: {}, retry: { maxAttempts: 1 } });
  const progress: SnapshotProgress[] = [];
  const ids: string[] = [];
  let error: unknown;
  let batches = 0;
  try {
    const source = {
      reader,
      config,
      logger,
      clock: impatientClock,
      onProgress: (p: SnapshotProgress) => progress.push(p),
    };
    const permits = new SlicePermits(config.sliceParallelism);
    for await (const { ndjson, count } of bootstrapElements(source, permits, new AbortController().signal)) {
      const lines = Buffer.from(ndjson).toString().trimEnd().split('\n');
      assert.equal(lines.length, count);
      for (const line of lines) ids.push((JSON.parse(line) as { id: string }).id);
      batches += 1;
      if (batches === options.leaveAfter) break;
    }
  } catch (caught) {
    error = caught;
  }
  return { ids, error, service, log, progress };
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const sorted = (ids: readonly string[]): string => [...ids].sort().join();
const expected = (count: number): string => sorted(numbers(count).map((key) => `T:${key}`));

describe('a snapshot', () => {
  it('of a small table is one query', async () => {
    const { ids, error, service } = await bootstrap({ keys: numbers(50) });
    assert.equal(error, undefined);
    assert.equal(sorted(ids), expected(50));
    assert.equal(service.rowQueries.length, 1);
    assert.doesNotMatch(service.rowQueries[0] ?? '', /hash/);
  });

  it('of an empty table is empty', async () => {
    const { ids, error, progress } = await bootstrap({ keys: [] });
    assert.equal(error, undefined);
    assert.deepEqual(ids, []);
    assert.equal(progress.at(-1)?.slicesDone, 1);
  });

  it('of a large table is read in slices, as many at a time as allowed', async () => {
    const { ids, service, progress } = await bootstrap({
      keys: numbers(2000),
      sliceRows: 100,
      parallelism: 3,
      pace: 1,
    });
    assert.equal(sorted(ids), expected(2000));
    assert.equal(service.rowQueries.length, 20);
    assert.equal(service.mostRunning, 3);
    const last = progress.at(-1);
    assert.deepEqual([last?.rows, last?.expectedRows, last?.slicesDone, last?.slices], [2000, 2000, 20, 20]);
  });

  it('is cut by bytes too, which the table or a sample tells', async () => {
    const keys = numbers(12_000);
    const rowBytes = 40_000;
    const told = await bootstrap({ keys, rowBytes });
    const slices = Math.ceil((12_000 * rowBytes) / (32 * 1024 * 1024));
    assert.equal(told.service.rowQueries.length, slices);
    const sampled = await bootstrap({ keys, rowBytes, detailsDenied: true });
    assert.equal(sampled.service.rowQueries.length, slices);
    assert.ok(sampled.service.asked.some((text) => text.includes('estimate_data_size')));
  });

  it('folds every slice when the keys are too many to be grouped', async () => {
    const { ids, service, log } = await bootstrap({
      keys: [...numbers(300), ...numbers(100)],
      sliceRows: 100,
      keysUncountable: true,
    });
    assert.equal(sorted(ids), expected(300));
    assert.ok(service.rowQueries.every((text) => text.includes('arg_max')));
    assert.ok(log.some(({ message }) => message.includes('too many to be grouped')));
  });

  it('reads the halves of a slice that meets a limit, without sending again what it had sent (R5)', async () => {
    const { ids, error, service } = await bootstrap({ keys: numbers(1000), limit: 90 });
    assert.equal(error, undefined);
    assert.equal(sorted(ids), expected(1000));
    assert.ok(service.rowQueries.length > 16);
  });

  it('reads the halves of a slice that takes the service too long', async () => {
    const { ids, error, service } = await bootstrap({
      keys: numbers(300),
      keysUncountable: 'timeout',
      faults: new Map([[0, { kind: 'timeout' }]]),
    });
    assert.equal(error, undefined);
    assert.equal(sorted(ids), expected(300));
    assert.equal(service.rowQueries.length, 3);
    assert.ok(service.rowQueries.every((text) => text.includes('arg_max')));
  });

  it('halves the slices that wait as well, instead of reading each up to the limit in vain', async () => {
    const { ids, service, progress } = await bootstrap({
      keys: numbers(8000),
      sliceRows: 1000,
      limit: 900,
      parallelism: 1,
    });
    assert.equal(sorted(ids), expected(8000));
    const inVain = service.rowQueries.length - 16;
    assert.ok(inVain <= 2, `${inVain} slices were read in vain`);
    assert.deepEqual([progress.at(-1)?.slices, progress.at(-1)?.slicesDone], [16, 16]);
  });

  it('ends with one clear error when no halving helps', async () => {
    const { error } = await bootstrap({ keys: [1], limit: 0 });
    assert.match(String(error), /refuses a slice of 1\/4096/);
  });

  it('reads a slice again that breaks, and skips what was sent (R5)', async () => {
    const faults = new Map<number, Fault>([
      [0, { kind: 'cut', afterRows: 40 }],
      [1, { kind: 'cut', afterRows: 70 }],
    ]);
    const { ids, error, log } = await bootstrap({ keys: numbers(100), faults });
    assert.equal(error, undefined);
    assert.equal(sorted(ids), expected(100));
    assert.ok(log.some(({ message }) => message.includes('read again')));
  });

  it('does not go on when rows that were sent may be wrong (I9)', async () => {
    const failed: Fault = { kind: 'failed', afterRows: 14 };
    const { error, service } = await bootstrap({ keys: numbers(100), faults: new Map([[0, failed]]) });
    assert.ok(error instanceof KustoError, String(error));
    assert.equal(error.code, 'KUSTO_PARTIAL_FAILURE');
    assert.equal(service.rowQueries.length, 1);
  });

  it('gives up when repeating brings nothing new', async () => {
    const faults = new Map(
      numbers(20).map((attempt): [number, Fault] => [attempt, { kind: 'cut', afterRows: 0 }]),
    );
    const { error, service } = await bootstrap({ keys: numbers(100), faults });
    assert.ok(error instanceof KustoError, String(error));
    assert.ok(service.rowQueries.length <= 6, `${service.rowQueries.length} attempts`);
  });

  it('cancels what runs when its reader leaves', async () => {
    const { ids, error, service } = await bootstrap({
      keys: numbers(5000),
      sliceRows: 1000,
      pace: 5,
      leaveAfter: 1,
    });
    assert.equal(error, undefined);
    assert.ok(ids.length < 2000, `${ids.length} sent`);
    assert.ok(service.cancelled.length > 0);
  });

  it('sends each id exactly once under any faults that pass, or breaks (R5)', async () => {
    const passing = oneof(
      nat(120).map((afterRows): Fault => ({ kind: 'cut', afterRows })),
      nat(120).map((afterRows): Fault => ({ kind: 'too_large', afterRows })),
    );
    await check(
      asyncProperty(
        integer({ min: 0, max: 600 }),
        integer({ min: 100, max: 400 }),
        integer({ min: 1, max: 4 }),
        array(tuple(nat(12), passing), { maxLength: 6 }),
        boolean(),
        async (rows, sliceRows, parallelism, faults, repeated) => {
          const keys = repeated ? [...numbers(rows), ...numbers(rows >> 1)] : numbers(rows);
          const { ids, error } = await bootstrap({
            keys,
            sliceRows,
            parallelism,
            faults: new Map(faults),
            limit: 250,
          });
          assert.equal(new Set(ids).size, ids.length, 'an id was sent twice');
          if (error === undefined) assert.equal(sorted(ids), expected(rows));
          // A cut before a batch arrived is the client's to retry, which is switched off here.
          else assert.ok(error instanceof KustoError, inspect(error));
        },
      ),
      { numRuns: 60 },
    );
  });
});
