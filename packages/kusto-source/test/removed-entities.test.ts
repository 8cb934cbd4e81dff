// Entities that the configuration has no more: what readers hold of them is deleted, and they may come back (rules R6 and R22).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MemoryPublisher, MemoryStateStore, systemClock } from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseConfig } from '../src/config/config.ts';
import { startSource, type RunningSource } from '../src/services/start-source.ts';

const database = 'NetDefaultDB';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

interface Change {
  readonly op: string;
  readonly payload: { readonly before?: { readonly id: string }; readonly after?: { readonly id: string } };
}

/** A source that is started again with other entities, and what it published since the last look. */
class Scene implements AsyncDisposable {
  readonly warnings: string[] = [];
  readonly #publisher = new MemoryPublisher();
  readonly #state = new MemoryStateStore();
  #looked = 0;
  #source: RunningSource | undefined;

  async start(entities: string): Promise<void> {
    await this.#source?.stop();
    const config = parseConfig('storms', {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: database,
      POLL_INTERVAL: '0.1',
      RECONCILE_INTERVAL: '0.3',
      ENTITIES: entities,
    });
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (text: string) => void this.warnings.push(text),
    };
    const options = { publisher: this.#publisher, state: this.#state, logger, env: {}, port: 0 };
    this.#source = await startSource(config, options);
    await this.#source.ready;
  }

  async bootstrap(nodeLabels: readonly string[], relLabels: readonly string[] = []): Promise<string> {
    const response = await fetch(`${this.#source?.proxyUrl}/acquire-stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ nodeLabels, relLabels }),
    });
    return await response.text();
  }

  /** What was published since, in order, once so much was and for a little longer. */
  async news(count: number): Promise<readonly string[]> {
    const deadline = Date.now() + 20_000;
    while (this.#publisher.changes.length < this.#looked + count && Date.now() < deadline)
      await systemClock.sleep(50);
    await systemClock.sleep(400);
    const news = this.#publisher.changes.slice(this.#looked).map((bytes) => {
      const { op, payload } = JSON.parse(Buffer.from(bytes).toString('latin1')) as Change;
      return `${op} ${(payload.after ?? payload.before)?.id}`;
    });
    this.#looked += news.length;
    return news.toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source?.stop();
  }
}

describe('entities that the configuration has no more', { timeout: 120_000 }, () => {
  it('are deleted by their keys, those of bootstraps among them, once, and begin anew when they come back', async () => {
    await kusto.execute(database, '.create table Sites (k: long, v: string)');
    await kusto.execute(database, '.create table Links (k: long, a: long, b: long)');
    await kusto.execute(database, ".append Sites <| datatable(k: long, v: string) [1, 'a', 2, 'b']");
    await kusto.execute(database, '.append Links <| datatable(k: long, a: long, b: long) [7, 1, 2]');
    const sites = 'nodes: [{ label: Site, table: Sites, key: k }';
    const both = `${sites}, { label: Place, table: Sites, key: k }]
relations:
  - { label: LINK, table: Links, key: k, start: { label: Site, key: a }, end: { label: Site, key: b } }`;
    await using scene = new Scene();
    await scene.start(both);
    assert.match(await scene.bootstrap(['Site', 'Place'], ['LINK']), /"id":"rel:LINK:7"/);
    await kusto.execute(database, ".append Sites <| print k = 3, v = 'c'");
    assert.deepEqual(await scene.news(2), ['u Place:3', 'u Site:3']);
    await scene.start(`${sites}]`);
    assert.deepEqual(await scene.news(4), ['d Place:1', 'd Place:2', 'd Place:3', 'd rel:LINK:7']);
    assert.ok(
      scene.warnings.some((text) => text.startsWith('rel:LINK is not in the configuration any more')),
    );
    await scene.start(`${sites}]`);
    assert.deepEqual(await scene.news(0), [], 'a second start has nothing left to delete');
    await kusto.execute(database, ".append Sites <| print k = 4, v = 'd'");
    assert.deepEqual(await scene.news(1), ['u Site:4']);
    await scene.start(both);
    assert.deepEqual(await scene.news(0), [], 'it begins at what is there, which bootstraps will read');
    assert.match(await scene.bootstrap(['Place']), /"id":"Place:4"/);
    await kusto.execute(database, '.delete table Sites records <| Sites | where k == 4');
    assert.deepEqual(await scene.news(2), ['d Place:4', 'd Site:4']);
  });

  it('under another label are deleted, and those of the new label are left to bootstraps', async () => {
    await kusto.execute(database, '.create table Other (k: long)');
    await kusto.execute(database, '.append Other <| print k = 1');
    await using scene = new Scene();
    await scene.start('nodes: [{ label: Old, table: Other, key: k }]');
    await scene.start('nodes: [{ label: New, table: Other, key: k }]');
    assert.deepEqual(await scene.news(1), ['d Old:1']);
    assert.match(await scene.bootstrap(['New']), /"id":"New:1"/);
  });
});
