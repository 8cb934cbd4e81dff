import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  ManualClock,
  SharedStore,
  aborted,
  parseChanges,
  transient,
  until,
  upsert,
} from '../../test/helpers.ts';
import {
  LEASE,
  PUBLISH,
  breath,
  cleanEnd,
  delivered,
  holder,
  ids,
  pod,
  running,
  seconds,
  stored,
  takenOverBy,
  waiter,
  waiting,
} from '../../test/pods.ts';
import type { ChangeBatch, Clock } from '../contracts.ts';
import { FatalSourceError } from '../errors.ts';
import { LeaseWatch } from './lease.ts';
import { firstRecord } from './state-record.ts';
import type { StateRecord, StoredLease } from './state-record.ts';

const never = new AbortController().signal;

describe('lease (R21)', () => {
  it('a second reactivator waits: not ready, healthy, without a session, and names the holder', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    await delivered(a, 1);
    const b = await waiter(state, 'bb', { port: 0 });
    const base = `http://127.0.0.1:${b.reactivator.address!.port}`;
    assert.equal((await fetch(`${base}/healthz`)).status, 200);
    assert.equal((await fetch(`${base}/readyz`)).status, 503);
    for (const path of ['', '/x/renew', '/x/close', '/x/abandon', '/x/hand-over']) {
      const type = path === '/x/hand-over' ? 'application/octet-stream' : 'application/json';
      const answer = await fetch(`${base}/bootstrap-sessions${path}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{"labels":["N"]}',
      });
      assert.equal(answer.status, 503, path);
      assert.match(await answer.text(), /NOT_READY/, path);
    }
    assert.equal((await fetch(`${base}/bootstrap-sessions/checkpoint`)).status, 503);
    const lines = b.log.filter((line) => line.includes('holds the lease'));
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /"holder":"a"/);
    assert.equal((await stored(state)).owner, 'a');
    await cleanEnd(b, a);
  });

  it('is renewed while nothing changes, so that a waiting reactivator waits for ever', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    const b = await waiter(state, 'bb');
    await seconds(300, a, b);
    assert.equal(b.reactivator.status, 'waiting');
    assert.equal(a.reactivator.status, 'running');
    const renewals = state.writes.length;
    assert.ok(renewals >= 50 && renewals <= 65, `${renewals} writes in 300 s`);
    await cleanEnd(b, a);
  });

  it('rolling update: a clean end hands over at once, and the two do not alternate', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    await delivered(a, 1);
    const b = await waiter(state, 'bb');
    await cleanEnd(a);
    await b.clock.pass(1_000);
    await running(b);
    await delivered(b, 2);
    assert.deepEqual([ids(a), ids(b)], [['n:1'], ['n:2']]);
    const { lease, owner } = await stored(state);
    assert.deepEqual([owner, lease?.term, lease?.released], ['bb', 2, undefined]);
    const again = await waiter(state, 'ccc');
    await seconds(60, b, again);
    assert.equal((await stored(state)).lease?.term, 2, 'nobody took it');
    await cleanEnd(again, b);
  });

  it('dead holder: it is taken over after its duration and the publish time-out, no sooner', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    await delivered(a, 1);
    const revision = (await stored(state)).revision;
    // Its machine loses power: its clock stands still.
    const b = await waiter(state, 'bb');
    await b.clock.pass(LEASE + PUBLISH - 1_000);
    assert.equal(b.reactivator.status, 'waiting');
    assert.equal((await stored(state)).revision, revision);
    await b.clock.pass(1_000);
    await running(b);
    await delivered(b, 2);
    assert.ok(parseChanges(b.publisher.changes)[0]!.lsn > parseChanges(a.publisher.changes)[0]!.lsn);
    await cleanEnd(b);
  });

  it('zombie publisher: one that was paused and wakes notices before it publishes, and stops', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    await delivered(a, 1);
    const b = await waiter(state, 'bb');
    await takenOverBy(b);
    await delivered(b, 2);
    a.clock.advance(LEASE + PUBLISH);
    a.give();
    await assert.rejects(a.done, { code: 'ANOTHER_REACTIVATOR', message: /"bb"/ });
    assert.deepEqual(ids(a), ['n:1'], 'its second change was never published');
    assert.deepEqual(ids(b), ['n:2']);
    assert.equal((await stored(state)).owner, 'bb');
    await cleanEnd(b);
  });

  it('hand-over to one that was paused and wakes: it is not taken, since its successor would not have it (R8)', async () => {
    const state = new SharedStore();
    let taken = 0;
    const handOver = async (): Promise<void> => {
      taken += 1;
    };
    const a = await holder(state, 'a', { handOver });
    await delivered(a, 1);
    const session = await a.reactivator.sessions.open(['N']);
    await a.reactivator.sessions.handOver(session, Buffer.from('1'));
    assert.equal(taken, 1);
    const b = await waiter(state, 'bb');
    await takenOverBy(b);
    a.clock.advance(LEASE + PUBLISH);
    await assert.rejects(a.reactivator.sessions.handOver(session, Buffer.from('2')), {
      code: 'ANOTHER_REACTIVATOR',
    });
    assert.equal(taken, 1);
    await assert.rejects(a.done, { code: 'ANOTHER_REACTIVATOR' });
    await cleanEnd(b);
  });

  it('publish in doubt: it ends in time, the taker repeats it from the last checkpoint with new lsn', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    await delivered(a, 1);
    let ended = false;
    a.publisher.before = async (_call, signal) => {
      await aborted(signal);
      ended = true;
      signal.throwIfAborted();
    };
    a.give();
    await until(() => a.publisher.calls === 2);
    const b = await waiter(state, 'bb');
    // The store is out of a's reach, the receiver is not.
    state.onSet = (value) => {
      if ((value as { owner?: unknown }).owner === 'a') throw transient();
    };
    await a.clock.pass(PUBLISH);
    assert.ok(ended, 'the publish is not under way any more');
    await a.clock.pass(LEASE);
    assert.equal(a.publisher.calls, 2, 'without a renewal no publish begins');
    await takenOverBy(b);
    await delivered(b, 2);
    assert.deepEqual(ids(b), ['n:2']);
    state.onSet = () => undefined;
    await a.clock.pass(60_000, 5_000);
    await assert.rejects(a.done, { code: 'ANOTHER_REACTIVATOR' });
    assert.equal(a.publisher.calls, 2);
    await cleanEnd(b);
  });

  it('last call: a publish that was stopped in the middle is not completed by the process that wakes', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    const calls: boolean[] = [];
    const gate = Promise.withResolvers<void>();
    a.publisher.publish = async (_changes, _signal, lastCall) => {
      await gate.promise;
      try {
        lastCall!();
        calls.push(true);
      } catch (error) {
        calls.push(false);
        throw error;
      }
    };
    a.give();
    await breath();
    await a.clock.pass(LEASE);
    gate.resolve();
    await until(() => calls.length > 0);
    assert.equal(calls[0], false);
    await a.clock.pass(1_000);
    await until(() => calls.length > 1);
    assert.equal(calls[1], true, 'the repetition, under a renewed lease, is in time');
    await cleanEnd(a);
  });

  it('clean end with a publish in doubt: the lease is not released but runs out', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a', { graceMs: 2_000 });
    a.publisher.before = (_call, signal) => aborted(signal).then(() => signal.throwIfAborted());
    a.give();
    await until(() => a.publisher.calls === 1);
    a.stop.abort();
    await breath();
    await a.clock.pass(10_000);
    await a.done;
    assert.equal((await stored(state)).lease?.released, undefined);
  });

  it('failed for good with a publish in doubt: the lease is not released but runs out', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    a.publisher.before = (call) => {
      throw call === 1 ? transient() : new FatalSourceError('REFUSED', 'no access');
    };
    a.give();
    await until(() => a.publisher.calls === 1);
    await a.clock.pass(1_000);
    await assert.rejects(a.done, { code: 'REFUSED' });
    assert.equal((await stored(state)).lease?.released, undefined);
  });

  it('failed for good: the lease is released, so that the restart does not wait', async () => {
    const state = new SharedStore();
    const a = pod(state, 'a', {
      monitor: async function* monitor(): AsyncGenerator<ChangeBatch> {
        yield { changes: [upsert('n:1')], checkpoint: 1 };
        throw new FatalSourceError('NO_TABLE', 'the table is gone');
      },
    });
    await assert.rejects(a.done, { code: 'NO_TABLE' });
    assert.equal((await stored(state)).lease?.released, true);
    const b = await holder(state, 'bb');
    await cleanEnd(b);
  });

  it('two waiting at once: one takes it, the other goes on waiting', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    const [b, c] = [pod(state, 'bb'), pod(state, 'ccc')];
    await Promise.all([waiting(b), waiting(c)]);
    await cleanEnd(a);
    // Both have seen it free before either has written.
    let writers = 0;
    state.onSet = () => {
      writers += 1;
      return until(() => writers >= 2);
    };
    await Promise.all([b.clock.pass(2_000), c.clock.pass(2_000)]);
    await until(() => b.reactivator.status === 'running' || c.reactivator.status === 'running');
    // The other one learns that its write came too late.
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.deepEqual([b.reactivator.status, c.reactivator.status].toSorted(), ['running', 'waiting']);
    for (const at of [b, c]) at.stop.abort();
    await Promise.all([b.done, c.done]);
    assert.equal(writers >= 2, true);
  });

  it('told to stop while it waits, it ends and takes nothing', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    const writes = state.writes.length;
    const b = await waiter(state, 'bb');
    await cleanEnd(b);
    assert.equal(state.writes.length, writes);
    await cleanEnd(a);
  });

  it('deprovisioned by its holder: one that waits does not recreate the state (R24)', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    const b = await waiter(state, 'bb');
    await a.reactivator.deprovision();
    await b.clock.pass(120_000, 1_000);
    assert.equal(b.reactivator.status, 'waiting');
    const told = b.log.filter((line) => line.includes('was deleted while this reactivator waited'));
    assert.equal(told.length, 1, 'a new source of the name would wait for ever: it says so, once');
    assert.deepEqual(state.keys(), []);
    await cleanEnd(a, b);
    assert.deepEqual(state.keys(), []);
  });

  it('a slow or failing store does not end the holder while nobody takes over', async () => {
    const state = new SharedStore();
    const a = await holder(state, 'a');
    state.onSet = () => {
      throw transient();
    };
    await a.clock.pass(60_000, 1_000);
    a.give();
    await breath();
    assert.equal(a.publisher.calls, 0, 'without a renewal no publish begins');
    state.onSet = () => undefined;
    await a.clock.pass(60_000, 1_000);
    await until(() => a.reactivator.checkpoint === 1);
    await cleanEnd(a);
  });
});

describe('LeaseWatch', () => {
  const held = (lease: Partial<StoredLease> = {}): StateRecord => ({
    ...firstRecord('f', 'a'),
    lease: { term: 1, durationMs: LEASE, publishTimeoutMs: PUBLISH, ...lease },
  });

  it('never allows a take-over sooner than the whole time without a change, however the reads fall', () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 20_000 }), renewed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const clock = new ManualClock();
        const watch = new LeaseWatch(clock, () => false);
        let [etag, changed] = [0, clock.now()];
        watch.look(held(), '0');
        for (const { wait, renewed } of steps) {
          clock.advance(wait);
          if (renewed) [etag, changed] = [etag + 1, clock.now()];
          if (watch.look(held(), String(etag)) === 0) assert.ok(clock.now() - changed >= LEASE + PUBLISH);
        }
      }),
    );
  });

  it('is not fooled by a clock that is set forward, nor by one that stood still', () => {
    const hands = { now: 0, monotonic: 0 };
    const clock: Clock = {
      now: () => hands.now,
      monotonic: () => hands.monotonic,
      sleep: () => aborted(never),
    };
    const watch = new LeaseWatch(clock, () => false);
    watch.look(held(), '1');
    hands.now += 3_600_000;
    assert.notEqual(watch.look(held(), '1'), 0, 'someone set the time');
    hands.monotonic += LEASE + PUBLISH;
    assert.equal(watch.look(held(), '1'), 0);
  });

  it('may be taken at once when it was released, was never there, or its process is known to be gone', () => {
    const watch = (gone: boolean): LeaseWatch => new LeaseWatch(new ManualClock(), () => gone);
    const process = { space: 's', pid: 1, start: '1' };
    assert.equal(watch(false).look(undefined, undefined), 0);
    assert.equal(watch(false).look(firstRecord('f', 'old version'), '1'), 0);
    assert.equal(watch(false).look(held({ released: true }), '1'), 0);
    assert.equal(watch(true).look(held({ process }), '1'), 0);
    assert.notEqual(watch(true).look(held(), '1'), 0, 'of a process elsewhere nothing is known');
    assert.notEqual(watch(false).look(held({ process }), '1'), 0);
  });

  it('one that ends is left alone for the whole time, released or not, but by who is to delete it (R24)', () => {
    const process = { space: 's', pid: 1, start: '1' };
    for (const lease of [{ released: true }, { process }] as const) {
      const clock = new ManualClock();
      const watch = new LeaseWatch(clock, () => true);
      const record: StateRecord = { ...held(lease), ending: true };
      assert.notEqual(watch.look(record, '1'), 0);
      assert.equal(watch.look(record, '1', 'end'), 0);
      clock.advance(LEASE + PUBLISH);
      assert.equal(watch.look(record, '1'), 0);
    }
  });
});
