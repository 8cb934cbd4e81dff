// A scan whose long query runs beside what windows and bootstraps do meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { beginScan, findBuckets, finishScan } from './scan-in-phases.ts';
import type { ScanEnd } from './scan.ts';
import { ScanScene, type SceneOptions } from './testing/scan-scene.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const begin = (options?: SceneOptions): Promise<ScanScene> => ScanScene.begin(kusto, options);
const never = new AbortController().signal;

interface Meanwhile {
  /** After the copy was made, before the service is asked. */
  readonly before?: () => Promise<unknown>;
  /** Once the service has answered. */
  readonly after?: () => Promise<unknown>;
}

async function scanInPhases(scene: ScanScene, meanwhile: Meanwhile): Promise<ScanEnd | 'changed'> {
  const source = await scene.source();
  const begun = await beginScan(source, never);
  await meanwhile.before?.();
  const found = await findBuckets(source, begun, never);
  await meanwhile.after?.();
  return await scene.follow(finishScan(await scene.source(), begun, found, never));
}

/** What windows do: rows that came are published, at their cursor. */
async function window(scene: ScanScene, rows: string): Promise<void> {
  await scene.ingest(rows);
  await scene.publishAll();
}

describe('a scan in phases', () => {
  it('finds nothing where nothing differed at its cursor, whatever windows published meanwhile (R17)', async () => {
    for (const when of ['before', 'after'] as const) {
      await using scene = await begin();
      await window(scene, 'a,1\nb,2\nc,3\nd,4');
      scene.news();
      const end = await scanInPhases(scene, { [when]: () => window(scene, 'a,10\ne,5\nf,6') });
      assert.ok(end !== 'changed');
      assert.deepEqual([end.buckets, end.rows, end.read, end.published], [0, 4, 0, 0]);
    }
  });

  it('publishes what came, changed and went before it, and what windows published stays (I3)', async () => {
    for (const limits of [{ fewKeys: 1_000 }, { fewKeys: 3, rows: 4, hashes: 5, buckets: 1, named: 2 }])
      for (const when of ['before', 'after'] as const) {
        await using scene = await begin({ limits });
        await window(scene, 'a,1\nb,2\nc,3\nd,4\ne,5\nf,6');
        await scene.delete("k == 'b' or k == 'f'");
        await scene.ingest('g,7');
        scene.news();
        const end = await scanInPhases(scene, {
          [when]: async () => {
            await window(scene, 'a,10\nh,8\nc,30');
            scene.news();
          },
        });
        assert.ok(end !== 'changed');
        assert.deepEqual([end.deleted, end.present], [2, 0]);
        assert.deepEqual(scene.news(), ['d N:b', 'd N:f'], 'the window had the rest');
        assert.deepEqual(scene.held(), await scene.wanted());
        assert.equal((await scene.scan()).buckets, 0);
      }
  });

  it('takes no row for gone that came to an empty table meanwhile (R19)', async () => {
    await using scene = await begin({ properties: { DELETE_LIMIT: '2' } });
    await window(scene, 'a,1\nb,2');
    await scene.delete('true');
    scene.news();
    const end = await scanInPhases(scene, { after: () => window(scene, 'c,3\nd,4\ne,5\nf,6\ng,7') });
    assert.ok(end !== 'changed');
    assert.equal(end.deleted, 2);
    assert.deepEqual(scene.held(), await scene.wanted());
  });

  it('leaves what bootstraps handed over to the next one, and publishes nothing twice (R8)', async () => {
    await using scene = await begin();
    await window(scene, 'a,1\nb,2');
    await scene.ingest('ghost,1');
    scene.news();
    const bootstrap = async (): Promise<void> => {
      await scene.bootstrap();
      await scene.delete("k == 'ghost'");
    };
    const end = await scanInPhases(scene, { after: bootstrap });
    assert.ok(end !== 'changed');
    assert.equal(end.deleted, 1, 'the bucket differed: it is looked into as it is by now');
    assert.deepEqual(scene.held(), await scene.wanted());
    assert.equal(((await scanInPhases(scene, { before: () => scene.bootstrap('c') })) as ScanEnd).buckets, 0);
    await scene.scan();
    assert.deepEqual(scene.held(), await scene.wanted());
  });

  it('begins anew when columns, policy or buckets are others than when it was begun (R9, R19, R20)', async () => {
    const changes: Record<string, (scene: ScanScene) => Promise<unknown>> = {
      'a column is dropped': (scene) => scene.execute('.drop column $T.w'),
      'a column came': (scene) => scene.execute('.alter-merge table $T (n: long)'),
      'a policy came': (scene) =>
        scene.execute('.alter table $T policy row_level_security enable "$T | where k != \'x\'"'),
      'the keys are in other buckets': (scene) =>
        scene.index.keys.replaceBucketCount(2, (ids) => Promise.resolve(ids.map(() => 1))),
    };
    for (const [what, change] of Object.entries(changes)) {
      await using scene = await begin({
        columns: '(k: string, v: long, w: string)',
        properties: { ROW_LEVEL_SECURITY: 'allow' },
      });
      await scene.ingest('a,1,x\nb,2,y\nc,3,');
      await scene.publishAll();
      await scene.delete("k == 'b'");
      scene.news();
      assert.equal(await scanInPhases(scene, { after: () => change(scene) }), 'changed', what);
      assert.deepEqual(scene.news(), [], what);
      await scene.scan();
      assert.ok(scene.news().includes('d N:b'), what);
    }
  });

  it('asks nothing more when nothing differed', async () => {
    await using scene = await begin();
    await window(scene, 'a,1');
    const source = await scene.source();
    const begun = await beginScan(source, never);
    const found = await findBuckets(source, begun, never);
    kusto.setFaults([{ action: { status: 503 } }]);
    try {
      await scene.follow(finishScan(source, begun, found, never));
    } finally {
      kusto.setFaults([]);
    }
  });

  it('whose service fails at any query publishes no delete, and the next one is right (I9, R18)', async () => {
    await using scene = await begin({ limits: { fewKeys: 2, rows: 2, hashes: 3, buckets: 1, named: 2 } });
    await window(scene, 'a,1\nb,2\nc,3\nd,4\ne,5\nf,6');
    await scene.delete("k in ('b', 'c')");
    await scene.ingest('new,1\nd,40');
    scene.news();
    let failures = 0;
    try {
      for (let nth = 1; ; nth++) {
        kusto.setFaults([{ kind: 'query', nth, action: { errorAfterRows: 1 } }]);
        const failed = await scanInPhases(scene, {}).then(
          () => false,
          () => true,
        );
        if (!failed) break;
        failures += 1;
        const deletes = scene.published.filter((change) => change.startsWith('d'));
        assert.deepEqual(deletes, [], `query ${nth}`);
      }
    } finally {
      kusto.setFaults([]);
    }
    assert.ok(failures >= 5, `${failures} failures`);
    assert.deepEqual(scene.held(), await scene.wanted());
    assert.equal((await scene.scan()).buckets, 0);
  });
});
