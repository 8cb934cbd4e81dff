// A source that has nothing to do for an hour still sees to its bootstraps.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryPublisher, MemoryStateStore, systemClock } from '@drasi-kusto/source-sdk';
import { startKustoLocal } from 'kusto-local';
import { parseConfig } from '../src/config/config.ts';
import { entityStateName } from '../src/key-index/entity-state-name.ts';
import { startSource } from '../src/services/start-source.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
/** Whoever would sleep long sleeps for a moment. */
const hasty = {
  now: () => systemClock.now(),
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 100), signal),
};

it(
  'what a bootstrap hands over is in the key index long before the next scan (R8)',
  { timeout: 60_000 },
  async () => {
    const kusto = await startKustoLocal({ port: 0 });
    try {
      await kusto.execute('NetDefaultDB', '.create table T (k: long)');
      const config = parseConfig('rare', {
        KUSTO_URI: kusto.url,
        KUSTO_DATABASE: 'NetDefaultDB',
        KUSTO_TABLE: 'T',
        PRIMARY_KEY: 'k',
        CHANGE_DETECTION: 'reconcile',
        RECONCILE_INTERVAL: '3600',
      });
      const state = new MemoryStateStore();
      const publisher = new MemoryPublisher();
      const options = { publisher, state, logger: quiet, env: {}, port: 0, clock: hasty };
      const source = await startSource(config, options);
      try {
        await source.ready;
        await kusto.execute('NetDefaultDB', '.append T <| print k = 1');
        const response = await fetch(`${source.proxyUrl}/acquire-stream`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ nodeLabels: ['T'], relLabels: [] }),
        });
        assert.match(await response.text(), /"id":"T:1"/);
        const folded = async (): Promise<unknown> => {
          const head = await state.get(`hand-overs-${entityStateName('T')}`);
          return (head?.value as { readonly first?: unknown } | undefined)?.first;
        };
        const deadline = Date.now() + 10_000;
        // Its keys, and that these are all.
        while ((await folded()) !== 2 && Date.now() < deadline) await systemClock.sleep(50);
        assert.equal(await folded(), 2);
        assert.deepEqual(publisher.changes, []);
      } finally {
        await source.stop();
      }
    } finally {
      await kusto.close();
    }
  },
);
