// `run --to`: the same changes to Drasi Server and to a Redis stream, and a target that cannot be one.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { FakeDrasiServer } from '../../source-sdk/test/fake-drasi-server.ts';
import { FakeRedis } from '../../source-sdk/test/fake-redis.ts';
import { DrasiKusto, sourceFile } from './drasi-kusto.ts';
import { freePort } from './free-port.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

async function source(table: string): ReturnType<typeof sourceFile> {
  await kusto.execute('NetDefaultDB', `.create table ${table} (k: long, v: real)`);
  const kustoProperties = { KUSTO_URI: kusto.url, KUSTO_DATABASE: 'NetDefaultDB', KUSTO_TABLE: table };
  return sourceFile({ ...kustoProperties, PRIMARY_KEY: 'k', POLL_INTERVAL: '0.2' });
}

async function running(args: readonly string[]): Promise<DrasiKusto> {
  const program = new DrasiKusto(['run', ...args], { APP_PORT: String(await freePort()) });
  await program.until(() => /^ready/m.test(program.stderr), 'ready');
  return program;
}

async function ends(program: DrasiKusto): Promise<void> {
  program.child.kill('SIGTERM');
  assert.equal((await program.exit).code, 0, program.stderr);
  assert.equal(program.stdout, '');
}

describe('run --to', { timeout: 120_000 }, () => {
  it("http:// is Drasi Server's http source, which may be away for a while", async () => {
    await using file = await source('ToServer');
    const args = ['-f', file.path, '--state', join(file.folder, 'state')];
    const port = await freePort();
    const program = await running([...args, '--to', `http://127.0.0.1:${port}`]);
    await kusto.ingest('NetDefaultDB', 'ToServer', '9223372036854775807,5\n');
    await program.until(() => /publishing failed, it will be tried again/.test(program.stderr), 'a try');
    const server = await FakeDrasiServer.start('storms', port);
    await program.until(() => server.events.length === 1, 'the change');
    await ends(program);
    const id = 'ToServer:9223372036854775807';
    const properties = '{"k":9223372036854775807,"v":5.0}';
    const element = `{"type":"node","id":"${id}","labels":["ToServer"],"properties":${properties}}`;
    assert.match(server.events[0] ?? '', /"timestamp":\d{19}\}$/);
    assert.equal(
      server.events[0]?.replace(/\d{19}\}$/, '0}'),
      `{"operation":"update","element":${element},"timestamp":0}`,
    );
    await server.stop();
  });

  it("redis:// is the stream of Drasi's platform source", async () => {
    await using file = await source('ToRedis');
    const redis = await FakeRedis.start();
    const program = await running(['-f', file.path, '--to', `redis://127.0.0.1:${redis.port}`]);
    await kusto.ingest('NetDefaultDB', 'ToRedis', '1,5\n');
    await program.until(() => redis.entries.length === 1, 'the entry');
    await ends(program);
    assert.equal(redis.entries[0]?.stream, 'storms-change');
    const { data } = JSON.parse(redis.entries[0]?.fields.get('data') ?? '');
    assert.equal(data[0].payload.after.id, 'ToRedis:1');
    await redis.stop();
  });

  it('another target is one clear error and exit code 2', async () => {
    for (const [to, message] of [
      ['standard', /"standard" is not a URL\. It may be stdout, dapr, http:\/\/host:port/],
      ['kafka://h:9092', /there is nothing for kafka:/],
      ['http://h:9000/events', /has a path Drasi Server does not have/],
    ] as const) {
      const program = new DrasiKusto(['run', '-f', 'no-such-file.yaml', '--to', to]);
      assert.equal((await program.exit).code, 2, program.stderr);
      assert.match(program.stderr, message);
      assert.equal(program.stdout, '');
      assert.ok(program.stderr.length < 800, program.stderr);
    }
  });
});
