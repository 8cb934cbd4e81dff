import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryStateStore } from '@drasi-kusto/source-sdk';
import { sameDigest } from './bucket-digest.ts';
import { KeyIndex, type KeyIndexOptions } from './key-index.ts';
import { CrashingStore } from './testing/crashing-store.ts';
import { bucketOf, key } from './testing/keys.ts';

const COUNT = 4;
const open = (
  store: MemoryStateStore | CrashingStore,
  options: Partial<KeyIndexOptions> = {},
): Promise<KeyIndex> => KeyIndex.open({ store, bucketCount: COUNT, epoch: 'e', probe: 'p', ...options });
const at = (id: string, value?: number) => key(id, COUNT, value);
const look = async (index: KeyIndex, id: string) => (await index.find([key(id, index.bucketCount)])).get(id);

describe('KeyIndex', () => {
  it('holds a key as unknown before it is published, and its hash after the acknowledgement (R6)', async () => {
    const store = new MemoryStateStore();
    const index = await open(store);
    await index.noteLive([at('a', 1)]);
    assert.deepEqual(await look(await open(store), 'a'), at('a'));
    const again = await open(store);
    await again.noteLive([at('a', 1)]);
    await again.settle([at('a', 1)]);
    assert.deepEqual(await look(await open(store), 'a'), at('a', 1));
  });

  it('makes a key unknown that is about to change or to be deleted, and leaves one that is published as it is (R6)', async () => {
    const index = await open(new MemoryStateStore());
    await index.noteLive([at('a', 1), at('b', 1), at('c', 1)]);
    await index.settle([at('a', 1), at('b', 1), at('c', 1)]);
    await index.noteLive([at('a', 1), at('b', 2), at('c')]);
    assert.deepEqual(await look(index, 'a'), at('a', 1));
    assert.deepEqual(await look(index, 'b'), at('b'));
    assert.deepEqual(await look(index, 'c'), at('c'));
    await index.remove([at('c')]);
    assert.equal(await look(index, 'c'), undefined);
  });

  it('makes a key unknown whose bootstrap sent another state, or that is new (R7 ABA)', async () => {
    const index = await open(new MemoryStateStore());
    await index.noteLive([at('a', 1), at('b', 1)]);
    await index.settle([at('a', 1), at('b', 1)]);
    await index.handedOver([at('a', 2), at('b', 1), at('new', 1)]);
    assert.deepEqual(await look(index, 'a'), at('a'));
    assert.deepEqual(await look(index, 'b'), at('b', 1));
    assert.deepEqual(await look(index, 'new'), at('new'), 'a reader of before does not have it');
    await index.handedOver([at('a', 1)]);
    assert.deepEqual(await look(index, 'a'), at('a'), 'unknown stays until it is published');
  });

  it('lets no publish overwrite what was handed over meanwhile (R8)', async () => {
    const index = await open(new MemoryStateStore());
    await index.noteLive([at('a', 1), at('b')]);
    await index.handedOver([at('a', 2), at('b', 1)]);
    await index.settle([at('a', 1)]);
    await index.remove([at('b')]);
    assert.deepEqual(await look(index, 'a'), at('a'));
    assert.deepEqual(await look(index, 'b'), at('b'), 'a reader may have it');
  });

  it('settles a key that was noted twice with the last settlement', async () => {
    const index = await open(new MemoryStateStore());
    await index.noteLive([at('a', 1)]);
    await index.noteLive([at('a', 2)]);
    await index.settle([at('a', 1)]);
    assert.deepEqual(await look(index, 'a'), at('a'));
    await index.settle([at('a', 2)]);
    assert.deepEqual(await look(index, 'a'), at('a', 2));
    await assert.rejects(index.settle([at('a', 2)]), RangeError);
    await assert.rejects(index.remove([at('x')]), RangeError);
    await assert.rejects(index.noteLive([{ ...at('x'), bucket: COUNT }]), RangeError);
    await index.compact();
  });

  it('writes the changes, not the buckets', async () => {
    const store = new CrashingStore(new MemoryStateStore());
    const index = await open(store);
    const keys = Array.from({ length: 4_000 }, (_, n) => at(`N:${n}`, n));
    await index.noteLive(keys);
    await index.settle(keys);
    await index.compact();
    store.left = 1_000;
    await index.noteLive(keys.slice(0, 1_000).map(({ id }) => at(id, -2)));
    await index.settle(keys.slice(0, 1_000).map(({ id }) => at(id, -2)));
    assert.equal(1_000 - store.left, 2, 'one write each');
  });

  it('keeps keys and forgets hashes with another configuration, but for local ones with another hash function', async () => {
    const store = new MemoryStateStore();
    const index = await open(store);
    await index.noteLive([at('a', 1), at('b', 1)]);
    await index.settle([at('a', 1)]);
    await index.forgetHashes('e', 'p2');
    await index.settle([at('b', 1)]);
    const later = await open(store);
    assert.equal(later.probe, 'p2');
    assert.deepEqual(await look(later, 'a'), { ...at('a', 1), row: undefined });
    assert.deepEqual(await look(later, 'b'), at('b'), 'its hash is of before');
    const digest = await later.digest(bucketOf('a', COUNT));
    assert.ok(digest.unknown > 0 && !sameDigest(digest, digest));
    await later.forgetHashes('e2', 'p2');
    assert.deepEqual(await look(later, 'a'), at('a'));
  });

  it('moves to another bucket count, with all keys and hashes (R9)', async () => {
    const store = new MemoryStateStore();
    const index = await open(store, { maxChanges: 50 });
    const keys = Array.from({ length: 500 }, (_, n) => at(`N:${n}`, n));
    await index.noteLive(keys);
    await index.settle(keys);
    for (const count of [16, 3]) {
      await index.replaceBucketCount(count, async (ids) => ids.map((id) => bucketOf(id, count)));
      const found = await index.find(keys.map(({ id }) => key(id, count)));
      assert.equal(found.size, 500);
      for (const [n, { id }] of keys.entries()) assert.deepEqual(found.get(id), key(id, count, n));
    }
    assert.equal(index.generation, 3);
    assert.equal((await open(store)).bucketCount, 3);
    await assert.rejects(
      index.replaceBucketCount(2, async (ids) => ids.map(() => 2)),
      RangeError,
    );
  });

  it('knows nothing of a key that was in two buckets, after the hash function changed between two notes (R7)', async () => {
    // In one group of the regeneration, and in two.
    for (const maxChanges of [50, 1]) {
      const index = await open(new MemoryStateStore(), { maxChanges });
      for (const [bucket, value] of [
        [0, 1],
        [1, 2],
      ] as const) {
        const entry = { ...at('a', value), bucket };
        await index.noteLive([entry]);
        await index.settle([entry]);
      }
      await index.replaceBucketCount(2, async (ids) => ids.map(() => 1));
      assert.deepEqual(await index.bucket(1), [{ id: 'a', bucket: 1, row: undefined, local: undefined }]);
      assert.deepEqual(await index.bucket(0), []);
    }
  });

  it('says that it has a gap when its manifest, a bucket or the middle of its log is gone (R23)', async () => {
    const filled = async (compact: boolean): Promise<MemoryStateStore> => {
      const store = new MemoryStateStore();
      const index = await open(store);
      for (const id of ['a', 'b', 'c']) await index.noteLive([at(id, 1)]);
      if (compact) await index.compact();
      return store;
    };
    const noManifest = await filled(true);
    await noManifest.delete('key-index');
    await assert.rejects(open(noManifest), { code: 'GAP' });
    const noBucket = await filled(true);
    for (const name of noBucket.keys()) if (name.startsWith('key-index-b')) await noBucket.delete(name);
    const index = await open(noBucket);
    await assert.rejects(look(index, 'a'), { code: 'GAP' });
    const noMiddle = await filled(false);
    await noMiddle.delete('key-index-log-1');
    await assert.rejects(open(noMiddle), { code: 'GAP' });
    const damaged = await filled(true);
    const name = damaged.keys().find((key) => key.startsWith('key-index-b')) ?? '';
    const stored = await damaged.get(name);
    await damaged.set(name, { format: 1, data: 'AAAA' }, stored?.etag);
    const broken = await open(damaged);
    await assert.rejects(broken.find(['a', 'b', 'c'].map((id) => at(id))), { code: 'STATE_CORRUPT' });
  });

  it('is deleted as a whole by a second attempt, wherever the first one died (R24)', async () => {
    for (let after = 1; after < 40; after++) {
      const memory = new MemoryStateStore();
      const index = await open(memory);
      await index.noteLive(['a', 'b', 'c', 'd'].map((id) => at(id, 1)));
      await index.compact();
      for (const id of ['e', 'f', 'g', 'h']) await index.noteLive([at(id, 1)]);
      await KeyIndex.destroy({ store: new CrashingStore(memory, after) }).catch(() => undefined);
      await KeyIndex.destroy({ store: memory });
      assert.deepEqual(memory.keys(), []);
    }
  });

  it('refuses everything after a failed write, and after another process has taken it (R8)', async () => {
    const store = new CrashingStore(new MemoryStateStore());
    const index = await open(store);
    store.left = 1;
    await assert.rejects(index.noteLive([at('a', 1)]), { code: 'CRASH' });
    store.left = 100;
    await assert.rejects(index.find([at('a')]), { code: 'CRASH' });
    const [first, second] = [await open(store), await open(store)];
    await second.noteLive([at('b', 1)]);
    await assert.rejects(first.noteLive([at('c', 1)]), { code: 'ANOTHER_REACTIVATOR' });
    const third = await open(store);
    await assert.rejects(second.compact(), { code: 'ANOTHER_REACTIVATOR' });
    assert.deepEqual(await look(third, 'b'), at('b'));
  });
});
