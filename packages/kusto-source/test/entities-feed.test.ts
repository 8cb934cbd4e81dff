// The feed of a source of nodes and relations, as `watch` publishes it: folded the way of an engine that never moves a relation by an
// upsert, it is what Kusto holds (rule R22).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { DrasiKusto, sourceFile } from './drasi-kusto.ts';

const database = 'NetDefaultDB';

interface Element {
  readonly id: string;
  readonly startId?: string;
  readonly endId?: string;
  readonly properties: { readonly [name: string]: unknown };
}

interface Change {
  readonly op: 'u' | 'd';
  readonly payload: {
    readonly source: { readonly table: string };
    readonly after?: Element;
    readonly before?: Element;
  };
}

/** The changes of a program so far, in short: `d rel:R:1`, `u rel:R:1 Site:1`. */
function said(program: DrasiKusto): readonly string[] {
  return changesOf(program).map(({ op, payload: { after, before } }) =>
    [op, (after ?? before)?.id, ...(after?.endId === undefined ? [] : [after.endId])].join(' '),
  );
}

function changesOf({ stdout }: DrasiKusto): readonly Change[] {
  const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Change);
}

/** What an engine holds that merges properties and leaves ends where they are. */
function folded(program: DrasiKusto): ReadonlyMap<string, string> {
  const held = new Map<string, Element>();
  for (const { op, payload } of changesOf(program)) {
    const element = payload.after ?? payload.before;
    assert.ok(element !== undefined);
    assert.equal(payload.source.table, element.id.startsWith('rel:') ? 'rel' : 'node');
    const before = held.get(element.id);
    if (op === 'd') held.delete(element.id);
    else
      held.set(
        element.id,
        before === undefined
          ? element
          : { ...before, properties: { ...before.properties, ...element.properties } },
      );
  }
  return new Map(
    [...held.values()].map(({ id, startId, endId, properties }) => [
      id,
      startId === undefined
        ? JSON.stringify(properties)
        : `${startId} ${endId} ${JSON.stringify(properties)}`,
    ]),
  );
}

describe('the feed of several entities', { timeout: 120_000 }, () => {
  let kusto: KustoLocal;
  before(async () => {
    kusto = await startKustoLocal({ port: 0 });
  });
  after(() => kusto.close());

  const entities = (tag: string, more: string): string => `
nodes:
  - { label: Site, table: Sites${tag}, key: Id, properties: { name: Name } }
relations:
  - label: FEEDS
    table: Links${tag}
    key: Id
    properties: { w: Weight }
    start: { label: Site, key: From }
    end: { label: Site, key: To }
    ${more}`;

  async function watching<T>(
    tag: string,
    more: string,
    use: (program: DrasiKusto) => Promise<T>,
  ): Promise<T> {
    await kusto.execute(database, `.create table Sites${tag} (Id: long, Name: string)`);
    await kusto.execute(
      database,
      `.create table Links${tag} (Id: string, From: long, To: string, Weight: long)`,
    );
    await kusto.ingest(database, `Sites${tag}`, '1,one\n2,two\n3,three\n');
    await kusto.ingest(database, `Links${tag}`, 'a,1,2,10\nb,2,3,20\nc,,3,30\n');
    await using file = await sourceFile({
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: database,
      POLL_INTERVAL: '0.2',
      ENTITIES: entities(tag, more),
    });
    const program = new DrasiKusto(['watch', '-f', file.path, '--from', 'beginning', '--for', '60']);
    try {
      await program.until(() => program.stderr.includes('ready'), 'readiness');
      return await use(program);
    } finally {
      await program.kill('SIGKILL');
    }
  }

  it('without an index: every relation is deleted before it is upserted, nodes are not', async () => {
    await watching('A', 'detection: append', async (program) => {
      await program.until(() => said(program).length >= 7, 'the rows that are there');
      assert.deepEqual(said(program).slice(0, 3).toSorted(), ['u Site:1', 'u Site:2', 'u Site:3']);
      assert.deepEqual(said(program).slice(3).toSorted(), [
        'd rel:FEEDS:a',
        'd rel:FEEDS:b',
        'u rel:FEEDS:a Site:2',
        'u rel:FEEDS:b Site:3',
      ]);
      await kusto.ingest(database, 'LinksA', 'a,1,3,11\nc,3,,31\n');
      await kusto.ingest(database, 'SitesA', '3,drei\n');
      await program.until(() => said(program).length >= 10, 'what came');
      assert.deepEqual(Object.fromEntries(folded(program)), {
        'Site:1': '{"name":"one"}',
        'Site:2': '{"name":"two"}',
        'Site:3': '{"name":"drei"}',
        'rel:FEEDS:a': 'Site:1 Site:3 {"w":11}',
        'rel:FEEDS:b': 'Site:2 Site:3 {"w":20}',
      });
    });
  });

  it('latest: a relation is deleted when its newest row has no end, or another one, and only then', async () => {
    await watching('L', 'detection: latest', async (program) => {
      await program.until(() => folded(program).size >= 5, 'the rows that are there');
      const changed = async (rows: string, wanted: readonly string[]): Promise<void> => {
        const seen = said(program).length;
        await kusto.ingest(database, 'LinksL', rows);
        await program.until(() => said(program).length >= seen + wanted.length, wanted.join());
        assert.deepEqual(said(program).slice(seen), wanted);
      };
      await changed('a,1,2,11\n', ['u rel:FEEDS:a Site:2']);
      await changed('b,2,1,20\n', ['d rel:FEEDS:b', 'u rel:FEEDS:b Site:1']);
      await changed('b,,1,20\nc,,1,5\n', ['d rel:FEEDS:b']);
      await changed('b,3,1,21\n', ['d rel:FEEDS:b', 'u rel:FEEDS:b Site:1']);
      assert.deepEqual(Object.fromEntries([...folded(program)].filter(([id]) => id.startsWith('rel:'))), {
        'rel:FEEDS:a': 'Site:1 Site:2 {"w":11}',
        'rel:FEEDS:b': 'Site:3 Site:1 {"w":21}',
      });
    });
  });

  it('with an index: a relation is deleted when it moves or loses an end, and is upserted alone when it stays', async () => {
    await watching('R', 'detection: reconcile\n    reconcileInterval: 0.3', async (program) => {
      await program.until(() => folded(program).size >= 5, 'the rows that are there');
      const changed = async (records: string, wanted: readonly string[]): Promise<void> => {
        const seen = said(program).length;
        await kusto.execute(
          database,
          `.set-or-replace LinksR <| datatable(Id: string, From: long, To: string, Weight: long) [${records}]`,
        );
        await program.until(() => said(program).length >= seen + wanted.length, wanted.join());
        assert.deepEqual(said(program).slice(seen), wanted);
      };
      await changed("'a', 1, '2', 11, 'b', 2, '3', 20", ['u rel:FEEDS:a Site:2']);
      await changed("'a', 1, '2', 11, 'b', 2, '1', 20", ['d rel:FEEDS:b', 'u rel:FEEDS:b Site:1']);
      await changed("'a', 1, '2', 11, 'b', long(null), '1', 20", ['d rel:FEEDS:b']);
      await changed("'a', 1, '2', 11, 'b', 3, '1', 21", ['d rel:FEEDS:b', 'u rel:FEEDS:b Site:1']);
      assert.deepEqual(Object.fromEntries([...folded(program)].filter(([id]) => id.startsWith('rel:'))), {
        'rel:FEEDS:a': 'Site:1 Site:2 {"w":11}',
        'rel:FEEDS:b': 'Site:3 Site:1 {"w":21}',
      });
    });
  });
});
