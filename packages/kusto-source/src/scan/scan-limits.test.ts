// A service that answers no query with more than one row.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { ScanScene } from './testing/scan-scene.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0, truncation: { maxRecords: 1, maxBytes: 67_108_864 } });
});
after(() => kusto.close());

describe('digests and rows beyond the limits of a result', () => {
  it('are asked for in parts, down to a row', async () => {
    for (const detection of ['reconcile', 'latest'] as const) {
      await using scene = await ScanScene.begin(kusto, {
        detection,
        properties: { CHANGE_DETECTION: detection },
      });
      await scene.ingest('a,1\nb,2\nc,3\nd,4\ne,5');
      assert.equal(await scene.baseline(), 5);
      const idle = await scene.scan();
      assert.deepEqual([idle.rows, idle.buckets, idle.read], [5, 0, 0]);
      assert.equal(await scene.publishAll(), 5);
      assert.equal(scene.news().length, 5);
      await scene.index.keys.forgetHashes('another epoch', scene.index.keys.probe);
      const full = await scene.scan();
      assert.deepEqual([full.read, scene.news().length], [5, 5]);
    }
  });

  it('are asked for in parts when keys that no row had are there after all, too (R18)', async () => {
    await using scene = await ScanScene.begin(kusto);
    await scene.ingest('a,1');
    const upTo = await scene.reader.cursor(new AbortController().signal);
    await scene.ingest('b,2\nc,3\nd,4');
    await scene.publishAll();
    scene.news();
    await scene.delete("k == 'd'");
    scene.range = { upTo };
    const end = await scene.scan();
    assert.deepEqual([end.present, end.deleted, scene.news()], [2, 1, ['d N:d']]);
  });
});
