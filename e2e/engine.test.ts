// The Source with the real Drasi engine: what a continuous query holds equals what Kusto holds, also when the feed was
// killed at the worst moment.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startKustoLocal } from 'kusto-local';
import { startDrasiEngine, type DrasiEngine } from '../packages/kusto-source/src/quickstart/drasi-engine.ts';
import {
  defaultCacheDir,
  installDrasiEngine,
} from '../packages/kusto-source/src/quickstart/drasi-install.ts';
import { readBootstrap } from '../packages/kusto-source/src/quickstart/read-bootstrap.ts';
import { DrasiKusto } from '../packages/kusto-source/test/drasi-kusto.ts';
import { FakeSidecar } from '../packages/kusto-source/test/fake-sidecar.ts';
import { freePort } from '../packages/kusto-source/test/free-port.ts';

const engine = await installDrasiEngine({ cacheDir: defaultCacheDir(process.env), log: () => {} });

async function eventually<T>(read: () => Promise<T>, wanted: T, what: string): Promise<void> {
  let last: T | undefined;
  for (let attempt = 0; attempt < 300; attempt += 1) {
    last = await read();
    try {
      assert.deepEqual(last, wanted);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  assert.deepEqual(last, wanted, what);
}

describe(
  'the real Drasi engine',
  { timeout: 180_000, skip: engine.available ? false : engine.reason },
  () => {
    it('counts what Kusto counts, after a SIGKILL between publish and checkpoint too (I1, I2, I4)', async () => {
      assert.ok(engine.available);
      await using closing = new AsyncDisposableStack();
      const kusto = closing.adopt(await startKustoLocal({ port: 0 }), (started) => started.close());
      const sidecar = closing.use(await FakeSidecar.start());
      await kusto.execute(
        'NetDefaultDB',
        '.create table StormEvents (EventId: long, State: string, DamageProperty: long)',
      );
      const storms = (from: number, to: number): string =>
        Array.from(
          { length: to - from },
          (_, index) => `${from + index},NEW YORK,${(from + index) % 97}`,
        ).join('\n');
      await kusto.ingest('NetDefaultDB', 'StormEvents', storms(0, 20_000));

      const [proxyPort, reactivatorPort] = [await freePort(), await freePort()];
      sidecar.apps.set('storms-reactivator', reactivatorPort);
      const env = {
        SOURCE_ID: 'storms',
        KUSTO_URI: kusto.url,
        KUSTO_DATABASE: 'NetDefaultDB',
        KUSTO_TABLE: 'StormEvents',
        PRIMARY_KEY: 'EventId',
        POLL_INTERVAL: '0.2',
        DAPR_HTTP_PORT: String(sidecar.port),
      };
      const start = (service: string, port: number): DrasiKusto =>
        closing.adopt(new DrasiKusto([service], { ...env, APP_PORT: String(port) }), (program) =>
          program.kill('SIGKILL'),
        );
      const proxy = start('proxy', proxyPort);
      const reactivator = start('reactivator', reactivatorPort);
      await proxy.until(() => proxy.stderr.includes('the proxy listens'), 'the proxy');

      const drasi: DrasiEngine = closing.adopt(
        await startDrasiEngine({
          python: engine.python,
          packages: engine.packages,
          sourceId: 'storms',
          queries: [
            {
              id: 'all',
              cypher: 'MATCH (i:StormEvents) RETURN count(i) AS n, sum(i.DamageProperty) AS damage',
              probe: { labels: ['StormEvents'], properties: {} },
            },
          ],
          onResult: () => {},
        }),
        (started) => started.close(),
      );
      const bootstrapIds = new Set<string>();
      for await (const lines of readBootstrap(
        `http://127.0.0.1:${proxyPort}`,
        'StormEvents',
        new AbortController().signal,
      )) {
        for (const line of lines) bootstrapIds.add((JSON.parse(line.toString()) as { id: string }).id);
        await drasi.elements(lines);
      }
      assert.equal(bootstrapIds.size, 20_000);

      // The kill: changes are published, and the checkpoint that follows them never reaches the store.
      const kill: { done?: Promise<void> } = {};
      sidecar.beforeStateWrite = () => {
        if (sidecar.published.length === 0) return 'take';
        kill.done ??= reactivator.kill('SIGKILL');
        return 'drop';
      };
      await kusto.ingest(
        'NetDefaultDB',
        'StormEvents',
        storms(19_000, 21_000).replaceAll('NEW YORK', 'TEXAS'),
      );
      for (let attempt = 0; kill.done === undefined && attempt < 200; attempt += 1)
        await new Promise((resolve) => setTimeout(resolve, 50));
      await kill.done;
      assert.ok(sidecar.published.length >= 2_000, 'published before the kill');
      const publishedOnce = sidecar.published.length;
      sidecar.beforeStateWrite = () => 'take';
      await kusto.ingest('NetDefaultDB', 'StormEvents', storms(21_000, 22_000));
      const again = start('reactivator', reactivatorPort);
      for (let attempt = 0; sidecar.published.length < publishedOnce + 3_000 && attempt < 300; attempt += 1)
        await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(sidecar.published.length, publishedOnce + 3_000, `the window came again; ${again.stderr}`);

      await drasi.changes(sidecar.published.map((change) => Buffer.from(JSON.stringify(change))));
      const { rows } = await kusto.execute(
        'NetDefaultDB',
        'StormEvents | summarize arg_max(ingestion_time(), *) by EventId | summarize n = count(), damage = sum(DamageProperty)',
      );
      const wanted = [{ n: Number(rows[0]?.[0]), damage: Number(rows[0]?.[1]) }];
      assert.equal(wanted[0]?.n, 22_000);
      await eventually(
        async () =>
          (await drasi.results('all')).map((row) => ({ n: Number(row['n']), damage: Number(row['damage']) })),
        wanted,
        'the continuous query equals the Kusto query',
      );
      // One id function: every correction met the node of its bootstrap instead of making another.
      const corrected = sidecar.ids.filter((id) => id !== undefined && bootstrapIds.has(id));
      assert.equal(new Set(corrected).size, 1_000);
    });
  },
);
