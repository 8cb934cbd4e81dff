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
const range = '.append $T <| range i from 1 to 300 step 1 | project k = tostring(i), v = i';
const never = new AbortController().signal;

describe('keys that no row of a scan had', () => {
  it('are asked for once more without a bound, and stay when they are there (R18)', async () => {
    await using scene = await begin();
    await scene.ingest('a,1');
    const upTo = await scene.reader.cursor(never);
    await scene.ingest('late,2');
    await scene.publishAll();
    scene.news();
    scene.range = { upTo };
    const end = await scene.scan();
    assert.deepEqual([end.present, end.deleted, scene.news()], [1, 0, []]);
    await scene.delete("k == 'late'");
    assert.equal((await scene.scan()).deleted, 1);
    assert.deepEqual(scene.news(), ['d N:late']);
  });

  it('of latest detection are there only when their newest row is live (R18)', async () => {
    await using scene = await begin({
      detection: 'latest',
      query: (table) => `${table} | where v < 100`,
      properties: { CHANGE_DETECTION: 'latest', DELETED_WHEN: 'v == 0' },
    });
    await scene.ingest('left,1\ndeleted,2\nback,3\nstays,4');
    await scene.publishAll();
    scene.news();
    await scene.ingest('left,100\ndeleted,0\nback,0');
    const upTo = await scene.reader.cursor(never);
    await scene.ingest('back,5');
    scene.range = { upTo };
    const end = await scene.scan();
    assert.deepEqual([end.deleted, end.present, scene.news()], [2, 1, ['d N:deleted', 'd N:left']]);
    scene.range = undefined;
    await scene.scan();
    assert.deepEqual(scene.news(), ['u N:back']);
    await scene.delete('v == 100');
    await scene.scan();
    assert.deepEqual(scene.news(), ['u N:left'], 'its row of before is the newest again');
    assert.deepEqual(scene.held(), await scene.wanted());
  });

  it('of BOOTSTRAP_WINDOW stay when they only grew old, however many they are', async () => {
    await using scene = await begin({ properties: { DELETE_LIMIT: '1' } });
    await scene.execute(range);
    await scene.publishAll();
    const upTo = await scene.reader.cursor(never);
    await scene.delete("k == '7'");
    scene.news();
    scene.range = { upTo, since: '2999-01-01T00:00:00Z' };
    const end = await scene.scan();
    assert.deepEqual([end.present, end.deleted, scene.news()], [299, 1, ['d N:7']]);
  });

  it('are not deleted when they are more than half of all, at least 100, until a person allows it (R19)', async () => {
    await using scene = await begin();
    await scene.execute(range);
    await scene.publishAll();
    scene.news();
    await scene.delete('v > 149');
    await scene.ingest('new,1');
    const refused = {
      code: 'MASS_DELETE',
      message: /^151 of the 300 keys of N are in no row any more, and a scan deletes 150 at most/,
    };
    await assert.rejects(scene.scan(), refused);
    assert.deepEqual(scene.news(), ['u N:new'], 'upserts are published');
    await assert.rejects(scene.scan(), {
      code: 'MASS_DELETE',
      message: /deleted\. Look whether the Source's/,
    });
    const changed = scan({ ...(await scene.source()), reconfigured: true }, never);
    await assert.rejects(scene.follow(changed), {
      code: 'MASS_DELETE',
      message: /deleted\. The configuration of N is not the one .*Then look whether the Source's identity/,
    });
    await scene.ingest('150,1');
    const end = await scene.scan();
    assert.deepEqual([end.deleted, scene.news().length], [150, 151]);
    assert.deepEqual(scene.held(), await scene.wanted());
  });

  it('are deleted in as few batches as those of windows', async () => {
    await using scene = await begin({ properties: { DELETE_LIMIT: '1000' } });
    await scene.execute(range);
    await scene.publishAll();
    await scene.execute('.clear table $T data');
    const deletes: number[] = [];
    for await (const { changes } of scan(await scene.source(), never))
      if (changes.length > 0) deletes.push(changes.length);
    assert.deepEqual(deletes, [300]);
  });

  it('may all go when they are at most 100, and as many as DELETE_LIMIT says (R19)', async () => {
    for (const [DELETE_LIMIT, goes] of [
      [undefined, true],
      ['0', false],
      ['99', false],
      ['100', true],
    ] as const) {
      await using scene = await begin({ ...(DELETE_LIMIT && { properties: { DELETE_LIMIT } }) });
      await scene.execute(`${range} | where v <= 100`);
      await scene.publishAll();
      await scene.execute('.clear table $T data');
      if (goes) assert.equal((await scene.scan()).deleted, 100);
      else await assert.rejects(scene.scan(), { code: 'MASS_DELETE' });
    }
  });
});

describe('row-level security (R19)', () => {
  const enable = '.alter table $T policy row_level_security enable "$T | where k != \'x\'"';

  it('is refused where deletes are read off the table', async () => {
    await using scene = await begin();
    await scene.ingest('a,1');
    await scene.execute(enable);
    for (const run of [() => scene.scan(), () => scene.baseline(), () => scene.publishAll()])
      await assert.rejects(run(), { code: 'ROW_LEVEL_SECURITY', message: /ROW_LEVEL_SECURITY to allow/ });
    assert.deepEqual(scene.news(), []);
    await scene.execute('.alter table $T policy row_level_security disable "$T"');
    assert.equal(await scene.baseline(), 1);
  });

  it('begins a new epoch where it is allowed, whose first scan publishes everything', async () => {
    await using scene = await begin({ properties: { ROW_LEVEL_SECURITY: 'allow' } });
    await scene.ingest('a,1\nb,2');
    await scene.publishAll();
    const { epoch } = scene.index.keys;
    scene.news();
    await scene.execute(enable);
    await scene.delete("k == 'b'");
    await scene.scan();
    assert.notEqual(scene.index.keys.epoch, epoch);
    assert.deepEqual(scene.news(), ['d N:b', 'u N:a']);
    assert.equal((await scene.scan()).buckets, 0);
  });

  it('that is switched on while a scan runs takes its deletes away', async () => {
    await using scene = await begin({ properties: { ROW_LEVEL_SECURITY: 'allow' } });
    await scene.ingest('a,1\nb,2');
    await scene.publishAll();
    await scene.delete("k == 'b'");
    await scene.ingest('a,3');
    scene.news();
    const batches = scan(await scene.source(), never);
    assert.equal((await batches.next()).done, false);
    await scene.execute(enable);
    await assert.rejects(scene.follow(batches), /row-level security changed/);
    assert.deepEqual(scene.news(), []);
    await scene.scan();
    assert.deepEqual(scene.news(), ['d N:b', 'u N:a']);
  });
});
