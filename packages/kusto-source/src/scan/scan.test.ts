import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { scan } from './scan.ts';
import { ScanScene, type SceneOptions } from './testing/scan-scene.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const begin = (options?: SceneOptions): Promise<ScanScene> => ScanScene.begin(kusto, options);
/** Digests of groups come into play with a few keys. */
const small = { fewKeys: 3, rows: 4, hashes: 5, buckets: 1, named: 2 };
const unlimited = { fewKeys: 1_000 };

describe('a scan', () => {
  it('publishes what came, changed and went, and nothing else', async () => {
    for (const limits of [unlimited, small]) {
      await using scene = await begin({ limits });
      await scene.ingest('a,1\nb,2\nc,3\nd,4\ne,5\nf,6\ng,7\nh,8');
      assert.equal(await scene.baseline(), 8);
      assert.deepEqual(scene.news(), [], 'a baseline publishes nothing');
      const idle = await scene.scan();
      assert.deepEqual([idle.rows, idle.buckets, idle.read], [8, 0, 0]);
      await scene.delete("k == 'b' or k == 'h'");
      await scene.ingest('i,9\na,10');
      const end = await scene.scan();
      assert.deepEqual(scene.news(), ['d N:b', 'd N:h', 'u N:a', 'u N:i']);
      assert.deepEqual([end.published, end.deleted, end.present], [2, 2, 0]);
      assert.equal((await scene.scan()).buckets, 0);
      assert.deepEqual(scene.news(), []);
    }
  });

  it('takes the place of a first bootstrap when the index is empty, with a key of any text', async () => {
    await using scene = await begin({ limits: small });
    await scene.ingest('a,1\n"it\'s",2\n"x,y:z%",3\n,4\nключ,5\n"a\\b",6\n"line\nbreak",7');
    const end = await scene.scan();
    assert.deepEqual([end.published, end.rows], [7, 7]);
    assert.deepEqual(scene.held(), await scene.wanted());
    await scene.delete('v != 5');
    assert.equal((await scene.scan()).deleted, 6);
    assert.deepEqual(scene.held(), await scene.wanted());
  });

  it('sees a bucket that was emptied, rows that swapped their values, and cells that moved (R17)', async () => {
    await using scene = await begin({
      columns: '(k: string, a: string, b: string)',
      query: (table) => `${table} | summarize a = max(a), b = max(b) by k`,
    });
    await scene.ingest('x,1,2\ny,3,4');
    await scene.baseline();
    await scene.execute(
      '.set-or-replace $T <| datatable(k: string, a: string, b: string) ["x", "3", "4", "y", "1", "2"]',
    );
    await scene.scan();
    assert.deepEqual(scene.news(), ['u N:x', 'u N:y']);
    await scene.execute(
      '.set-or-replace $T <| datatable(k: string, a: string, b: string) ["x", "34", "", "y", "1", "2"]',
    );
    await scene.scan();
    assert.deepEqual(scene.news(), ['u N:x']);
    await scene.execute('.clear table $T data');
    const end = await scene.scan();
    assert.deepEqual([scene.news(), end.read], [['d N:x', 'd N:y'], 0]);
  });

  it('works over joins, summaries, functions and materialized views', async () => {
    const columns = '(k: string, v: long)';
    await kusto.execute('NetDefaultDB', '.create table Names (k: string, name: string)');
    await kusto.execute(
      'NetDefaultDB',
      '.append Names <| datatable(k: string, name: string) ["a", "A", "b", "B"]',
    );
    const kinds: Record<string, { query: (table: string) => string; make?: string }> = {
      join: {
        query: (table) =>
          `${table} | summarize v = sum(v) by k | join kind=inner Names on k | project k, v, name`,
      },
      summary: { query: (table) => `${table} | summarize v = sum(v), n = count() by k` },
      union: { query: (table) => `union ${table}, (print k = 'z', v = 1) | summarize v = sum(v) by k` },
      function: {
        make: '.create function F$T() { $T | summarize v = sum(v) by k }',
        query: (table) => `F${table}()`,
      },
      view: {
        make: '.create materialized-view V$T on table $T { $T | summarize v = sum(v) by k }',
        query: (table) => `V${table}`,
      },
    };
    for (const [kind, { query, make }] of Object.entries(kinds)) {
      await using scene = await begin({ columns, query, limits: small });
      if (make !== undefined) await scene.execute(make);
      await scene.ingest('a,1\nb,2\nb,3');
      await scene.baseline();
      assert.deepEqual((await scene.scan()).buckets, 0, kind);
      await scene.ingest('a,5');
      await scene.scan();
      assert.deepEqual(scene.news(), ['u N:a'], kind);
      if (kind === 'view') continue;
      await scene.delete("k == 'b'");
      await scene.scan();
      assert.deepEqual(scene.news(), ['d N:b'], kind);
    }
  });

  it('ends with an error that names the key when it is in several rows, whatever they are (R17)', async () => {
    const query = (table: string): string => `${table} | project k, v | union (${table} | where v < 0)`;
    const properties = { CHANGE_DETECTION: 'reconcile' };
    for (const [rows, more] of [
      ['a,1\nb,2', 'b,3'],
      ['a,1\nb,2', 'b,2'],
      ['a,1', 'c,3\nc,3'],
      ['a,1', 'c,3\nc,4'],
    ] as const) {
      await using scene = await begin({ query, properties, limits: small });
      await scene.ingest(rows);
      await scene.baseline();
      await scene.ingest(more);
      await assert.rejects(scene.scan(), {
        code: 'KEY_NOT_UNIQUE',
        message: /the key of N:[bc] is in several rows/,
      });
      assert.ok(scene.news().every((change) => change.startsWith('u')));
    }
    await using scene = await begin({ query, properties });
    await scene.ingest('a,1\na,2');
    await assert.rejects(scene.baseline(), { code: 'KEY_NOT_UNIQUE' });
    await assert.rejects(scene.publishAll(), { code: 'KEY_NOT_UNIQUE' });
  });

  it('publishes a dropped column as null, and a new one, of exactly the rows that have values (R20)', async () => {
    await using scene = await begin({ columns: '(k: string, v: long, w: string)' });
    await scene.ingest('a,1,x\nb,2,');
    await scene.baseline();
    await scene.execute('.alter-merge table $T (n: long)');
    await scene.execute('.drop column $T.w');
    await scene.scan();
    assert.deepEqual(scene.news(), ['u N:a', 'u N:b'], 'an empty text is a value');
    assert.equal(scene.elements.get('N:a')?.['w'], null);
    await scene.ingest('c,3,7');
    await scene.scan();
    assert.deepEqual(scene.news(), ['u N:c']);
    assert.deepEqual(scene.elements.get('N:c'), { k: 'c', v: 3, n: 7, w: null });
  });

  it('begins anew when a column is dropped while it runs (R20)', async () => {
    await using scene = await begin({ columns: '(k: string, v: long, w: string)' });
    await scene.ingest('a,1,x');
    await scene.baseline();
    const { reader } = scene;
    const hashing = reader.hashing.bind(reader);
    let dropped = false;
    reader.hashing = async (signal) => {
      if (!dropped) await scene.execute('.drop column $T.w');
      dropped = true;
      return await hashing(signal);
    };
    await scene.scan();
    assert.deepEqual(scene.news(), ['u N:a']);
    assert.equal(scene.elements.get('N:a')?.['w'], null);
    await scene.execute('.drop table $T');
    await assert.rejects(scene.scan(), { code: 'SCHEMA' });
  });

  for (const work of ['baseline', 'publishAll'] as const)
    it(`reads everything anew when a column is dropped before its rows are asked for: ${work} (R20)`, async () => {
      await using scene = await begin({ columns: '(k: string, v: long, w: string)' });
      await scene.ingest('a,1,x');
      const { reader } = scene;
      const checkSchema = reader.checkSchema.bind(reader);
      let dropped = false;
      reader.checkSchema = async (signal) => {
        const columns = await checkSchema(signal);
        if (!dropped) await scene.execute('.drop column $T.w');
        dropped = true;
        return columns;
      };
      assert.equal(await scene[work](), 1);
      await scene.scan();
      assert.deepEqual(scene.news(), work === 'baseline' ? [] : ['u N:a']);
      await scene.execute('.drop table $T');
      await assert.rejects(scene[work](), { code: 'SCHEMA' });
    });

  it('does not see a row that has no cursor value yet, which a bootstrap of the same bound does not see either (R3)', async () => {
    await using scene = await begin();
    await scene.ingest('a,1');
    await scene.baseline();
    try {
      kusto.change({ cursorLagMs: 60_000 });
      await scene.ingest('b,2');
      assert.equal((await scene.scan()).rows, 1);
      assert.deepEqual(scene.news(), []);
    } finally {
      kusto.change({ cursorLagMs: 0 });
    }
    await kusto.commitCursors();
    await scene.scan();
    assert.deepEqual(scene.news(), ['u N:b']);
  });

  it('moves the index to a bucket count that suits the keys, and finds no difference by that (R9)', async () => {
    await using scene = await begin({ bucketCount: 64 });
    await scene.ingest('a,1\nb,2\nc,3');
    await scene.scan();
    scene.news();
    assert.equal(scene.index.keys.bucketCount, 1);
    // Handed over for the bucket count of before.
    await scene.index.journal.append('b', 64, [
      { id: 'N:gone', bucket: 40, row: undefined, local: undefined },
    ]);
    await scene.scan();
    assert.deepEqual(scene.news(), ['d N:gone']);
    assert.equal((await scene.scan()).buckets, 0);
  });
});

