import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orAborted } from './abort.ts';
import { nanoseconds, systemClock } from './clock.ts';

describe('systemClock', () => {
  it('sleeps, and wakes with the reason of the signal', async () => {
    const began = Date.now();
    await systemClock.sleep(20);
    assert.ok(Date.now() - began >= 18);
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(sleeping, (error) => error === reason);
    await assert.rejects(systemClock.sleep(60_000, stop.signal), (error) => error === reason);
  });

  it('gives exact nanoseconds', () => {
    assert.equal(nanoseconds({ ...systemClock, now: () => 1_795_506_160_035.7 }), 1_795_506_160_035_000_000n);
  });
});

describe('orAborted', () => {
  it('settles like the promise unless the signal is first', async () => {
    const stop = new AbortController();
    assert.equal(await orAborted(Promise.resolve(1), stop.signal), 1);
    await assert.rejects(orAborted(Promise.reject(new Error('own')), stop.signal), /own/);
    const hanging = orAborted(new Promise(() => undefined), stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(hanging, /stopped/);
    await assert.rejects(orAborted(Promise.reject(new Error('unseen')), stop.signal), /stopped/);
  });
});
