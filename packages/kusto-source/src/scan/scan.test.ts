import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { ScanScene, type SceneOptions } from './testing/scan-scene.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const begin = (options?: SceneOptions): Promise<ScanScene> => ScanScene.begin(kusto, options);
/** Digests of groups come into play with a few keys. */
const small = { fewKeys: 3, rows: 4, hashes: 5, buckets: 1, named: 2 };

describe('a scan', () => {
  it('publishes what came, changed and went, and nothing else', async () => {
    for (const limits of [undefined, small]) {
      await using scene = await begin({ ...(limits && { limits }) });
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
});
