// Readers of the bootstrap service, down to the queries at the service: one that stops, ones that leave, several at once.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { SourceProxy, type BootstrapProgress } from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseEntity } from '../src/config/config.ts';
import { SourceReader } from '../src/query/source-reader.ts';
import { createBootstrap } from '../src/snapshot/bootstrap.ts';

const database = 'NetDefaultDB';
const rows = 30_000;
/** About 2 kB a row that no compression makes small: a slice is more than the buffers on the way hold. */
const noise = Array.from({ length: 30 }, (_, part) => `hash_sha256(Id + ${part}e6)`).join(', ');
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

interface Health {
  readonly bootstraps: readonly (BootstrapProgress & { readonly elements: number; readonly bytes: number })[];
}

describe('readers of a bootstrap', () => {
  let kusto: KustoLocal;
  let reader: SourceReader;
  let proxy: SourceProxy;
  let url: string;
  before(async () => {
    kusto = await startKustoLocal({});
    await kusto.execute(
      database,
      `.set T <| range Id from 1 to ${rows} step 1 | extend Text = strcat(Id, ' is ', ${noise}, ' ', Id)`,
    );
    const config = parseEntity('storms', {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: database,
      KUSTO_TABLE: 'T',
      PRIMARY_KEY: 'Id',
      SLICE_ROWS: '10000',
    });
    reader = new SourceReader({ config, logger: quiet, env: {} });
    const bootstrap = createBootstrap({ entities: [{ reader, config }], logger: quiet });
    const ownedLabels = { nodes: ['T'], relations: [] };
    proxy = new SourceProxy({ sourceId: 'storms', ownedLabels, bootstrap, port: 0, graceMs: 0 });
    const { port } = await proxy.start();
    url = `http://127.0.0.1:${port}`;
  });
  after(async () => {
    await proxy.stop();
    await reader[Symbol.asyncDispose]();
    await kusto.close();
  });

  async function open(): Promise<IncomingMessage> {
    const request = httpRequest(`${url}/acquire-stream`, { method: 'POST' });
    request.on('error', () => undefined);
    request.end(JSON.stringify({ nodeLabels: ['T'] }));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    return response;
  }

  /** Reads to the end, at most so many bytes a millisecond, and checks that every id is there once. */
  async function readAll(response: IncomingMessage, bytesAMs = Number.POSITIVE_INFINITY): Promise<void> {
    const seen = new Uint8Array(rows + 1);
    let rest = '';
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { id, properties } = JSON.parse(line) as {
          id: string;
          properties: { Id: number; Text: string };
        };
        assert.equal(id, `T:${properties.Id}`);
        assert.ok(
          properties.Text.startsWith(`${properties.Id} is `) && properties.Text.endsWith(` ${properties.Id}`),
        );
        seen[properties.Id] = (seen[properties.Id] ?? 0) + 1;
      }
      if (Number.isFinite(bytesAMs))
        await new Promise((resolve) => setTimeout(resolve, chunk.length / bytesAMs));
    }
    assert.ok(response.complete, 'a clean end');
    assert.equal(rest, '');
    assert.ok(
      seen.every((times, id) => times === (id === 0 ? 0 : 1)),
      'every id once',
    );
  }

  const health = async (): Promise<Health> => (await (await fetch(`${url}/healthz`)).json()) as Health;

  /** The states of the queries for rows, running and ended, by the service's own record. */
  async function states(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const which of ['running queries', 'queries']) {
      const command = `.show ${which} | where Text contains 'hash(' | project State`;
      for (const [state] of (await kusto.execute(database, command)).rows) found.push(String(state));
    }
    return found;
  }

  async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
    for (let turn = 0; turn < 400; turn++) {
      if (await condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail(what);
  }

  it('that stops stops the reading of Kusto, and gets everything when it goes on', async (t) => {
    const response = await open();
    t.after(() => response.destroy());
    response.pause();
    let [last, same] = [-1, 0];
    await until(async () => {
      const bytes = (await health()).bootstraps[0]?.bytes ?? 0;
      same = bytes === last && bytes > 0 ? same + 1 : 0;
      last = bytes;
      return same === 30;
    }, 'bytes flow on although nobody reads');
    const sent = (await health()).bootstraps[0]?.elements ?? rows;
    assert.ok(sent < rows / 2, `${sent} elements went into buffers`);
    assert.deepEqual(
      await states(),
      ['InProgress', 'InProgress'],
      'two slices wait, and no more is asked for',
    );
    await readAll(response);
    assert.ok((await states()).every((state) => state === 'Completed'));
  });

  it('that leave after any number of bytes end their queries at the service, and keep none from others', async () => {
    for (const bytes of [1, 100_000, 5_000_000, 35_000_000]) {
      const response = await open();
      let count = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        count += chunk.length;
        if (count >= bytes) break;
      }
      response.destroy();
      await until(async () => proxy.active === 0, 'the answer goes on');
      await until(async () => !(await states()).includes('InProgress'), 'a query goes on');
    }
    assert.ok((await states()).includes('Canceled'));
    await readAll(await open());
  });

  it('at once, fast and slow, get every row as it is, each id once', async () => {
    const speeds = [Number.POSITIVE_INFINITY, 60_000, 30_000];
    await Promise.all(speeds.map(async (speed) => readAll(await open(), speed)));
  });
});
