/** A feed against scripted answers. */
import assert from 'node:assert/strict';
import type { ChangeBatch, JsonValue, MonitorContext } from '@drasi-kusto/source-sdk';
import { v1Body, v2Body } from '../../../../kusto-client/src/testing/bodies.ts';
import { FakeKusto, type ScriptedAnswer } from '../../../../kusto-client/src/testing/fake-kusto.ts';
import { parseEntity } from '../../config/config.ts';
import type { EntityConfig } from '../../config/entity-config.ts';
import { entityFingerprint } from '../../config/fingerprint.ts';
import type { PropertyValues } from '../../config/properties.ts';
import { SourceReader } from '../../query/source-reader.ts';
import { readCheckpoint, writeCheckpoint, type EntityCheckpoint } from '../checkpoint.ts';
import { createMonitor } from '../monitor.ts';
import type { KnownSchema } from '../schema-drift.ts';

export const quiet = { debug() {}, info() {}, warn() {}, error() {} };
/** What the script answers to a question for the cursor. */
export const position = (cursor: string): ScriptedAnswer => ({
  body: v2Body({
    columns: [
      ['Cursor', 'string'],
      ['Now', 'datetime'],
    ],
    rows: [[`"${cursor}"`, '"2026-01-01T00:00:00.0000000Z"']],
  }),
});
export const columns = [
  ['k', 'long'],
  ['__drasi_ingested', 'datetime'],
] as const;
export const keyCount = (rows: number): ScriptedAnswer => ({
  body: v2Body({
    columns: [
      ['Rows', 'long'],
      ['Most', 'long'],
    ],
    rows: [[String(rows), '1']],
  }),
});
export const rowCount = (rows: number): ScriptedAnswer => ({
  body: v2Body({ columns: [['Rows', 'long']], rows: [[String(rows)]] }),
});
export const schema: ScriptedAnswer = { body: v2Body({ columns: [['k', 'long']], rows: [] }) };
export const windowBody = (count: number): string =>
  v2Body({
    columns,
    rows: Array.from({ length: count }, (_, index) => [String(index), '"2026-01-01T00:00:00.0000001Z"']),
  });

/** What the service shows of itself when it is asked by commands. */
export interface Shown {
  readonly database?: string;
  readonly table?: string;
  readonly policy?: string;
  /** Commands with these words are denied. */
  readonly denied?: RegExp;
}

export function shows(shown: Shown) {
  const cell = (column: string, text: string): ScriptedAnswer => ({
    body: v1Body({ columns: [[column, 'string']], rows: [[JSON.stringify(text)]] }),
  });
  return (csl: string): ScriptedAnswer => {
    const { database = 'd1', table = 't1', policy = '{"IsEnabled":true}', denied } = shown;
    if (denied?.test(csl) === true) return { status: 403, body: '' };
    if (csl === '.show database identity') return cell('DatabaseId', database);
    if (csl === ".show table ['T'] details") return cell('TableID', table);
    return cell('Policy', policy);
  };
}

export interface FollowOptions extends Partial<MonitorContext> {
  readonly retries?: number;
  readonly shown?: Shown;
  readonly properties?: PropertyValues;
  /** The sleep that stops the feed. Default the first, or the one behind `times`. */
  readonly sleeps?: number;
  /** What the clock says after each sleep, in milliseconds; 0 before. */
  readonly times?: readonly number[];
}

export interface Followed {
  readonly batches: ChangeBatch[];
  readonly queries: string[];
  readonly commands: string[];
  /** Milliseconds of each sleep of the feed. */
  readonly pauses: number[];
  readonly log: string[];
  readonly error: unknown;
}

export function configOf(uri: string, properties: PropertyValues = {}): EntityConfig {
  return parseEntity('storms', {
    KUSTO_URI: uri,
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'k',
    POLL_INTERVAL: '1',
    ...properties,
  });
}

