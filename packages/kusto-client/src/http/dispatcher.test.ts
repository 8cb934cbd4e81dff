import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { KustoClient } from '../client.ts';
import { KustoError } from '../errors.ts';
import { v2Body } from '../testing/bodies.ts';
import { FakeKusto } from '../testing/fake-kusto.ts';

test(
  'HTTPS_PROXY and NO_PROXY are honoured, and this machine is asked without one',
  { timeout: 10_000 },
  async (t) => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'] as const;
    const before = names.map((name) => [name, process.env[name]] as const);
    t.after(() => {
      proxy.close();
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    for (const name of names) delete process.env[name];
    process.env['HTTPS_PROXY'] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    process.env['HTTP_PROXY'] = process.env['HTTPS_PROXY'];
    process.env['NO_PROXY'] = '.invalid';

    const failure = async (connection: string): Promise<string> => {
      await using client = new KustoClient({ connection, retry: { maxAttempts: 1 } });
      const error: unknown = await client.rows('db', 'T').catch((reason: unknown) => reason);
      assert.ok(error instanceof KustoError, String(error));
      assert.equal(error.retryClass, 'unreachable', error.message);
      return error.message;
    };
    assert.match(await failure('https://c.kusto.windows.net'), /403/);
    assert.deepEqual(asked, ['c.kusto.windows.net:443']);
    await failure('https://nowhere.invalid');
    assert.equal(asked.length, 1, 'NO_PROXY');

    await using kusto = await FakeKusto.start();
    kusto.answer({ body: v2Body({ columns: [['k', 'long']], rows: [['1']] }) });
    await using client = new KustoClient({ connection: kusto.uri });
    assert.equal((await client.rows('db', 'T')).rows.length, 1);
    assert.equal(asked.length, 1, 'loopback');
  },
);
