import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { orAborted } from './abort.ts';
import { nanoseconds, sleepUntil, systemClock } from './clock.ts';

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

describe('a sleep until something comes', () => {
  const sleep = (ms: number, stop: AbortController, until: AbortController): Promise<void> =>
    sleepUntil(systemClock, ms, stop.signal, until.signal);

  it('ends early without an error, or with its time', async () => {
    const [stop, until] = [new AbortController(), new AbortController()];
    await sleep(5, stop, until);
    const sleeping = sleep(60_000, stop, until);
    until.abort();
    await sleeping;
    await sleep(60_000, stop, until);
  });

  it('rejects with the reason of its signal, whatever came', async () => {
    const [stop, until] = [new AbortController(), new AbortController()];
    const reason = new Error('enough');
    const sleeping = sleep(60_000, stop, until);
    stop.abort(reason);
    until.abort();
    await assert.rejects(sleeping, (error) => error === reason);
    await assert.rejects(sleep(60_000, stop, until), (error) => error === reason);
  });

  it('leaves no listener behind', async () => {
    const [stop, until] = [new AbortController(), new AbortController()];
    for (let turn = 0; turn < 20; turn += 1) await sleep(0, stop, until);
    assert.deepEqual(
      [stop, until].map(({ signal }) => getEventListeners(signal, 'abort').length),
      [0, 0],
    );
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
