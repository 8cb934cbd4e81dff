import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedStore, transient, until } from '../../test/helpers.ts';
import {
  LEASE,
  PUBLISH,
  breath,
  cleanEnd,
  delivered,
  holder,
  ids,
  seconds,
  stored,
  waiter,
} from '../../test/pods.ts';
import type { Pod } from '../../test/pods.ts';
import { StateConflictError } from '../errors.ts';
import { STATE_KEY } from './state-record.ts';

/** Lets time pass for all until it is settled; resolves to the error, if any. */
async function passing(
  promise: Promise<unknown>,
  clocks: readonly Pod[],
  limitMs = 200_000,
): Promise<unknown> {
  const end: { readonly error?: unknown }[] = [];
  promise.then(
    () => end.push({}),
    (error: unknown) => end.push({ error }),
  );
  await breath();
  // Files and sockets take real time, whatever the clocks say.
  const deadline = performance.now() + 20_000;
  for (let passed = 0; end.length === 0; passed += 250) {
    assert.ok(passed < limitMs && performance.now() < deadline, 'it has not ended');
    for (const { clock } of clocks) await clock.pass(250);
  }
  return end[0]?.error;
}

describe('deprovision with two reactivators (R24)', () => {
  it('asked of the one that waits: the holder drains first, then the state is deleted, and nothing recreates it', async () => {
    const state = new SharedStore();
    const log: string[] = [];
    state.onDelete = () => log.push('state deleted');
    const a = await holder(state, 'a');
    await delivered(a, 1);
    const gate = Promise.withResolvers<void>();
    a.publisher.before = () => gate.promise;
    a.publisher.after = () => void log.push('published');
    a.give();
    await until(() => a.publisher.calls === 2);
    const b = await waiter(state, 'bb', {
      port: 0,
      deprovision: async () => {
        log.push(`author, checkpoint ${JSON.stringify((await stored(state)).checkpoint)}`);
      },
    });
    const url = `http://127.0.0.1:${b.reactivator.address!.port}/deprovision`;
    const asked = fetch(url, { method: 'POST' });
    await until(() => b.log.some((line) => line.includes('asked to end')));
    // It is alive: its next renewal finds the mark.
    for (let second = 0; second < 8; second++) for (const at of [a, b]) await at.clock.pass(1_000);
    assert.equal(a.reactivator.status, 'draining');
    assert.deepEqual([log, state.keys()], [[], [STATE_KEY]], 'nothing is deleted under its publish');
    gate.resolve();
    assert.equal(await passing(asked, [a, b]), undefined);
    assert.equal((await asked).status, 204);
    assert.deepEqual(log, ['published', 'author, checkpoint 2', 'state deleted']);
    await seconds(120, a, b);
    assert.deepEqual([a.reactivator.status, b.reactivator.status], ['deprovisioned', 'deprovisioned']);
    assert.deepEqual([a.reactivator.health(), b.reactivator.health()], [undefined, undefined]);
    assert.equal((await fetch(url, { method: 'POST' })).status, 204, 'repeated');
    assert.deepEqual([ids(a), ids(b), state.keys()], [['n:1', 'n:2'], [], []]);
    await assert.rejects(a.reactivator.sessions.open(['N']));
    await cleanEnd(a, b);
    assert.deepEqual(state.keys(), []);
  });

  it('a holder that is dead is not waited for longer than its lease', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    const b = await waiter(state, 'bb');
    const end = b.reactivator.deprovision();
    await breath();
    await b.clock.pass(LEASE + PUBLISH - 1_000);
    assert.deepEqual(state.keys(), [STATE_KEY], 'a publish of it may be under way');
    assert.equal(await passing(end, [b], 2_000), undefined);
    assert.deepEqual(state.keys(), []);
    // It wakes, and finds nothing.
    a.clock.advance(LEASE + PUBLISH);
    await assert.rejects(a.done, { code: 'ANOTHER_REACTIVATOR' });
    assert.deepEqual(state.keys(), []);
    await cleanEnd(b);
  });

  it('a holder whose drain leaves a publish in doubt keeps the lease until it runs out', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a', { graceMs: 2_000 });
    a.publisher.before = () => {
      throw transient();
    };
    a.give();
    await until(() => a.publisher.calls === 1);
    const b = await waiter(state, 'bb', { graceMs: 2_000 });
    const end = b.reactivator.deprovision();
    await breath();
    for (let step = 0; step < 4 * 9; step++) for (const at of [a, b]) await at.clock.pass(250);
    assert.equal(a.reactivator.status, 'deprovisioned');
    assert.equal((await stored(state)).lease?.released, undefined);
    const calls = a.publisher.calls;
    assert.equal(await passing(end, [a, b]), undefined);
    assert.deepEqual([a.publisher.calls, state.keys()], [calls, []]);
    await cleanEnd(a, b);
  });

  it('an author that fails is a 500; the feed stays ended, and a repetition at either pod finishes it', async () => {
    for (const second of ['holder', 'waiter'] as const) {
      const state = new SharedStore();
      let attempts = 0;
      const deprovision = async (): Promise<void> => {
        attempts += 1;
        if (attempts === 1) throw new Error('the blob store is away');
      };
      const a = await holder(state, 'a', { deprovision });
      const b = await waiter(state, 'bb', { deprovision });
      const error = await passing(b.reactivator.deprovision(), [a, b]);
      assert.match(String(error), /the blob store is away/);
      assert.deepEqual([a.reactivator.status, state.keys()], ['deprovisioned', [STATE_KEY]]);
      const again = second === 'holder' ? a : b;
      assert.equal(await passing(again.reactivator.deprovision(), [a, b]), undefined, second);
      assert.deepEqual([attempts, state.keys()], [2, []]);
      await cleanEnd(a, b);
    }
  });

  it('both asked at once: both end, and the state is gone', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    const b = await waiter(state, 'bb');
    const both = Promise.all([b.reactivator.deprovision(), a.reactivator.deprovision()]);
    assert.equal(await passing(both, [a, b]), undefined);
    await seconds(60, a, b);
    assert.deepEqual(state.keys(), []);
    await cleanEnd(a, b);
  });

  it('one that waits takes nothing over while the end lasts, however long, and however it was begun', async () => {
    for (const asked of ['holder', 'waiter'] as const) {
      const state = new SharedStore();
      const gate = Promise.withResolvers<void>();
      const a = await holder(state, 'a', { deprovision: () => gate.promise });
      const b = await waiter(state, 'bb', { deprovision: () => gate.promise });
      const c = await waiter(state, 'ccc');
      const end = (asked === 'holder' ? a : b).reactivator.deprovision();
      await breath();
      for (let second = 0; second < 120; second++)
        for (const at of [a, b, c]) await at.clock.pass(1_000, 500);
      assert.equal(c.reactivator.status, 'waiting', asked);
      gate.resolve();
      assert.equal(await passing(end, [a, b, c]), undefined);
      for (let second = 0; second < 60; second++) await c.clock.pass(1_000, 1_000);
      assert.deepEqual([c.reactivator.status, state.keys()], ['waiting', []]);
      await (asked === 'holder' ? cleanEnd(a, b, c) : cleanEnd(b, a, c));
    }
  });

  it('an end that nobody finished is finished by the next reactivator, whichever its configuration; the one after it begins anew', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a', {
      deprovision: () => Promise.reject(new Error('the blob store is away')),
    });
    await delivered(a, 1);
    assert.match(String(await passing(a.reactivator.deprovision(), [a])), /blob store/);
    await cleanEnd(a);
    let authors = 0;
    const b = await waiter(state, 'bb', {
      fingerprint: 'of the new source',
      deprovision: async () => {
        authors += 1;
      },
    });
    await b.clock.pass(LEASE + PUBLISH - 1_000);
    assert.deepEqual([authors, b.publisher.calls, state.keys()], [0, 0, [STATE_KEY]], 'it may be under way');
    assert.match(String(await passing(b.done, [b])), /begins anew/);
    assert.deepEqual([authors, b.publisher.calls, state.keys()], [1, 0, []]);
    const c = await holder(state, 'ccc', { fingerprint: 'of the new source' });
    assert.equal(c.reactivator.checkpoint, undefined);
    await cleanEnd(c);
  });

  it('an end that another one finished meanwhile is left alone, and so is the source that began anew', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a', {
      deprovision: () => Promise.reject(new Error('the blob store is away')),
    });
    assert.match(String(await passing(a.reactivator.deprovision(), [a])), /blob store/);
    await cleanEnd(a);
    const authors: string[] = [];
    const of = (name: string) => ({ deprovision: async () => void authors.push(name) });
    const b = await waiter(state, 'bb', of('b'));
    const c = await waiter(state, 'ccc', of('c'));
    // Both find that it was left behind, and one of them is faster.
    await c.clock.pass(LEASE + PUBLISH);
    await until(() => c.log.some((line) => line.includes('it is finished now')));
    assert.match(String(await passing(b.done, [b])), /begins anew/);
    const d = await holder(state, 'dddd', of('d'));
    await delivered(d, 1);
    assert.match(String(await passing(c.done, [c])), /begins anew/);
    await seconds(30, d);
    assert.deepEqual([authors, d.reactivator.status, state.keys()], [['b'], 'running', [STATE_KEY]]);
    await delivered(d, 2);
    await cleanEnd(d);
  });

  it('the mark is not lost when it meets a write of the holder, also one whose answer is lost', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    const b = await waiter(state, 'bb');
    let end: Promise<void> | undefined;
    state.afterSet = async (value) => {
      if ((value as { owner?: unknown }).owner !== 'a' || end !== undefined) return;
      end = b.reactivator.deprovision();
      await until(() => b.log.some((line) => line.includes('asked to end')));
      await breath();
      // As of a store whose write is read back to learn its version.
      throw new StateConflictError(STATE_KEY);
    };
    a.give();
    await until(() => a.reactivator.checkpoint === 1 && a.reactivator.status === 'deprovisioned');
    assert.equal((await stored(state)).ending, true);
    assert.equal(await passing(end!, [a, b]), undefined);
    assert.deepEqual(state.keys(), []);
    await cleanEnd(a, b);
  });

  it('a store that does not delete at once is asked again: the platform asks for the end only once', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    let deletes = 0;
    state.onDelete = () => {
      deletes += 1;
      if (deletes < 3) throw transient();
    };
    assert.equal(await passing(a.reactivator.deprovision(), [a]), undefined);
    assert.deepEqual([deletes, state.keys()], [3, []]);
    await cleanEnd(a);
  });

  it('a store that fails is a 500, and nothing is deleted', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    const b = await waiter(state, 'bb');
    state.onSet = () => {
      throw transient();
    };
    assert.match(String(await passing(b.reactivator.deprovision(), [b])), /repeat the request/);
    assert.deepEqual(state.keys(), [STATE_KEY]);
    state.onSet = () => undefined;
    assert.equal(await passing(b.reactivator.deprovision(), [a, b]), undefined);
    assert.deepEqual(state.keys(), []);
    await cleanEnd(b);
    a.stop.abort();
    await a.done.catch(() => undefined);
  });
});
