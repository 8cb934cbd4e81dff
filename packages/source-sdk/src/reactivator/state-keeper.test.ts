import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HookedStore, hastyClock, recordingLogger, transient } from '../../test/helpers.ts';
import type { JsonValue } from '../elements.ts';
import { MemoryStateStore } from '../state/memory-state-store.ts';
import { StateKeeper } from './state-keeper.ts';
import { STATE_KEY } from './state-record.ts';
import type { StateRecord } from './state-record.ts';

const never = new AbortController().signal;

function keeperOf(state: HookedStore, owner: string, onFailure?: (error: Error) => void): StateKeeper {
  return new StateKeeper({
    state,
    owner,
    fingerprint: 'f',
    clock: hastyClock,
    random: () => 0.5,
    logger: recordingLogger(),
    ...(onFailure ? { onFailure } : {}),
  });
}

const claim = (keeper: StateKeeper): Promise<void> => keeper.claim((record) => record, never);
const at = (checkpoint: JsonValue) => (record: StateRecord) => ({ ...record, checkpoint });

describe('StateKeeper', () => {
  it('does not take the same revision of another owner for its own', async () => {
    const state = new HookedStore();
    const [a, b] = [keeperOf(state, 'a'), keeperOf(state, 'b')];
    await a.claim(at(0), never);
    await b.claim(at('b'), never);
    await assert.rejects(a.update(at('a')), { code: 'ANOTHER_REACTIVATOR', message: /"b", revision 2/ });
    assert.equal(((await state.get(STATE_KEY))!.value as unknown as StateRecord).checkpoint, 'b');
  });

  it('refuses everything after it lost, tells its owner once, and says when the record was deleted', async () => {
    const state = new HookedStore();
    const failures: Error[] = [];
    const keeper = keeperOf(state, 'a', (error) => failures.push(error));
    await keeper.claim(at(1), never);
    await state.delete(STATE_KEY);
    const results = await Promise.allSettled([keeper.update(at(2)), keeper.update(at(3))]);
    assert.deepEqual(
      results.map((result) => result.status),
      ['rejected', 'rejected'],
    );
    await assert.rejects(keeper.update(at(4)), { code: 'ANOTHER_REACTIVATOR', message: /was deleted/ });
    await assert.rejects(keeper.verify(), { code: 'ANOTHER_REACTIVATOR' });
    assert.equal(failures.length, 1);
    assert.deepEqual(state.keys(), [], 'nothing recreates it');
  });

  it('writes changes made together once, and a change that throws spoils no other', async () => {
    const state = new HookedStore();
    const keeper = keeperOf(state, 'a');
    await claim(keeper);
    const results = await Promise.allSettled([
      keeper.update(at(1)),
      keeper.update(() => {
        throw transient('not this one');
      }),
      keeper.update((record) => ({ ...record, lsn: '7' })),
      keeper.update((record) => record),
    ]);
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    assert.equal(state.writes.length, 2);
    assert.equal(keeper.record.checkpoint, 1);
    assert.equal(keeper.record.lsn, '7');
    await keeper.update((record) => record);
    assert.equal(state.writes.length, 2);
  });

  it('looks again after a look that took too long: a store that was away for a minute does not hold publishes up for ever', async () => {
    let now = 0;
    let away = false;
    class SlowStore extends MemoryStateStore {
      override get(key: string): ReturnType<MemoryStateStore['get']> {
        if (away) now += 60_000;
        away = false;
        return super.get(key);
      }
    }
    const keeper = new StateKeeper({
      state: new SlowStore(),
      owner: 'a',
      fingerprint: 'f',
      clock: { ...hastyClock, now: () => now, monotonic: () => now },
      random: () => 0.5,
      logger: recordingLogger(),
    });
    await claim(keeper);
    now += 10_000;
    away = true;
    let verified = false;
    void keeper.verify().then(() => (verified = true));
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(verified, 'it waits for an answer that nobody will give');
  });

  it('finishes what was begun before the seal', async () => {
    const state = new HookedStore();
    const keeper = keeperOf(state, 'a');
    await claim(keeper);
    const begun = keeper.update(at(1));
    await keeper.seal(transient('sealed'));
    await begun;
    await assert.rejects(keeper.update(at(2)), /sealed/);
    await keeper.destroy();
    assert.deepEqual(state.keys(), []);
  });
});
