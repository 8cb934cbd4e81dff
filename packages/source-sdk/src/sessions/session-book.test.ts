import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  HookedPublisher,
  HookedStore,
  ManualClock,
  aborted,
  hastyClock,
  transient,
  until,
  upsert,
} from '../../test/helpers.ts';
import type { AbandonedSession, ChangeBatch, Monitor } from '../contracts.ts';
import { Reactivator } from '../reactivator/reactivator.ts';
import { STATE_KEY } from '../reactivator/state-record.ts';
import type { StateRecord } from '../reactivator/state-record.ts';
import { InProcessSessions } from './in-process-sessions.ts';

const LEASE = 30_000;

/** A monitor that a test feeds: each call of `give` lets one batch out. */
function fed(): {
  monitor: Monitor;
  give: (batch: ChangeBatch) => void;
  abandoned: () => readonly AbandonedSession[];
} {
  const queue: ChangeBatch[] = [];
  let wake: () => void = () => undefined;
  let look: () => readonly AbandonedSession[] = () => [];
  return {
    give: (batch) => {
      queue.push(batch);
      wake();
    },
    abandoned: () => look(),
    monitor: async function* monitor({ signal, abandonedSessions }) {
      look = abandonedSessions;
      while (!signal.aborted) {
        const batch = queue.shift();
        if (batch !== undefined) yield batch;
        else await Promise.race([aborted(signal), new Promise<void>((resolve) => (wake = resolve))]);
      }
    },
  };
}

function rig(state: HookedStore, clock: ManualClock) {
  const feed = fed();
  const publisher = new HookedPublisher();
  const reactivator = new Reactivator({
    sourceId: 'src',
    fingerprint: 'f',
    state,
    publisher,
    clock,
    monitor: feed.monitor,
    sessionLeaseMs: LEASE,
  });
  const stop = new AbortController();
  const done = reactivator.run(stop.signal);
  done.catch(() => undefined);
  return { ...feed, publisher, reactivator, book: reactivator.sessions, end: () => (stop.abort(), done) };
}

const record = async (state: HookedStore): Promise<StateRecord> =>
  (await state.get(STATE_KEY))?.value as unknown as StateRecord;
const ids = (sessions: readonly { id: string }[]): string[] => sessions.map((session) => session.id);

