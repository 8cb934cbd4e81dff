import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  array,
  assert as check,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  nat,
  oneof,
  record,
  constant,
  type Arbitrary,
} from 'fast-check';
import { MemoryStateStore } from '@drasi-kusto/source-sdk';
import { DigestFolder } from './bucket-digest.ts';
import { decodeEntries } from './entry-codec.ts';
import { HandOverJournal } from './hand-over-journal.ts';
import type { KeyEntry } from './key-entry.ts';
import { KeyIndex } from './key-index.ts';
import { SentKeys } from './sent-keys.ts';
import { CrashingStore } from './testing/crashing-store.ts';
import { bucketOf, key } from './testing/keys.ts';

const IDS = Array.from({ length: 12 }, (_, n) => `N:${n % 2 === 0 ? 'key' : 'ключ'}-${n}`);
const states = array(record({ id: constantFrom(...IDS), value: nat(3) }), { minLength: 1, maxLength: 6 });
const some = array(constantFrom(...IDS), { minLength: 1, maxLength: 4 });

/** What a reactivator and the bootstraps of a source do. `cut`: the process dies between publish and acknowledgement. */
const step = oneof(
  record({ do: constant('publish' as const), states, cut: boolean() }),
  record({ do: constant('delete' as const), ids: some, cut: boolean() }),
  record({ do: constant('bootstrap' as const), states, amid: boolean() }),
  record({ do: constant('fold' as const) }),
  record({ do: constant('compact' as const) }),
  record({ do: constant('forget' as const), epoch: boolean() }),
  record({ do: constant('recount' as const), count: integer({ min: 1, max: 5 }) }),
  record({ do: constant('restart' as const) }),
);

type Step = typeof step extends Arbitrary<infer T> ? T : never;

/** Two readers: changes reach both, a bootstrap only the second. Each holds a state a key. */
class World {
  readonly memory = new MemoryStateStore();
  readonly readers = [new Map<string, number>(), new Map<string, number>()] as const;
  index!: KeyIndex;
  journal!: HandOverJournal;
  #epochs = 0;
  #sessions = 0;
  /** What the readers get if a bootstrap runs between a publish's note and its settlement. */
  #amid: readonly { id: string; value: number }[] | undefined;

  async open(store: CrashingStore): Promise<void> {
    const limits = { maxChanges: 5, maxSegments: 4, cacheBytes: 1 };
    this.index = await KeyIndex.open({ store, bucketCount: 2, epoch: 'e', probe: 'p', ...limits });
    this.journal = await HandOverJournal.open({ store });
  }

  async run(step: Step, store: CrashingStore): Promise<void> {
    const count = this.index.bucketCount;
    switch (step.do) {
      case 'publish': {
        const last = new Map(step.states.map(({ id, value }) => [id, value]));
        const entries = Array.from(last, ([id, value]) => key(id, count, value));
        await this.index.noteLive(entries);
        await this.#between();
        for (const reader of this.readers) for (const [id, value] of last) reader.set(id, value);
        if (step.cut) return this.open(store);
        await this.#between();
        await this.index.settle(entries);
        return;
      }
      case 'delete': {
        const places = [...new Set(step.ids)].map((id) => key(id, count));
        await this.index.noteLive(places);
        for (const reader of this.readers) for (const { id } of places) reader.delete(id);
        await this.#between();
        if (step.cut) return this.open(store);
        await this.index.remove(places);
        return;
      }
      case 'bootstrap':
        if (step.amid) this.#amid = step.states;
        else await this.#bootstrap(step.states);
        return;
      case 'fold':
        await this.fold();
        return;
      case 'compact':
        await this.index.compact();
        return;
      case 'forget':
        if (step.epoch) this.#epochs += 1;
        await this.index.forgetHashes(`e${this.#epochs}`, `p${this.#epochs}`);
        return;
      case 'recount':
        await this.index.replaceBucketCount(step.count, async (ids) =>
          ids.map((id) => bucketOf(id, step.count)),
        );
        return;
      case 'restart':
        await this.open(store);
    }
  }

  async fold(): Promise<void> {
    const count = this.index.bucketCount;
    await this.journal.fold(this.index, async (ids) => ids.map((id) => bucketOf(id, count)));
  }

