// Bootstraps of a source with a key index: what they send is in the index before it leaves.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { InProcessSessions, SourceProxy } from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseEntity } from '../src/config/config.ts';
import type { EntityConfig } from '../src/config/entity-config.ts';
import { agrees, isUnknown, type KeyEntry } from '../src/key-index/key-entry.ts';
import { createBootstrap } from '../src/snapshot/bootstrap.ts';
import { DrasiKusto } from './drasi-kusto.ts';
import { FakeSidecar } from './fake-sidecar.ts';
import { freePort } from './free-port.ts';
import { IndexedFeed } from './indexed-feed.ts';

const database = 'NetDefaultDB';
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const properties = (): Record<string, string> => ({
  KUSTO_URI: kusto.url,
  KUSTO_DATABASE: database,
  KUSTO_TABLE: 'T',
  PRIMARY_KEY: 'Id',
  SLICE_ROWS: '5000',
});

/** A table of so many rows and its entity. */
async function table(rows: number, more: Record<string, string> = {}): Promise<EntityConfig> {
  await kusto.execute(database, '.drop table T ifexists');
  await kusto.execute(
    database,
    `.set T <| range Id from 1 to ${rows} step 1 | extend Value = 1, Text = strcat('${'x'.repeat(100)}', Id)`,
  );
  return parseEntity('storms', { ...properties(), ...more });
}

async function open(port: number): Promise<IncomingMessage> {
  const request = httpRequest(`http://127.0.0.1:${port}/acquire-stream`, { method: 'POST' });
  request.on('error', () => undefined);
  request.end(JSON.stringify({ nodeLabels: ['T'] }));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

/** The ids of whole lines so far. */
function idsOf(text: string): readonly string[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).trimEnd();
  return lines.split('\n').map((line) => (JSON.parse(line) as { id: string }).id);
}

async function readAll(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString('latin1');
  return text;
}

/** The feed and a proxy in this process. */
async function withProxy(
  config: EntityConfig,
  act: (feed: IndexedFeed, port: number) => Promise<void>,
): Promise<void> {
  await using feed = new IndexedFeed(config);
  const { reader } = feed;
  const proxy = new SourceProxy({
    sourceId: 'storms',
    ownedLabels: { nodes: ['T'], relations: [] },
    bootstrap: createBootstrap({ entities: [{ config, reader }], logger: quiet }),
    sessions: new InProcessSessions(feed.reactivator.sessions),
    port: 0,
    graceMs: 0,
  });
  const { port } = await proxy.start();
  try {
    await act(feed, port);
  } finally {
    await proxy.stop();
  }
}

