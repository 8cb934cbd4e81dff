import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryStateStore, SourceError, type JsonValue } from '@drasi-kusto/source-sdk';
import { HandOverJournal } from './hand-over-journal.ts';
import { KeyIndex } from './key-index.ts';
import { clock } from './testing/clock.ts';
import { bucketOf, key } from './testing/keys.ts';

const COUNT = 4;
const at = (id: string, value?: number) => key(id, COUNT, value);

class Store extends MemoryStateStore {
  onSet: (key: string) => Promise<void> | void = () => undefined;
  afterSet: (key: string) => void = () => undefined;
  override async set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    await this.onSet(key);
    const next = await super.set(key, value, etag);
    this.afterSet(key);
    return next;
  }
}

async function rig(store = new Store()) {
  const index = await KeyIndex.open({
    store,
    bucketCount: COUNT,
    epoch: 'e',
    probe: 'p',
    clock,
  });
  const journal = await HandOverJournal.open({ store, clock });
  const fold = (): Promise<number> =>
    journal.fold(index, async (ids) => ids.map((id) => bucketOf(id, index.bucketCount)));
  const all = async () => {
    const entries: Record<string, boolean> = {};
    for (let bucket = 0; bucket < index.bucketCount; bucket++)
      for (const { id, row } of await index.bucket(bucket)) entries[id] = row !== undefined;
    return entries;
  };
  return { store, index, journal, fold, all };
}

describe('HandOverJournal', () => {
  it('is durable before the bytes leave, without waiting for the index (R6, R8)', async () => {
    const { store, index, journal } = await rig();
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    store.onSet = (name) => (name.startsWith('key-index') ? gate : undefined);
    const poll = index.noteLive([at('a', 1)]);
    await journal.append('one', COUNT, [at('b', 1)]);
    go();
    await poll;
    const later = await rig(store);
    assert.equal(later.journal.pending, 1);
    assert.equal(await later.fold(), 1);
    assert.deepEqual(await later.all(), { a: false, b: false });
    assert.equal(later.journal.pending, 0);
    assert.equal(await later.fold(), 0);
    assert.deepEqual(
      store.keys().filter((name) => name.startsWith('hand-overs-')),
      ['hand-overs-marker'],
    );
  });

  it('takes two sessions at once, and while it is folded', async () => {
    const { journal, fold, all } = await rig();
    await Promise.all([
      journal.append('one', COUNT, [at('a', 1), at('b', 1)]),
      journal.append('two', COUNT, [at('b', 2), at('c', 1)]),
    ]);
    const folding = fold();
    await journal.append('one', COUNT, [at('d', 1)]);
    assert.equal(await folding, 4);
    assert.equal(journal.pending, 1);
    await fold();
    assert.deepEqual(Object.keys(await all()).sort(), ['a', 'b', 'c', 'd']);
  });

  it('is not harmed by a hand-over that is repeated because its answer was lost', async () => {
    const { store, index, journal, fold, all } = await rig();
    await index.noteLive([at('a', 1)]);
    await index.settle([at('a', 1)]);
    await journal.append('one', COUNT, [at('a', 1), at('b', 1)]);
    await journal.append('one', COUNT, [at('a', 1), at('b', 1)]);
    await fold();
    assert.deepEqual(await all(), { a: true, b: false });
    // The store fails for longer than a request is repeated, after the write was done.
    let faults = 5;
    store.afterSet = (name) => {
      if (name === 'hand-overs-2' && faults-- > 0) throw new SourceError('STATE_UNAVAILABLE', 'lost');
    };
    const get = store.get.bind(store);
    store.get = (name) =>
      name === 'hand-overs-2' && faults-- > 0
        ? Promise.reject(new SourceError('STATE_UNAVAILABLE', 'not now'))
        : get(name);
    await assert.rejects(journal.append('one', COUNT, [at('c', 1)]), { code: 'STATE_UNAVAILABLE' });
    await journal.append('one', COUNT, [at('c', 1)]);
    assert.equal(journal.pending, 2);
    assert.equal(await fold(), 2);
  });

  it('asks for the buckets of keys that were handed over under another count', async () => {
    const { index, journal, fold, all } = await rig();
    await journal.append('one', COUNT, [at('a', 1), at('b', 1)]);
    await index.replaceBucketCount(7, async (ids) => ids.map((id) => bucketOf(id, 7)));
    await fold();
    assert.deepEqual(Object.keys(await all()).sort(), ['a', 'b']);
    assert.equal((await index.find([key('a', 7), key('b', 7)])).size, 2);
  });

  it('cuts what is larger than a blob, and stays under 1 MB', async () => {
    const { store, journal, fold } = await rig();
    let largest = 0;
    const set = store.set.bind(store);
    store.set = (name, value, etag) => {
      largest = Math.max(largest, JSON.stringify(value).length);
      return set(name, value, etag);
    };
    await journal.append(
      'one',
      COUNT,
      Array.from({ length: 40_000 }, (_, n) => at(`Device:${1e12 + n}`, n)),
    );
    assert.ok(journal.pending >= 3 && largest > 800_000 && largest < 1_000_000, String(largest));
    assert.equal(await fold(), 40_000);
  });

  it('says that it has a gap when its head or a blob is gone (R23)', async () => {
    const { store, journal, fold } = await rig();
    for (const id of ['a', 'b', 'c']) await journal.append('one', COUNT, [at(id, 1)]);
    await store.delete('hand-overs-1');
    await assert.rejects(fold(), { code: 'GAP' });
    await assert.rejects(HandOverJournal.open({ store, clock }), { code: 'GAP' });
    await store.delete('hand-overs');
    await assert.rejects(HandOverJournal.open({ store, clock }), {
      code: 'GAP',
      message: /"hand-overs"/,
    });
  });

  it('ends the process that another one follows (R8)', async () => {
    const { store, journal } = await rig();
    const second = await HandOverJournal.open({ store, clock });
    await second.append('one', COUNT, [at('a', 1)]);
    await assert.rejects(journal.append('one', COUNT, [at('b', 1)]), { code: 'ANOTHER_REACTIVATOR' });
  });
});