describe('SessionBook', () => {
  it('opens no session before a checkpoint is durable (R1 start hole)', async () => {
    const state = new HookedStore();
    const at = rig(state, new ManualClock());
    await until(() => at.reactivator.status === 'running');
    await assert.rejects(at.book.open(['N']), { code: 'NOT_READY' });
    let go: () => void = () => undefined;
    state.onSet = () => new Promise<void>((resolve) => (go = resolve));
    at.give({ changes: [], checkpoint: 'c' });
    await until(() => at.reactivator.status === 'running');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const opening = at.book.open(['N']);
    let opened = false;
    void opening.then(() => (opened = true));
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(opened, false, 'the checkpoint is still on its way');
    state.onSet = () => undefined;
    go();
    const id = await opening;
    const stored = await record(state);
    assert.equal(stored.checkpoint, 'c');
    assert.deepEqual(stored.sessions, [{ id, labels: ['N'] }]);
    await at.end();
  });

  it('waits in process until the first checkpoint is there', async () => {
    const at = rig(new HookedStore(), new ManualClock());
    const opening = new InProcessSessions(at.book, { clock: hastyClock }).open(
      ['N'],
      new AbortController().signal,
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    at.give({ changes: [], checkpoint: 1 });
    assert.equal(typeof (await opening), 'string');
    const never = rig(new HookedStore(), new ManualClock());
    const limit = AbortSignal.timeout(20);
    await assert.rejects(new InProcessSessions(never.book, { clock: hastyClock }).open(['N'], limit), {
      name: 'TimeoutError',
    });
    await Promise.all([at.end(), never.end()]);
  });

  it('forgets a session that was closed, reports one that was abandoned', async () => {
    const state = new HookedStore();
    const at = rig(state, new ManualClock());
    at.give({ changes: [], checkpoint: 1 });
    await until(() => at.reactivator.checkpoint === 1);
    const [good, bad] = await Promise.all([at.book.open(['A']), at.book.open(['B', 'C'])]);
    assert.equal(at.book.count, 2);
    await Promise.all([at.book.close(good), at.book.abandon(bad)]);
    assert.equal(at.book.count, 1, 'what an abandoned one sent may still be with a reader');
    assert.deepEqual(at.abandoned(), [{ id: bad, labels: ['B', 'C'] }]);
    assert.throws(() => at.book.renew(good), { code: 'UNKNOWN_SESSION' });
    assert.throws(() => at.book.renew(bad), { code: 'UNKNOWN_SESSION' });
    await at.book.close('unknown');
    await at.book.abandon('unknown');
    assert.deepEqual((await record(state)).sessions, [{ id: bad, labels: ['B', 'C'], abandoned: true }]);
    await at.end();
  });

  it('takes a session that is not renewed for abandoned (R2 killed proxy)', async () => {
    const clock = new ManualClock();
    const at = rig(new HookedStore(), clock);
    at.give({ changes: [], checkpoint: 1 });
    await until(() => at.reactivator.checkpoint === 1);
    const [renewed, silent] = [await at.book.open(['A']), await at.book.open(['B'])];
    clock.advance(LEASE - 1);
    at.book.renew(renewed);
    assert.deepEqual(at.abandoned(), []);
    clock.advance(2);
    assert.deepEqual(ids(at.abandoned()), [silent]);
    assert.throws(
      () => at.book.renew(silent),
      { code: 'UNKNOWN_SESSION' },
      'the monitor may be at work on it',
    );
    await at.book.open(['B'], silent);
    assert.deepEqual(ids(at.abandoned()), [silent], 'not even by a request that comes late');
    await at.end();
  });

  it('finds the sessions of before a restart, and gives them a whole lease', async () => {
    const state = new HookedStore();
    const clock = new ManualClock();
    const before = rig(state, clock);
    before.give({ changes: [], checkpoint: 1 });
    await until(() => before.reactivator.checkpoint === 1);
    const [alive, dead, broken] = [
      await before.book.open(['A']),
      await before.book.open(['B']),
      await before.book.open(['C']),
    ];
    await before.book.abandon(broken);
    await before.end();
    clock.advance(10 * LEASE);
    const after = rig(state, clock);
    // Not unknown: nothing is loaded yet.
    assert.throws(() => after.book.renew(alive), { code: 'NOT_READY' });
    await until(() => after.reactivator.status === 'running');
    assert.deepEqual(ids(after.abandoned()), [broken]);
    after.book.renew(alive);
    clock.advance(LEASE - 1);
    after.book.renew(alive);
    clock.advance(2);
    assert.deepEqual(ids(after.abandoned()), [dead, broken]);
    await after.end();
  });

  it('forgets settled sessions in the write that stores the checkpoint, after the acknowledgement', async () => {
    const state = new HookedStore();
    const at = rig(state, new ManualClock());
    at.give({ changes: [], checkpoint: 1 });
    await until(() => at.reactivator.checkpoint === 1);
    const [first, second] = [await at.book.open(['A']), await at.book.open(['A'])];
    await Promise.all([at.book.abandon(first), at.book.abandon(second)]);
    let go: () => void = () => undefined;
    at.publisher.before = () => new Promise<void>((resolve) => (go = resolve));
    at.give({ changes: [upsert('n:1')], checkpoint: 2, settles: [first, 'unknown'] });
    await until(() => at.publisher.calls === 1);
    assert.equal((await record(state)).sessions.length, 2, 'not before the acknowledgement');
    const writes = state.writes.length;
    go();
    await until(() => at.reactivator.checkpoint === 2);
    assert.equal(state.writes.length, writes + 1, 'one write for both');
    assert.deepEqual(ids((await record(state)).sessions), [second]);
    await at.end();
  });

  it('does not wait for a publish: sessions open while one is stuck', async () => {
    const state = new HookedStore();
    const at = rig(state, new ManualClock());
    at.give({ changes: [], checkpoint: 1 });
    await until(() => at.reactivator.checkpoint === 1);
    let go: () => void = () => undefined;
    at.publisher.before = () => new Promise<void>((resolve) => (go = resolve));
    at.give({ changes: [upsert('n:1')], checkpoint: 2 });
    await until(() => at.publisher.calls === 1);
    const id = await at.book.open(['N']);
    await at.book.close(id);
    go();
    await until(() => at.reactivator.checkpoint === 2);
    await at.end();
  });

  it('loses neither a session nor a checkpoint when both are written at once', async () => {
    const state = new HookedStore();
    let fail = 0;
    state.onSet = () => {
      fail += 1;
      if (fail % 3 === 0) throw transient();
    };
    const clock = new ManualClock();
    const ticking = setInterval(() => clock.advance(1_000), 1);
    const at = rig(state, clock);
    at.give({ changes: [], checkpoint: 0 });
    await until(() => at.reactivator.checkpoint === 0);
    const opened: Promise<string>[] = [];
    for (let n = 1; n <= 20; n++) {
      at.give({ changes: [upsert(`n:${n}`)], checkpoint: n });
      opened.push(at.book.open([`L${n}`]), at.book.open([`M${n}`]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const all = await Promise.all(opened);
    await until(() => at.reactivator.checkpoint === 20);
    clearInterval(ticking);
    const stored = await record(state);
    assert.equal(stored.checkpoint, 20);
    assert.deepEqual(new Set(ids(stored.sessions)), new Set(all));
    await at.end();
  });

  it('opens one session for one id, however often it is asked', async () => {
    const state = new HookedStore();
    const at = rig(state, new ManualClock());
    at.give({ changes: [], checkpoint: 1 });
    await until(() => at.reactivator.checkpoint === 1);
    assert.equal(await at.book.open(['N'], 'mine'), 'mine');
    assert.equal(await at.book.open(['N'], 'mine'), 'mine');
    assert.equal((await record(state)).sessions.length, 1);
    await at.end();
  });
});
