import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryStateStore, SourceError, type JsonValue } from '@drasi-kusto/source-sdk';
import type { EntityIndex } from './entity-index.ts';
import { encodeHandOver } from './hand-over.ts';
import { SourceIndexes, type IndexPlan } from './source-indexes.ts';
import { CrashingStore } from './testing/crashing-store.ts';
import { clock } from './testing/clock.ts';
import { bucketOf, key } from './testing/keys.ts';

const COUNT = 4;
const at = (id: string, value?: number) => key(id, COUNT, value);
const plan: IndexPlan = {
  bucketCount: COUNT,
  epoch: 'e',
  probe: 'p',
  bucketOf: async (ids) => ids.map((id) => bucketOf(id, COUNT)),
};

function payload(entity: string, ...entries: ReturnType<typeof at>[]): Uint8Array {
  const [only] = encodeHandOver({ entity, bucketCount: COUNT, entries });
  return only as Uint8Array;
}

async function ids({ keys, journal, bucketOf: ask }: EntityIndex): Promise<readonly string[]> {
  await journal.fold(keys, ask);
  const found: string[] = [];
  for (let bucket = 0; bucket < keys.bucketCount; bucket++)
    for (const { id } of await keys.bucket(bucket)) found.push(id);
  return found.toSorted();
}

describe('the key indexes of a source', () => {
  it('are one an entity, whatever the names have in common', async () => {
    const store = new MemoryStateStore();
    const indexes = new SourceIndexes({ store, clock });
    assert.deepEqual(await indexes.names(), []);
    assert.deepEqual(store.keys(), [], 'nothing is written before there is an index');
    const names = ['T', 't', 'T-log', 'T-marker', 'rel:T', 'T-0'];
    for (const [place, name] of names.entries()) {
      const { keys } = await indexes.open(name, plan);
      await keys.noteLive([at(`${name}:${place}`, 1)]);
      await indexes.handOver('s', payload(name, at(`${name}:handed`, 1)));
    }
    const later = new SourceIndexes({ store, clock });
    assert.deepEqual(await later.names(), names);
    for (const [place, name] of names.entries()) {
      const index = await later.open(name, { ...plan, mustExist: true });
      assert.deepEqual(await ids(index), [`${name}:${place}`, `${name}:handed`].toSorted());
    }
  });

  it('take hand-overs before the monitor has opened one, and while one is opened anew (R6, R8)', async () => {
    const store = new MemoryStateStore();
    await new SourceIndexes({ store, clock }).open('T', plan);
    const indexes = new SourceIndexes({ store, clock });
    await indexes.handOver('one', payload('T', at('T:0', 1)));
    const handOvers = Array.from({ length: 20 }, async (_, place) => {
      await Promise.all(Array.from({ length: place }, () => Promise.resolve()));
      await indexes.handOver('two', payload('T', at(`T:${place + 1}`, 1)));
    });
    const [first, second] = await Promise.all([
      indexes.open('T', plan),
      Promise.resolve().then(() => indexes.open('T', plan)),
      ...handOvers,
    ]);
    assert.ok(first !== undefined && second !== undefined);
    assert.equal((await ids(await indexes.open('T', plan))).length, 21);
  });

  it('refuse what no monitor would ever fold', async () => {
    const indexes = new SourceIndexes({ store: new MemoryStateStore(), clock });
    await indexes.open('T', plan);
    await assert.rejects(indexes.handOver('s', payload('U', at('U:1', 1))), {
      code: 'HAND_OVER_REFUSED',
      fatal: true,
      message: /"U" has no key index/,
    });
    await assert.rejects(indexes.handOver('s', Buffer.from('[]')), { code: 'HAND_OVER_REFUSED' });
  });

  it('are usable again after a fault of the store that passed', async () => {
    class Failing extends MemoryStateStore {
      fails = (_key: string): boolean => false;
      override async set(name: string, value: JsonValue, etag: string | undefined): Promise<string> {
        if (!this.fails(name)) return super.set(name, value, etag);
        // Written, and the answer is lost: the worst case.
        await super.set(name, value, etag).catch(() => undefined);
        throw new SourceError('STATE_UNAVAILABLE', `no answer for ${name}`);
      }
    }
    for (const [part, before] of [
      ['key-indexes', undefined],
      ['key-indexes', 'U'],
      ['key-index-', 'T'],
      ['hand-overs-', 'T'],
    ] as const) {
      const store = new Failing();
      const indexes = new SourceIndexes({ store, clock });
      if (before !== undefined) await indexes.open(before, plan);
      store.fails = (name) => name.startsWith(part);
      const act = async (): Promise<void> => {
        const { keys } = await indexes.open('T', plan);
        await keys.noteLive([at('T:a', 1)]);
        await indexes.handOver('s', payload('T', at('T:b', 1)));
      };
      await assert.rejects(act());
      store.fails = () => false;
      await act();
      const index = await indexes.open('T', plan);
      assert.deepEqual(await ids(index), ['T:a', 'T:b']);
      assert.equal((await index.keys.find([at('T:a')])).get('T:a')?.row, undefined);
    }
  });

  it('that are gone although the checkpoint has them are lost state, not a first start (R23)', async () => {
    const store = new MemoryStateStore();
    const indexes = new SourceIndexes({ store, clock });
    await assert.rejects(indexes.open('T', { ...plan, mustExist: true }), { code: 'GAP', fatal: true });
    assert.deepEqual(store.keys(), []);
    await indexes.open('T', plan);
    await indexes.open('T', { ...plan, mustExist: true });
    await store.delete('key-indexes');
    await assert.rejects(new SourceIndexes({ store, clock }).names(), {
      code: 'GAP',
      fatal: true,
    });
  });

  it('are all deleted, those of former entities too, and nothing brings them back, wherever a first attempt died (R24)', async () => {
    for (let after = 1; ; after++) {
      const memory = new MemoryStateStore();
      const former = new SourceIndexes({ store: memory, clock });
      const { keys } = await former.open('Former', plan);
      await keys.noteLive([at('Former:1', 1)]);
      await keys.compact();
      await former.handOver('s', payload('Former', at('Former:2', 1)));
      const store = new CrashingStore(memory);
      const indexes = new SourceIndexes({ store, clock });
      await indexes.open('T', plan);
      await indexes.handOver('s', payload('T', at('T:1', 1)));
      store.left = after;
      let died = false;
      await indexes.destroy().catch(() => (died = true));
      await assert.rejects(indexes.open('T', plan), { code: 'DEPROVISIONED' });
      await assert.rejects(indexes.handOver('s', payload('T', at('T:2', 1))), { code: 'DEPROVISIONED' });
      store.left = Number.POSITIVE_INFINITY;
      await indexes.destroy();
      assert.deepEqual(memory.keys(), [], `after a crash at request ${after}`);
      if (!died) break;
    }
  });

  it('survive a crash at any request of their first start, and end as a whole afterwards', async () => {
    for (let after = 1; ; after++) {
      const memory = new MemoryStateStore();
      const crashing = new CrashingStore(memory, after, after % 2 === 0);
      const first = new SourceIndexes({ store: crashing, clock });
      const begun = await first
        .open('T', plan)
        .then(() => first.handOver('s', payload('T', at('T:1', 1))))
        .then(
          () => true,
          () => false,
        );
      const second = new SourceIndexes({ store: memory, clock });
      const index = await second.open('T', plan);
      if (begun) assert.deepEqual(await ids(index), ['T:1']);
      await second.destroy();
      assert.deepEqual(memory.keys(), []);
      if (begun) break;
    }
  });
});
