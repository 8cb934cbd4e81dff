// Scans over a service that fails at any query, and a process that dies at any request to its state.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type FaultRule, type KustoLocal } from 'kusto-local';
import { CrashingStore } from '../key-index/testing/crashing-store.ts';
import { ScanScene } from './testing/scan-scene.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const small = { fewKeys: 2, rows: 2, hashes: 3, buckets: 1, named: 2 };

/** Keys that are new, changed, gone, unknown, and of a bootstrap alone: each kind of query of a scan has something to do. */
async function changedScene(): Promise<ScanScene> {
  const scene = await ScanScene.begin(kusto, { limits: small });
  await scene.ingest('a,1\nb,2\nc,3\nd,4\ne,5\nf,6');
  await scene.publishAll();
  await scene.ingest('ghost,1\na,10');
  await scene.bootstrap();
  await scene.delete("k in ('ghost', 'b', 'c')");
  await scene.ingest('new,1\nd,40');
  scene.news();
  return scene;
}

const gone = ['d N:b', 'd N:c', 'd N:ghost'];

describe('a scan whose service fails', () => {
  const actions: readonly FaultRule['action'][] = [
    { status: 503 },
    { cutAfterRows: 1 },
    { errorAfterRows: 1 },
    { hasErrors: true },
    { missingCompletion: true },
  ];
  for (const action of actions)
    it(`at any query, by ${Object.keys(action).join()}, publishes no delete and no wrong state, and the next one is right`, async () => {
      await using scene = await changedScene();
      const wanted = await scene.wanted();
      let failures = 0;
      try {
        for (let nth = 1; ; nth++) {
          kusto.setFaults([{ kind: 'query', nth, action }]);
          const failed = await scene.scan().then(
            () => false,
            () => true,
          );
          const [fault] = kusto.faults;
          if (!failed) {
            assert.equal(fault?.applied, 0, 'a scan ended well although its service failed');
            break;
          }
          failures += 1;
          const deletes = scene.published.filter((change) => change.startsWith('d'));
          assert.deepEqual(deletes, [], `a scan that failed at query ${nth} has published deletes`);
        }
      } finally {
        kusto.setFaults([]);
      }
      assert.ok(failures >= 4, `${failures} failures`);
      assert.deepEqual(scene.published.filter((change) => change.startsWith('d')).sort(), gone);
      assert.deepEqual(scene.held(), wanted);
      assert.equal((await scene.scan()).buckets, 0);
    });
});

describe('a scan whose process dies', () => {
  for (const applied of [false, true])
    it(`at any request to its state, ${applied ? 'done' : 'not done'}, is made good by the next one (R6, I13)`, async () => {
      let deaths = 0;
      for (let left = 1; ; left += 1) {
        await using scene = await changedScene();
        let died = false;
        try {
          await scene.open(new CrashingStore(scene.store, left, applied));
          await scene.scan();
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'CRASH', String(error));
          died = true;
        }
        if (!died) break;
        deaths += 1;
        await scene.open();
        await scene.scan();
        assert.deepEqual(scene.held(), await scene.wanted(), `after a death at request ${left}`);
        assert.equal((await scene.scan()).buckets, 0);
      }
      assert.ok(deaths > 10, `${deaths} deaths`);
    });
});