  async #between(): Promise<void> {
    const amid = this.#amid;
    this.#amid = undefined;
    if (amid === undefined) return;
    await this.#bootstrap(amid);
    await this.fold();
  }

  async #bootstrap(states: readonly { id: string; value: number }[]): Promise<void> {
    const last = new Map(states.map(({ id, value }) => [id, value]));
    const entries = Array.from(last, ([id, value]) => key(id, this.index.bucketCount, value));
    this.#sessions += 1;
    const session = `session ${this.#sessions}`;
    await this.journal.append(session, this.index.bucketCount, entries);
    // A reader of its own: it has what is sent, what comes after, and nothing else.
    const [, reader] = this.readers;
    reader.clear();
    const sent = new SentKeys();
    for (const [id, value] of last) {
      reader.set(id, value);
      sent.add(id);
    }
    await this.journal.appendEnd(session, sent);
  }

  /** What is handed over and not folded: ids, and whether ends of bootstraps are among it. */
  async #pending(): Promise<{ readonly ids: ReadonlySet<string>; readonly ends: boolean }> {
    const ids = new Set<string>();
    let ends = false;
    for (const name of this.memory.keys()) {
      if (!/^hand-overs-\d+$/.test(name)) continue;
      const { data, end } = (await this.memory.get(name))!.value as { data: string; end?: true };
      if (end) {
        ends = true;
        continue;
      }
      for (const { id } of decodeEntries(Buffer.from(data, 'base64')).entries) ids.add(id);
    }
    return { ids, ends };
  }

  async check(): Promise<void> {
    const { ids: pending, ends } = await this.#pending();
    const entries = new Map<string, KeyEntry>();
    for (let bucket = 0; bucket < this.index.bucketCount; bucket++) {
      const folder = new DigestFolder();
      for (const entry of await this.index.bucket(bucket)) {
        assert.ok(!entries.has(entry.id), 'each key once');
        assert.equal(entry.bucket, bucket);
        entries.set(entry.id, entry);
        folder.fold(entry);
      }
      assert.deepEqual(await this.index.digest(bucket), folder.digest);
    }
    for (const reader of this.readers)
      for (const id of reader.keys())
        assert.ok(entries.has(id) || pending.has(id), `${id} may be live and is in neither (R6)`);
    for (const entry of entries.values()) {
      if (entry.row === undefined || pending.has(entry.id)) continue;
      for (const reader of ends ? this.readers.slice(0, 1) : this.readers) {
        const value = reader.get(entry.id);
        assert.ok(value !== undefined, `${entry.id} is known, and a reader lacks it (R7)`);
        assert.deepEqual(
          entry,
          key(entry.id, this.index.bucketCount, value),
          'a reader holds another state (R7)',
        );
      }
    }
    const found = await this.index.find(IDS.map((id) => key(id, this.index.bucketCount)));
    assert.deepEqual(new Map([...found].sort()), new Map([...entries].sort()));
  }
}

const isCrash = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'CRASH';

describe('KeyIndex and HandOverJournal', () => {
  it('contain all that may be live, and know only what every reader holds, after a crash at any step (R6, R7, R8)', async () => {
    await check(
      asyncProperty(
        array(step, { maxLength: 25, size: 'max' }),
        array(record({ after: integer({ min: 1, max: 120 }), applied: boolean() }), {
          maxLength: 3,
          size: 'max',
        }),
        async (steps, crashes) => {
          const world = new World();
          const deaths = [...crashes];
          const next = (): CrashingStore => {
            const death = deaths.shift();
            return new CrashingStore(world.memory, death?.after, death?.applied);
          };
          let store = next();
          const survive = async (action: () => Promise<void>): Promise<void> => {
            try {
              await action();
            } catch (error) {
              if (!isCrash(error)) throw error;
              store = next();
              await survive(() => world.open(store));
            }
          };
          await survive(() => world.open(store));
          for (const one of steps) {
            await survive(() => world.run(one, store));
            await survive(() => world.check());
          }
          // Nothing is left behind: as many blobs as buckets with keys.
          store = new CrashingStore(world.memory);
          await world.open(store);
          await world.fold();
          await world.index.compact();
          await world.open(store);
          let filled = 0;
          for (let bucket = 0; bucket < world.index.bucketCount; bucket++)
            if ((await world.index.bucket(bucket)).length > 0) filled += 1;
          const stored = world.memory.keys();
          assert.equal(stored.filter((name) => name.startsWith('key-index-b')).length, filled);
          assert.equal(
            stored.filter((name) => /-\d+$/.test(name) && !name.startsWith('key-index-b')).length,
            0,
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it('are deleted as a whole, also by a process that dies on the way (R24)', async () => {
    await check(
      asyncProperty(
        array(step, { maxLength: 12, size: 'max' }),
        nat(20),
        boolean(),
        async (steps, after, applied) => {
          const world = new World();
          const store = new CrashingStore(world.memory);
          await world.open(store);
          for (const one of steps) await world.run(one, store);
          const dying = new CrashingStore(world.memory, after, applied);
          const destroy = async (store: CrashingStore): Promise<void> => {
            await KeyIndex.destroy({ store });
            await HandOverJournal.destroy({ store });
          };
          await destroy(dying).catch((error: unknown) => assert.ok(isCrash(error), String(error)));
          await destroy(store);
          assert.deepEqual(world.memory.keys(), []);
        },
      ),
      { numRuns: 100 },
    );
  });
});
