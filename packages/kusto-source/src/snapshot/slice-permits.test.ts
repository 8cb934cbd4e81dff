import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SlicePermits } from './slice-permits.ts';

const never = new AbortController().signal;

describe('slice permits', () => {
  it('are no more than the limit, over all snapshots', async () => {
    const permits = new SlicePermits(2);
    const [a, b] = [permits.holder(), permits.holder()];
    const first = await a.acquire(never);
    await b.acquire(never);
    let third = false;
    const waiting = a.acquire(never).then(() => (third = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(third, false);
    first();
    first();
    await waiting;
    assert.equal(third, true);
  });

  it('go to the snapshot with the fewest queries first, so that a large one does not starve a small one', async () => {
    const permits = new SlicePermits(2);
    const [large, small] = [permits.holder(), permits.holder()];
    const releases = [await large.acquire(never), await large.acquire(never)];
    const order: string[] = [];
    const waits = [
      large.acquire(never).then(() => order.push('large')),
      small.acquire(never).then(() => order.push('small')),
    ];
    for (const release of releases) {
      release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(waits);
    assert.deepEqual(order, ['small', 'large']);
  });

  it('are not kept by one who stopped waiting', async () => {
    const permits = new SlicePermits(1);
    const holder = permits.holder();
    const release = await holder.acquire(never);
    const stop = new AbortController();
    const waiting = holder.acquire(stop.signal);
    stop.abort(new Error('left'));
    await assert.rejects(waiting, /left/);
    release();
    await holder.acquire(never);
  });

  it('that are lent go to others, never back to the one who lends, who has no more than them afterwards', async () => {
    const permits = new SlicePermits(1);
    const [stalled, other] = [permits.holder(), permits.holder()];
    const release = await stalled.acquire(never);
    const got: string[] = [];
    const again = stalled.acquire(never).then((give) => (got.push('stalled'), give));
    const others = other.acquire(never).then((give) => (got.push('other'), give));
    stalled.lend();
    stalled.lend();
    const giveBack = await others;
    assert.deepEqual(got, ['other']);
    stalled.takeBack();
    giveBack();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(got, ['other'], 'the lent permit counts again');
    release();
    (await again)();
    assert.deepEqual(got, ['other', 'stalled']);
  });

  it('that are given back while they are lent are not given back twice', async () => {
    const permits = new SlicePermits(1);
    const [stalled, other] = [permits.holder(), permits.holder()];
    const release = await stalled.acquire(never);
    stalled.lend();
    release();
    stalled.takeBack();
    await other.acquire(never);
    let second = false;
    void stalled.acquire(never).then(() => (second = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(second, false);
  });
});
