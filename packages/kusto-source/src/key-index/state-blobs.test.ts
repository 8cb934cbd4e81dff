import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryStateStore, SourceError, type JsonValue, type StateStore } from '@drasi-kusto/source-sdk';
import { HeadBlob } from './head-blob.ts';
import { SegmentLog } from './segment-log.ts';
import { StateBlobs } from './state-blobs.ts';
import { clock } from './testing/clock.ts';

/** Faults by turns: before and after a request that is done all the same. */
class FaultyStore extends MemoryStateStore {
  faults: ('before' | 'after')[] = [];
  override get: StateStore['get'] = (key) => this.#do(() => super.get(key));
  override set: StateStore['set'] = (key, value, etag) => this.#do(() => super.set(key, value, etag));
  override delete: StateStore['delete'] = (key) => this.#do(() => super.delete(key));

  async #do<T>(action: () => Promise<T>): Promise<T> {
    const fault = this.faults.shift();
    if (fault === 'before') throw new SourceError('STATE_UNAVAILABLE', 'not now');
    const result = await action();
    if (fault === 'after') throw new SourceError('STATE_UNAVAILABLE', 'lost');
    return result;
  }
}

const on = (store: StateStore): StateBlobs => new StateBlobs({ store, clock, random: () => 0, attempts: 4 });
const put = (store: MemoryStateStore, key: string, value: JsonValue) => store.set(key, value, undefined);

describe('StateBlobs', () => {
  it('repeats what may pass, and takes a write whose answer was lost for done', async () => {
    const store = new FaultyStore();
    const blobs = on(store);
    store.faults = ['before', 'after', 'before'];
    const etag = await blobs.write('k', { a: 1 }, undefined);
    store.faults = ['after'];
    const next = await blobs.write('k', { a: 2 }, etag);
    store.faults = ['before'];
    const read = await blobs.read('k');
    assert.equal(read?.value['a'], 2);
    assert.equal(read?.etag, next);
    store.faults = ['after', 'before'];
    await blobs.delete('k');
    assert.equal(await blobs.read('k'), undefined);
    store.faults = ['before', 'before', 'before', 'before'];
    await assert.rejects(blobs.read('k'), { code: 'STATE_UNAVAILABLE' });
  });

  it('ends when another process has written (R8)', async () => {
    const store = new FaultyStore();
    const [one, other] = [on(store), on(store)];
    const etag = await one.write('k', { a: 1 }, undefined);
    await assert.rejects(other.write('k', { a: 1 }, undefined), { code: 'ANOTHER_REACTIVATOR' });
    await other.write('k', { a: 1 }, etag);
    await assert.rejects(one.write('k', { a: 1 }, etag), { code: 'ANOTHER_REACTIVATOR' });
  });

  it('refuses what a newer version or something else wrote', async () => {
    const store = new MemoryStateStore();
    await put(store, 'new', { format: 2 });
    await put(store, 'odd', [1]);
    await put(store, 'other', { value: 1 });
    await assert.rejects(on(store).read('new'), { code: 'STATE_TOO_NEW' });
    await assert.rejects(on(store).read('odd'), { code: 'STATE_CORRUPT' });
    await assert.rejects(on(store).read('other'), { code: 'STATE_CORRUPT' });
  });
});

describe('HeadBlob (R23)', () => {
  it('is a first start once, and a gap when it was there and is gone', async () => {
    const store = new MemoryStateStore();
    const { head } = await HeadBlob.open(on(store), 'h', { n: 1 });
    await head.replace({ n: 2 });
    assert.equal((await HeadBlob.open(on(store), 'h', { n: 1 })).content['n'], 2);
    await store.delete('h');
    await assert.rejects(HeadBlob.open(on(store), 'h', { n: 1 }), { code: 'GAP', message: /"h" is missing/ });
  });

  it('is a first start after one that was cut at any step', async () => {
    for (let steps = 0; steps < 6; steps++) {
      const store = new FaultyStore();
      const once = new StateBlobs({ store, clock, random: () => 0, attempts: 1 });
      store.faults = [...(Array.from({ length: steps }) as []), 'after'];
      await HeadBlob.open(once, 'h', { n: 1 }).catch(() => undefined);
      store.faults = [];
      assert.equal((await HeadBlob.open(on(store), 'h', { n: 1 })).content['n'], 1);
    }
  });

  it('is not opened when its deletion was begun, until that is finished', async () => {
    const store = new MemoryStateStore();
    await HeadBlob.open(on(store), 'h', { n: 1 });
    const failing = HeadBlob.destroy(on(store), 'h', () => Promise.reject(new Error('cut')));
    await assert.rejects(failing, /cut/);
    await assert.rejects(HeadBlob.open(on(store), 'h', { n: 1 }), { code: 'GAP' });
    await HeadBlob.destroy(on(store), 'h', () => Promise.resolve());
    assert.deepEqual(store.keys(), []);
  });
});

describe('SegmentLog', () => {
  it('finds its end, and takes a hole for a gap', async () => {
    const store = new MemoryStateStore();
    const log = new SegmentLog(on(store), 'log', 3);
    for (const text of ['a', 'b', 'c']) await log.append(Buffer.from(text), { text });
    const read = async (): Promise<string[]> => {
      const texts: string[] = [];
      for await (const { data } of new SegmentLog(on(store), 'log', 3).read()) texts.push(data.toString());
      return texts;
    };
    assert.deepEqual(await read(), ['a', 'b', 'c']);
    await store.delete('log-4');
    await assert.rejects(read(), { code: 'GAP', message: /"log-4"/ });
  });
});
