// What the feed costs while nothing changes, on the wire.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startKustoLocal } from 'kusto-local';
import { parseEntity } from '../src/config/config.ts';
import { writeCheckpoint } from '../src/feed/checkpoint.ts';
import { createMonitor } from '../src/feed/monitor.ts';
import { SourceReader } from '../src/query/source-reader.ts';
import { CountingRelay } from './counting-relay.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

it(
  'an idle poll is one query of less than 1 KB each way, HTTP headers included',
  { timeout: 60_000 },
  async () => {
    const kusto = await startKustoLocal({});
    try {
      await kusto.execute('NetDefaultDB', '.create table T (k: long)');
      await kusto.execute('NetDefaultDB', '.append T <| range k from 1 to 9 step 1');
      await using relay = await CountingRelay.start(Number(new URL(kusto.url).port));
      const config = parseEntity('storms', {
        KUSTO_URI: `http://127.0.0.1:${relay.port}`,
        KUSTO_DATABASE: 'NetDefaultDB',
        KUSTO_TABLE: 'T',
        PRIMARY_KEY: 'k',
      });
      await using reader = new SourceReader({ config, logger, env: {} });
      const stop = new AbortController();
      const polls: { queries: number; sent: number; received: number }[] = [];
      const sleep = (): Promise<void> => {
        polls.push(relay.take());
        if (polls.length <= 20) return Promise.resolve();
        stop.abort();
        return Promise.reject(stop.signal.reason as Error);
      };
      const cursor = await reader.cursor(stop.signal);
      const monitor = createMonitor({
        entities: [{ reader, config }],
        clock: { now: () => 0, sleep },
        logger,
        from: 'now',
      });
      const context = {
        signal: stop.signal,
        checkpoint: writeCheckpoint(new Map([['T', { cursor }]])),
        abandonedSessions: () => [],
        sleep,
        alive: () => undefined,
      };
      for await (const { changes } of monitor(context)) assert.equal(changes.length, 0);
      // The first look comes with the columns.
      for (const { queries, sent, received } of polls.slice(1)) {
        assert.equal(queries, 1);
        assert.ok(sent > 0 && sent <= 1024, `${sent} bytes were sent`);
        assert.ok(received > 0 && received <= 1024, `${received} bytes came`);
      }
    } finally {
      await kusto.close();
    }
  },
);
