import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryStateStore } from '@drasi-kusto/source-sdk';
import { ModelClock } from './model-clock.ts';
import { ProcessLife } from './process-life.ts';

const texts = (...names: readonly string[]): readonly Uint8Array[] => names.map((name) => Buffer.from(name));
const signal = new AbortController().signal;

describe('a life of a process', () => {
  const begin = (): { life: ProcessLife; state: MemoryStateStore; out: string[] } => {
    const state = new MemoryStateStore();
    const out: string[] = [];
    const deliver = (changes: readonly Uint8Array[]): void => {
      out.push(...changes.map((change) => Buffer.from(change).toString()));
    };
    return { life: new ProcessLife({ state, deliver }), state, out };
  };

  for (const [point, published] of [
    ['before', ['a']],
    ['after', ['a', 'b', 'c', 'd']],
    ['between', ['a', 'b', 'c']],
  ] as const)
    it(`ends ${point === 'between' ? 'in the middle of' : point} an operation, and nothing comes out of it any more`, async () => {
      const { life, state, out } = begin();
      await life.publisher.publish(texts('a'), signal);
      life.crash(1, 'publish', point);
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
