// Without Dapr: `drasi-kusto run --to redis://…`, a real Redis, and the Drasi engine with its platform source.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startKustoLocal } from 'kusto-local';
import { DrasiKusto, sourceFile } from '../packages/kusto-source/test/drasi-kusto.ts';
import { difference, kustoRows, type Agreement } from './neighbours/agreement.ts';
import { DrasiHost } from './neighbours/drasi-host.ts';
import { freePorts } from './neighbours/free-ports.ts';
import { Keeper } from './neighbours/keeper.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import { Redis } from './neighbours/redis.ts';
import { byState, createStorms, ingestStorms, stormProperties, totals } from './neighbours/storms.ts';
import { until } from './neighbours/until.ts';

const neighbours = await prepareNeighbours();
const queries: readonly Agreement[] = [totals, byState];

it(
  'the engine reads the stream that `run --to redis://` writes (I1, I11)',
  { timeout: 240_000 },
  async () => {
    await using closing = new AsyncDisposableStack();
    const keeper = closing.use(new Keeper());
    const folder = closing.adopt(await mkdtemp(join(tmpdir(), 'drasi-kusto-redis-')), (path) =>
      rm(path, { recursive: true, force: true }),
    );
    const kusto = closing.adopt(await startKustoLocal({ port: 0 }), (started) => started.close());
    await createStorms(kusto);
    const ports = await freePorts('redis', 'proxy');
    await mkdir(join(folder, 'redis'));
    const redis = new Redis({
      programs: neighbours.redis,
      port: ports.redis,
      folder: join(folder, 'redis'),
      keeper,
    });
    closing.use(redis.program);
    await redis.program.start();
    const file = closing.use(
      await sourceFile({
        KUSTO_URI: kusto.url,
        KUSTO_DATABASE: 'NetDefaultDB',
        POLL_INTERVAL: '0.2',
        ...(stormProperties as Record<string, string>),
      }),
    );
    const source = new DrasiKusto(
      ['run', '-f', file.path, '--to', redis.url, '--state', join(folder, 'state')],
      {
        APP_PORT: String(ports.proxy),
      },
    );
    closing.defer(() => source.kill('SIGTERM'));
    await source.until(() => /^ready/m.test(source.stderr), 'ready');
    const drasi = new DrasiHost({
      drasiHost: neighbours.drasiHost,
      sourceId: 'storms',
      redisUrl: redis.url,
      group: 'drasi-core',
      bootstrapUrl: `http://127.0.0.1:${ports.proxy}`,
      queries,
      keeper,
    });
    closing.use(drasi.program);
    await drasi.program.start();
    const agree = async (): Promise<void> => {
      for (const { id, kql } of queries) {
        const wanted = await kustoRows(kusto, kql);
        const same = async (): Promise<boolean> => difference(await drasi.results(id), wanted) === undefined;
        await until(same, `"${id}" of the engine, the same as Kusto's`, { timeoutMs: 60_000 });
      }
    };
    await agree();
    await ingestStorms(kusto, { from: 2_000, to: 2_300 });
    await agree();
    // Every third moves to another state.
    await ingestStorms(kusto, { from: 100, to: 400, version: 1 });
    await agree();
    assert.ok(Number(await redis.command('XLEN', 'storms-change')) > 0);
  },
);
