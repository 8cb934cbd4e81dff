// The two services, checked by the conformance suite of the SDK as any Source can be: from outside, with what Kubernetes gives them.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { runConformance, textReport } from '@drasi-kusto/source-sdk/conformance';

const program = fileURLToPath(new URL('../bin/drasi-kusto.mjs', import.meta.url));
const node = `"${process.execPath}"`;

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
  await kusto.execute('NetDefaultDB', '.create table T (k: long, v: string)');
  const text = 'x'.repeat(2_000);
  await kusto.ingest(
    'NetDefaultDB',
    'T',
    Array.from({ length: 20_000 }, (_, k) => `${k},${text}`).join('\n'),
  );
});
after(() => kusto.close());

/** Lets a shell command act in this process, by a request. */
async function serveActions(actions: Readonly<Record<string, () => Promise<void>>>) {
  const server = createServer((request, response) => {
    const action = actions[(request.url ?? '').slice(1)];
    assert.ok(action);
    action().then(
      () => response.end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    command: (name: string): string =>
      `${node} -e 'fetch("http://127.0.0.1:${port}/${name}").then((a) => process.exit(a.ok ? 0 : 1))'`,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

it(
  'the source does all that a Source of Drasi must',
  { timeout: 300_000, skip: process.platform !== 'linux' },
  async () => {
    let next = 1_000_000;
    await using actions = await serveActions({
      change: async () => {
        next += 1;
        await kusto.ingest('NetDefaultDB', 'T', `${next},new\n`);
      },
      break: async () => {
        // What is being read still comes; the next slice does not.
        kusto.setFaults([{ name: 'broken', text: 'hash\\(', times: 1, action: { status: 400 } }]);
        await Promise.resolve();
      },
    });
    const results = await runConformance({
      sourceId: 'storms',
      nodeLabels: ['T'],
      proxyCommand: `${node} ${program} proxy`,
      reactivatorCommand: `${node} ${program} reactivator`,
      changeCommand: actions.command('change'),
      breakCommand: actions.command('break'),
      env: {
        KUSTO_URI: kusto.url,
        KUSTO_DATABASE: 'NetDefaultDB',
        KUSTO_TABLE: 'T',
        PRIMARY_KEY: 'k',
        POLL_INTERVAL: '0.3',
        SLICE_ROWS: '1000',
        LOG_LEVEL: 'warn',
      },
    });
    const bad = results.filter(({ outcome }) => outcome !== 'passed');
    assert.deepEqual(bad, [], textReport(bad));
  },
);
