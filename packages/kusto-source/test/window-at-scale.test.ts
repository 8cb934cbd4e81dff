// 300,000 changed rows in one window, from a service with its limits on, over a bad network and processes that die.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { systemClock, type JsonValue, type MonitorContext } from '@drasi-kusto/source-sdk';
import { parseEntity } from '../src/config/config.ts';
import { readCheckpoint, writeCheckpoint } from '../src/feed/checkpoint.ts';
import { createMonitor } from '../src/feed/monitor.ts';
import { SourceReader } from '../src/query/source-reader.ts';

const rows = 300_000;
const corrected = 2_000;
const database = 'NetDefaultDB';
const row = "Id = i, Name = strcat('name ', i), Text = 'a text that stands in every row of the table'";

describe('a window at scale', { timeout: 240_000 }, () => {
  let kusto: KustoLocal;
  before(async () => {
    // 30,000 rows a result: slices of about 50,000 are over the limit.
    kusto = await startKustoLocal({ truncation: { maxRecords: 30_000, maxBytes: 67_108_864 } });
    await kusto.execute(database, '.create table T (Id: long, Name: string, Text: string)');
  });
  after(() => kusto.close());

  it('publishes the newest state of every key at least once, and goes on where it was after each crash (R13, I1)', async () => {
    const log: string[] = [];
    const note = (message: string): number => log.push(message);
    const logger = { debug: note, info: note, warn: note, error: note };
    const config = parseEntity('storms', {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: database,
      KUSTO_TABLE: 'T',
      PRIMARY_KEY: 'Id',
      SLICE_ROWS: '50000',
      POLL_INTERVAL: '0.1',
    });
    await using reader = new SourceReader({ config, logger, env: {} });
    const monitor = createMonitor({
      entities: [{ reader, config }],
      clock: systemClock,
      logger,
      from: 'now',
    });
    let stored: JsonValue = writeCheckpoint(
      new Map([['T', { cursor: await reader.cursor(new AbortController().signal) }]]),
    );
    await kusto.execute(database, `.append T <| range i from 1 to ${rows} step 1 | project ${row}`);
    await kusto.execute(
      database,
      `.append T <| range i from 1 to ${corrected} step 1 | project ${row} | extend Name = 'newer'`,
    );
    const last = await reader.cursor(new AbortController().signal);
    kusto.setFaults([
      { name: 'cut', text: 'coalesce\\(hash', nth: [2, 8], action: { cutAfterRows: 7_000 } },
      { name: 'throttled', text: 'coalesce\\(hash', nth: 5, action: { status: 429, retryAfterSeconds: 0 } },
      { name: 'unavailable', text: 'coalesce\\(hash', nth: 6, action: { status: 503 } },
    ]);
    const times = new Uint8Array(rows + 1);
    const newest = new Map<number, string>();
    let published = 0;
    /** Until so many batches with changes came, or the window is done; the checkpoint of the last one may be lost. */
    const live = async (batches: number, lastIsStored: boolean): Promise<unknown> => {
      const stop = new AbortController();
      const context: MonitorContext = {
        signal: stop.signal,
        checkpoint: stored,
        abandonedSessions: () => [],
        sleep: (ms) => systemClock.sleep(ms, stop.signal),
        alive: () => undefined,
      };
      let left = batches;
      try {
        for await (const { changes, checkpoint } of monitor(context)) {
          for (const change of changes) {
            assert.ok('element' in change && change.element instanceof Uint8Array);
            const { id, properties } = JSON.parse(Buffer.from(change.element).toString('latin1')) as {
              id: string;
              properties: { Name: string };
            };
            const key = Number(id.slice(2));
            times[key] = (times[key] ?? 0) + 1;
            if (key <= corrected) newest.set(key, properties.Name);
            published += 1;
          }
          left -= 1;
          if (checkpoint !== undefined && (left > 0 || lastIsStored)) stored = checkpoint;
          if (left === 0 || readCheckpoint(stored, 'T').get('T')?.cursor === last) break;
        }
      } catch (error) {
        return error;
      } finally {
        stop.abort();
      }
      return undefined;
    };
    for (const [batches, lastIsStored] of [
      [2, true],
      [3, false],
      [1, false],
    ] as const) {
      await live(batches, lastIsStored);
      assert.notEqual(readCheckpoint(stored, 'T').get('T')?.cursor, last);
    }
    const before = readCheckpoint(stored, 'T').get('T')?.window;
    assert.ok(before !== undefined && before.upTo === last, 'a part of the window is stored as done');
    // What comes meanwhile belongs to the next window.
    await kusto.execute(database, `.append T <| print i = 1 | project ${row} | extend Name = 'later'`);
    for (let lives = 0; lives < 6 && readCheckpoint(stored, 'T').get('T')?.cursor !== last; lives += 1)
      await live(1_000, true);
    assert.equal(readCheckpoint(stored, 'T').get('T')?.cursor, last);
    assert.equal(readCheckpoint(stored, 'T').get('T')?.window, undefined);
    assert.equal(times.indexOf(0, 1), -1, 'a row was not published');
    assert.ok([...newest.values()].every((name) => name === 'newer'));
    assert.equal(newest.size, corrected);
    assert.ok(published < 1.5 * rows, `${published} changes: finished slices were read again`);
    assert.deepEqual(
      kusto.faults.map(({ rule, applied }) => [rule.name, applied]),
      [
        ['cut', 2],
        ['throttled', 1],
        ['unavailable', 1],
      ],
    );
    assert.ok(log.includes('a window, or a slice of it, is too large and is read in parts'));
    assert.ok(log.includes('the rest of a window is read'));
    published = 0;
    await live(1, true);
    assert.deepEqual([published, newest.get(1)], [1, 'later']);
  });
});
