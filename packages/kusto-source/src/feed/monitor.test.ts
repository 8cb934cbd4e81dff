import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KustoError } from '@drasi-kusto/kusto-client';
import type { ChangeBatch, MonitorContext } from '@drasi-kusto/source-sdk';
import { v2Body } from '../../../kusto-client/src/testing/bodies.ts';
import { FakeKusto, type ScriptedAnswer } from '../../../kusto-client/src/testing/fake-kusto.ts';
import { parseConfig } from '../config/config.ts';
import { SourceReader } from '../query/source-reader.ts';
import { writeCheckpoint } from './checkpoint.ts';
import { createMonitor } from './monitor.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const position = (cursor: string): ScriptedAnswer => ({
  body: v2Body({
    columns: [
      ['Cursor', 'string'],
      ['Now', 'datetime'],
    ],
    rows: [[`"${cursor}"`, '"2026-01-01T00:00:00.0000000Z"']],
  }),
});
const columns = [
  ['k', 'long'],
  ['__drasi_ingested', 'datetime'],
] as const;
const keyCount = (rows: number): ScriptedAnswer => ({
  body: v2Body({
    columns: [
      ['Rows', 'long'],
      ['Most', 'long'],
    ],
    rows: [[String(rows), '1']],
  }),
});
const schema: ScriptedAnswer = { body: v2Body({ columns: [['k', 'long']], rows: [] }) };
const windowBody = (count: number): string =>
  v2Body({
    columns,
    rows: Array.from({ length: count }, (_, index) => [String(index), '"2026-01-01T00:00:00.0000001Z"']),
  });

/** A monitor against scripted answers, stopped by its first sleep. */
async function follow(
  answers: readonly ScriptedAnswer[],
  context: Partial<MonitorContext> & { retries?: number } = {},
): Promise<{ batches: ChangeBatch[]; queries: string[]; error: unknown }> {
  await using kusto = await FakeKusto.start();
  kusto.answer(...answers);
  const config = parseConfig('storms', {
    KUSTO_URI: kusto.uri,
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'k',
  });
  await using reader = new SourceReader({
    config,
    logger: quiet,
    env: {},
    retry: { maxAttempts: context.retries ?? 1 },
  });
  const stop = new AbortController();
  const clock = {
    now: () => 0,
    sleep: (): Promise<void> => {
      stop.abort();
      return Promise.reject(stop.signal.reason as Error);
    },
  };
  const monitor = createMonitor({ reader, config, clock, logger: quiet, from: 'now' });
  const batches: ChangeBatch[] = [];
  let error: unknown;
  try {
    for await (const batch of monitor({
      signal: stop.signal,
      checkpoint: undefined,
      abandonedSessions: () => [],
      ...context,
    }))
      batches.push(batch);
  } catch (caught) {
    error = caught;
  }
  const queries = kusto.queries.map((request) => (JSON.parse(request.body) as { csl: string }).csl);
  return { batches, queries, error };
}

const at = (cursor: string): { checkpoint: ReturnType<typeof writeCheckpoint> } => ({
  checkpoint: writeCheckpoint({ cursor }),
});

describe('monitor', () => {
  it('stores where it begins before it reads anything (I6)', async () => {
    const { batches, error } = await follow([schema, position('5'), position('5')]);
    assert.equal(error, undefined);
    assert.deepEqual(batches, [{ changes: [], ...at('5') }]);
  });

  it('costs one small query when nothing moved', async () => {
    const { batches, queries } = await follow([schema, position('5')], at('5'));
    assert.deepEqual(batches, []);
    assert.equal(queries.length, 2, 'the columns at the start, then the cursor');
  });

  it('reads both ends of the window before the rows, and moves on also when it was empty', async () => {
    const { batches, queries } = await follow([schema, position('9'), { body: windowBody(0) }], at('5'));
    assert.match(queries.at(-1) ?? '', /cursor_after\("5"\) and cursor_before_or_at\("9"\)/);
    assert.deepEqual(batches, [{ changes: [], ...at('9') }]);
  });

  it('publishes and advances nothing of a window that breaks off (I9)', async () => {
    const whole = windowBody(2000);
    const cut: ScriptedAnswer = {
      write: async (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        await new Promise((resolve) => response.write(whole.slice(0, whole.length - 200), resolve));
        response.destroy();
      },
    };
    const { batches, error } = await follow([schema, position('9'), cut], at('5'));
    assert.equal(batches.length, 0);
    assert.ok(error instanceof KustoError, String(error));
    assert.equal(error.permanent, false, 'the monitor is started again');
  });

  it('asks for the columns again when one was dropped in between', async () => {
    const gone: ScriptedAnswer = {
      status: 400,
      body: JSON.stringify({
        error: { code: 'General_BadRequest', '@message': 'SEM0100: no column named old', '@permanent': true },
      }),
    };
    const answers = [schema, position('9'), gone, schema, { body: windowBody(1) }];
    const { batches, error } = await follow(answers, at('5'));
    assert.equal(error, undefined);
    assert.equal(batches[0]?.changes.length, 1);
  });

  it('stops for good on what a repetition cannot mend', async () => {
    const denied: ScriptedAnswer = { status: 403, body: '' };
    const { error } = await follow([denied], at('5'));
    assert.equal((error as { fatal?: boolean }).fatal, true);
    const damaged = await follow([schema], { checkpoint: 'what is this' });
    assert.match(String(damaged.error), /is not one/);
  });

  it('publishes the rows again for an abandoned bootstrap, at its own cursor, and forgets the session with it (R2)', async () => {
    const answers = [schema, position('7'), keyCount(3), { body: windowBody(3) }, position('5')];
    let asked = 0;
    const { batches, queries } = await follow(answers, {
      ...at('5'),
      abandonedSessions: () => (asked++ === 0 ? [{ id: 's1', labels: ['T'] }] : []),
    });
    assert.match(queries[3] ?? '', /cursor_before_or_at\("5"\) or isnull\(ingestion_time\(\)\)/);
    assert.deepEqual(
      batches.map(({ changes, settles }) => [changes.length, settles]),
      [
        [3, undefined],
        [0, ['s1']],
      ],
    );
  });
});
