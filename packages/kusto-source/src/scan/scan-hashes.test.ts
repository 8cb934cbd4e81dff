// Another hash function in the service: a full read, and never a false change.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { otherHash, OtherHashes } from './testing/other-hashes.ts';
import { ScanScene } from './testing/scan-scene.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const rows = '.append $T <| range i from 1 to 60 step 1 | project k = strcat("k", i), v = i';

describe('another hash function of the service', () => {
  it('costs a full read, whether rows were published or only in the baseline, and publishes what changed alone', async () => {
    for (const start of ['baseline', 'publishAll'] as const) {
      await using relay = await OtherHashes.start(kusto.url);
      await using scene = await ScanScene.begin(kusto, { properties: { KUSTO_URI: relay.url } });
      await scene.execute(rows);
      await scene[start]();
      assert.equal((await scene.scan()).read, 0);
      scene.news();
      relay.changed = true;
      const full = await scene.scan();
      assert.deepEqual([full.read, full.published, full.deleted, scene.news()], [60, 0, 0, []], start);
      assert.deepEqual(scene.warnings, [
        'the service hashes differently than before: all rows are read once more',
      ]);
      assert.deepEqual((await scene.scan()).buckets, 0, 'the new hashes are stored');
      relay.changed = false;
      await scene.ingest('k7,70\nnew,1');
      await scene.delete("k == 'k9'");
      await scene.scan();
      assert.deepEqual(scene.news(), ['d N:k9', 'u N:k7', 'u N:new']);
    }
  });

  it('between a hand-over and the scan that folds it leaves no ghost and no old state (R7)', async () => {
    await using relay = await OtherHashes.start(kusto.url);
    await using scene = await ScanScene.begin(kusto, { properties: { KUSTO_URI: relay.url } });
    await scene.ingest('a,1\nb,1\nc,1\nd,1\ne,1');
    await scene.publishAll();
    await scene.ingest('a,2\nb,2\nc,2\nd,2\ne,2\nghost,1');
    relay.changed = true;
    await scene.bootstrap();
    await scene.delete("v == 2 or k == 'ghost'");
    scene.news();
    await scene.scan();
    assert.deepEqual(scene.held(), await scene.wanted());
    assert.deepEqual(scene.news(), ['d N:ghost', 'u N:a', 'u N:b', 'u N:c', 'u N:d', 'u N:e']);
  });

  it('is what the relay of these tests makes of a text', () => {
    assert.equal(
      otherHash("hash(strcat('a)', f(x, [1]))), hash(x, 64), rehash(1), hash_many(1)"),
      "hash(strcat('other', tostring(strcat('a)', f(x, [1]))))), hash(strcat('other', tostring(x)), 64), rehash(1), hash_many(1)",
    );
  });
});