/** A monitor against scripted answers, stopped by its first sleep, or a later one. */
export async function follow(
  answers: readonly ScriptedAnswer[],
  options: FollowOptions = {},
): Promise<Followed> {
  const {
    retries = 1,
    shown = {},
    properties = {},
    times = [],
    sleeps = times.length + 1,
    ...context
  } = options;
  await using kusto = await FakeKusto.start();
  kusto.command = shows(shown);
  kusto.answer(...answers);
  const config = configOf(kusto.uri, properties);
  const log: string[] = [];
  const logger = { ...quiet, warn: (message: string) => void log.push(message) };
  await using reader = new SourceReader({
    config,
    logger,
    env: {},
    retry: { maxAttempts: retries },
  });
  const stop = new AbortController();
  const pauses: number[] = [];
  const clock = {
    now: () => (pauses.length === 0 ? 0 : (times[pauses.length - 1] ?? times.at(-1) ?? 0)),
    sleep: (ms: number, signal?: AbortSignal): Promise<void> => {
      // A snapshot has patience with its reader, under a signal of its own; that is no pause of the feed.
      if (signal !== stop.signal) return new Promise(() => undefined);
      pauses.push(ms);
      if (pauses.length < sleeps) return Promise.resolve();
      stop.abort();
      return Promise.reject(stop.signal.reason as Error);
    },
  };
  const monitor = createMonitor({ entities: [{ reader, config }], clock, logger, from: 'now' });
  const batches: ChangeBatch[] = [];
  let error: unknown;
  try {
    for await (const batch of monitor({
      signal: stop.signal,
      checkpoint: undefined,
      abandonedSessions: () => [],
      sleep: (ms) => clock.sleep(ms, stop.signal),
      alive: () => undefined,
      ...context,
    }))
      batches.push(batch);
  } catch (caught) {
    error = caught;
  }
  const [queries, commands] = [kusto.queries, kusto.commands].map((requests) =>
    requests.map(({ body }) => (JSON.parse(body) as { csl: string }).csl),
  ) as [string[], string[]];
  return { batches, queries, commands, pauses, log, error };
}

export const origin = { databaseId: 'd1', tableId: 't1' };
export const known: KnownSchema = { columns: [{ name: 'k', type: 'long' }], gone: [], republish: false };

/** The checkpoint of a source whose one entity is T. */
export const stored = (part: EntityCheckpoint): JsonValue =>
  writeCheckpoint(
    new Map([
      ['T', { detection: 'append', meaning: entityFingerprint(configOf('http://127.0.0.1:1')), ...part }],
    ]),
  );

export const at = (cursor: string, more: Partial<EntityCheckpoint> = {}): { checkpoint: JsonValue } => ({
  checkpoint: stored({ cursor, origin, schema: known, ...more }),
});

/** What a checkpoint says of T. */
export function partOf(checkpoint: JsonValue): EntityCheckpoint {
  const part = readCheckpoint(checkpoint, 'T').get('T');
  assert.ok(part !== undefined);
  return part;
}

export const refused = (message: string): ScriptedAnswer => ({
  status: 400,
  body: JSON.stringify({
    error: { code: 'General_BadRequest', '@message': message, '@permanent': true },
  }),
});

/** An answer of one row, every cell of it null but the key. */
export const rowOf = (...names: readonly string[]): ScriptedAnswer => ({
  body: v2Body({
    columns: [
      ['k', 'long'],
      ...names.map((name) => [name, 'string'] as const),
      ['__drasi_ingested', 'datetime'],
    ],
    rows: [['1', ...names.map((name) => `"${name}1"`), '"2026-01-01T00:00:00.0000001Z"']],
  }),
});
export const columnsOf = (...names: readonly string[]): ScriptedAnswer => ({
  body: v2Body({ columns: [['k', 'long'], ...names.map((name) => [name, 'string'] as const)], rows: [] }),
});
export const schemaOf = (...names: readonly string[]): KnownSchema => ({
  columns: ['k', ...names].map((name) => ({ name, type: name === 'k' ? 'long' : 'string' })),
  gone: [],
  republish: false,
});
export const propertiesOf = (batches: readonly ChangeBatch[]): unknown[] =>
  batches.flatMap(({ changes }) =>
    changes.map((change) => {
      assert.ok('element' in change && change.element instanceof Uint8Array);
      return (JSON.parse(Buffer.from(change.element).toString('latin1')) as { properties: unknown })
        .properties;
    }),
  );
export const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;