describe('a bootstrap of an entity with a key index', { timeout: 180_000 }, () => {
  it('has a row that only it has seen in the index before its bytes leave (I13, R6)', async () => {
    const config = await table(20_000);
    await withProxy(config, async (feed, port) => {
      feed.start();
      await until(() => feed.reactivator.checkpoint !== undefined);
      await kusto.ingest(
        database,
        'T',
        Array.from({ length: 2_000 }, (_, row) => `${30_000 + row},1,new`).join('\n'),
      );
      const response = await open(port);
      const [chunk] = (await once(response, 'data')) as [Buffer];
      response.pause();
      let text = chunk.toString('latin1');
      const early = await feed.entries();
      assert.ok(idsOf(text).length > 0);
      for (const id of idsOf(text)) assert.ok(early.has(id), `${id} is sent and not in the index`);
      text += await readAll(response);
      const ids = idsOf(text);
      assert.equal(ids.length, 22_000);
      assert.equal(new Set(ids).size, 22_000, 'each id once (R5)');
      const late = await feed.entries();
      for (const id of ids) assert.ok(late.has(id), id);
      assert.ok(isUnknown(late.get('T:30000') as KeyEntry), 'readers of other bootstraps do not have it');
      assert.ok(!isUnknown(late.get('T:1') as KeyEntry), 'what all readers have alike stays known');
    });
  });

  it('gives rows the hashes that the feed gives them (R3)', async () => {
    const config = await table(12_000);
    await withProxy(config, async (feed, port) => {
      feed.start();
      await readAll(await open(port));
      assert.ok(feed.handOvers > 0);
      const unknown = [...(await feed.entries()).values()].filter((entry) => isUnknown(entry));
      assert.equal(unknown.length, 0);
    });
  });

  it('that sent another state than the index has makes the key unknown, and a scan publishes it (R7 ABA)', async () => {
    const config = await table(100);
    await withProxy(config, async (feed, port) => {
      feed.start();
      await until(() => feed.reactivator.checkpoint !== undefined);
      const first = (await feed.entries()).get('T:7') as KeyEntry;
      await kusto.ingest(database, 'T', '7,2,there and back');
      const text = await readAll(await open(port));
      assert.match(text, /"id":"T:7".*there and back/);
      await kusto.execute(database, '.set-or-append T <| T | where Id == 7 and Value == 1');
      const seen = (await feed.seen()).get('T:7') as KeyEntry;
      assert.ok(agrees(first, seen), 'the service has come back to the state that the index had');
      const stored = (await feed.entries()).get('T:7') as KeyEntry;
      assert.ok(isUnknown(stored) && !agrees(stored, seen));
      const other = (await feed.entries()).get('T:8') as KeyEntry;
      assert.ok(agrees(other, (await feed.seen()).get('T:8') as KeyEntry), 'and no other key is published');
    });
  });

  it('that may not hand over ends visibly, and sends nothing that was not taken (R6)', async () => {
    const config = await table(60_000);
    await withProxy(config, async (feed, port) => {
      feed.start();
      const refusal = (): Error =>
        Object.assign(new Error('no more'), { fatal: true, code: 'HAND_OVER_REFUSED' });
      feed.refuse = refusal;
      const refused = await open(port);
      assert.equal(refused.statusCode, 500);
      assert.match(await readAll(refused), /no more/);
      assert.equal(feed.handOvers, 1, 'nothing is repeated that cannot succeed');
      feed.handOvers = 0;
      feed.refuse = () => (feed.handOvers > 2 ? refusal() : (undefined as never));
      const broken = await open(port);
      assert.equal(broken.statusCode, 200);
      let text = '';
      await assert.rejects(async () => {
        for await (const chunk of broken as AsyncIterable<Buffer>) text += chunk.toString('latin1');
      }, /aborted/);
      const lines = text.trimEnd().split('\n');
      assert.equal(lines.at(-1), '{"error":"bootstrap failed: no more"}');
      const entries = await feed.entries();
      for (const id of idsOf(`${lines.slice(0, -1).join('\n')}\n`)) assert.ok(entries.has(id), id);
      await until(() => feed.abandoned.length > 0);
      assert.deepEqual(feed.abandoned[0]?.labels, ['T'], 'its labels are published again (R2)');
    });
  });

  it('whose proxy is killed leaves everything that it sent in the index (R2, R6)', async () => {
    const config = await table(60_000);
    await using sidecar = await FakeSidecar.start();
    const ports = { proxy: await freePort(), reactivator: await freePort() };
    sidecar.apps.set('storms-reactivator', ports.reactivator);
    await using feed = new IndexedFeed(config, ports.reactivator);
    feed.start();
    await until(() => feed.reactivator.checkpoint !== undefined);
    await kusto.ingest(
      database,
      'T',
      Array.from({ length: 5_000 }, (_, row) => `${70_000 + row},1,new`).join('\n'),
    );
    const proxy = new DrasiKusto(['proxy'], {
      ...properties(),
      SOURCE_ID: 'storms',
      APP_PORT: String(ports.proxy),
      DAPR_HTTP_PORT: String(sidecar.port),
    });
    try {
      const response = await persistently(() => open(ports.proxy));
      const text: string[] = [];
      response.on('data', (chunk: Buffer) => text.push(chunk.toString('latin1')));
      await until(() => text.length > 20);
      await proxy.kill('SIGKILL');
      const ids = idsOf(text.join(''));
      assert.ok(ids.length > 1_000, `${ids.length} ids were sent`);
      const entries = await feed.entries();
      for (const id of ids) assert.ok(entries.has(id), `${id} was sent and is not in the index`);
    } finally {
      await proxy.kill('SIGKILL');
    }
  });

  it('of latest leaves out a key whose newest row fails the filter, though no key repeats among those that pass (R3)', async () => {
    const config = await table(100, {
      CHANGE_DETECTION: 'latest',
      KUSTO_QUERY: 'T | where Value == 1',
    });
    await withProxy(config, async (feed, port) => {
      await kusto.ingest(database, 'T', '7,2,left the filter');
      feed.start();
      const ids = idsOf(await readAll(await open(port)));
      assert.equal(ids.length, 99);
      assert.ok(!ids.includes('T:7'));
      assert.deepEqual(ids.toSorted(), [...(await feed.seen()).keys()].toSorted());
    });
  });

  it('of any query refuses a key that is in several rows, before its first byte', async () => {
    const config = await table(100, {
      CHANGE_DETECTION: 'reconcile',
      KUSTO_QUERY: 'T | summarize Rows = count() by Id = Id / 10, Odd = Id % 2',
    });
    await withProxy(config, async (feed, port) => {
      feed.follow([]);
      feed.start();
      const response = await open(port);
      assert.equal(response.statusCode, 500);
      assert.match(await readAll(response), /a key of T is in 2 rows of the query/);
    });
  });

  it('leaves nothing in the store when the source ends (R24)', async () => {
    const config = await table(1_000);
    await withProxy(config, async (feed, port) => {
      feed.start();
      await readAll(await open(port));
      await feed.reactivator.deprovision();
      assert.deepEqual(feed.store.keys(), []);
    });
  });
});

async function until(condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    assert.ok(Date.now() < end, 'it did not come');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function persistently<T>(act: () => Promise<T>): Promise<T> {
  const end = Date.now() + 20_000;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