describe('keys that bootstraps handed over', () => {
  it('are deleted when their rows existed only between two scans (I13, R6)', async () => {
    await using scene = await begin();
    await scene.ingest('a,1');
    await scene.baseline();
    await scene.ingest('ghost,1');
    await scene.bootstrap();
    await scene.delete("k == 'ghost'");
    await scene.scan();
    assert.deepEqual(scene.news(), ['d N:ghost']);
    assert.deepEqual(scene.held(), await scene.wanted());
  });

  it('are published when Kusto returned to the state that the index has (R7 ABA)', async () => {
    await using scene = await begin();
    await scene.ingest('a,1');
    await scene.publishAll();
    await scene.ingest('a,2');
    await scene.bootstrap();
    assert.deepEqual(scene.elements.get('N:a'), { k: 'a', v: 2 });
    await scene.delete('v == 2');
    scene.news();
    await scene.scan();
    assert.deepEqual(scene.news(), ['u N:a']);
    assert.deepEqual(scene.elements.get('N:a'), { k: 'a', v: 1 });
  });

  it('while a scan runs are seen to by the next (R8)', async () => {
    await using scene = await begin();
    await scene.ingest('a,1\nb,2');
    await scene.publishAll();
    await scene.delete("k == 'b'");
    const batches = scan(await scene.source(), new AbortController().signal);
    const first = await batches.next();
    assert.ok(first.done !== true && first.value.changes.length === 1);
    // A bootstrap that read before the delete, and is slow.
    await scene.index.journal.append('b', 2, [
      {
        id: 'N:b',
        bucket: (await scene.index.bucketOf(['N:b']))[0] ?? 0,
        row: { first: 1n, second: 2n },
        local: 3n,
      },
    ]);
    await scene.follow(batches);
    scene.elements.set('N:b', { k: 'b', v: 2 });
    scene.news();
    await scene.scan();
    assert.deepEqual(scene.news(), ['d N:b']);
  });
});
