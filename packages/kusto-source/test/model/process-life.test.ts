import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryStateStore } from '@drasi-kusto/source-sdk';
import { CrashTally, crashPoints } from './crash-points.ts';
import { ModelClock } from './model-clock.ts';
import { ProcessLife } from './process-life.ts';

const texts = (...names: readonly string[]): readonly Uint8Array[] => names.map((name) => Buffer.from(name));
const signal = new AbortController().signal;

describe('a life of a process', () => {
  const begin = () => {
    const state = new MemoryStateStore();
    const out: string[] = [];
    const deliver = (changes: readonly Uint8Array[]): void => {
      out.push(...changes.map((change) => Buffer.from(change).toString()));
    };
    const tally = new CrashTally();
    return { life: new ProcessLife({ state, deliver, tally }), state, out, tally };
  };

  for (const [point, published] of [
    ['before publish', ['a']],
    ['after publish', ['a', 'b', 'c', 'd']],
    ['mid publish', ['a', 'b', 'c']],
  ] as const)
    it(`ends ${point}, and nothing comes out of it any more`, async () => {
      const { life, state, out } = begin();
      await life.publisher.publish(texts('a'), signal);
      life.crash(point, 1);
      await life.store.set('key', 1, undefined);
      await assert.rejects(life.publisher.publish(texts('b', 'c', 'd'), signal), { fatal: true });
      await life.death;
      assert.equal(life.isDead, true);
      await assert.rejects(life.publisher.publish(texts('e'), signal));
      await assert.rejects(life.store.set('other', 1, undefined));
      await assert.rejects(life.store.get('key'));
      assert.deepEqual(out, published);
      assert.deepEqual(state.keys(), ['key']);
    });

  for (const [point, stored] of [
    ['after all publishes', 1],
    ['before checkpoint', 0],
    ['after checkpoint', 1],
  ] as const)
    it(`ends ${point}: that is a write of another checkpoint, with or without a publish before it`, async () => {
      const { life, state, tally } = begin();
      life.crash(point, 1);
      const record = (checkpoint: number) => ({ checkpoint });
      const first = life.store.set('drasi-source', record(1), undefined);
      if (point === 'after all publishes') {
        const etag = await first;
        // A session that is opened leaves the checkpoint as it is.
        const next = await life.store.set('drasi-source', { ...record(1), sessions: [] }, etag);
        await life.publisher.publish(texts('a'), signal);
        await assert.rejects(life.store.set('drasi-source', record(2), next), { fatal: true });
      } else await assert.rejects(first, { fatal: true });
      assert.equal(tally.of(point), 1);
      const left = (await state.get('drasi-source'))?.value as { checkpoint: number } | undefined;
      assert.equal(left?.checkpoint ?? 0, stored);
    });

  it('comes to a point for the n-th time', async () => {
    const { life, out, tally } = begin();
    life.crash('before publish', 3);
    for (const name of ['a', 'b']) await life.publisher.publish(texts(name), signal);
    await assert.rejects(life.publisher.publish(texts('c'), signal), { fatal: true });
    assert.deepEqual(out, ['a', 'b']);
    assert.deepEqual(
      tally.missed,
      crashPoints.filter((point) => point !== 'before publish'),
    );
  });

  it('has faults that pass, done and not done', async () => {
    const { life, out } = begin();
    life.troubled(6, 4);
    const ends = new Set<string>();
    for (let number = 0; number < 40; number += 1) {
      const name = `${number}`;
      const failed = await life.publisher.publish(texts(name), signal).then(
        () => false,
        (error: { readonly fatal?: boolean }) => error.fatal === false,
      );
      ends.add(`${failed} ${out.includes(name)}`);
    }
    assert.deepEqual([...ends].toSorted(), ['false true', 'true false', 'true true']);
    assert.equal(out.length < 40, true);
  });
});

describe('the clock of the model', () => {
  it('jumps to what is due soon, drifts to what is not, and wakes in order', async () => {
    const clock = new ModelClock();
    const began = clock.now();
    const woken: string[] = [];
    const long = clock.sleep(20_000).then(() => woken.push('long'));
    void clock.sleep(900).then(() => woken.push('short'));
    await clock.tick();
    assert.deepEqual(woken, ['short']);
    assert.equal(clock.now() - began, 900);
    await clock.tick();
    assert.equal(clock.now() - began, 920);
    for (let tick = 0; woken.length < 2; tick += 1) {
      assert.ok(tick < 1_000);
      await clock.tick();
    }
    await long;
    assert.equal(clock.now() - began, 20_000);
  });

  it('gives up a sleep with the reason of its signal', async () => {
    const clock = new ModelClock();
    const stop = new AbortController();
    const sleep = clock.sleep(5, stop.signal);
    stop.abort(new Error('enough'));
    await assert.rejects(sleep, /enough/);
    await assert.rejects(clock.sleep(5, stop.signal), /enough/);
  });
});
