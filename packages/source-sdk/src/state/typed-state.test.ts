import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { HookedStore } from '../../test/helpers.ts';
import { TypedState } from './typed-state.ts';

const schema = z.object({ count: z.int() });

const counter = (
  store = new HookedStore(),
): { readonly store: HookedStore; readonly state: TypedState<{ count: number }> } => ({
  store,
  state: new TypedState({ store, key: 'counter', parse: (value) => schema.parse(value) }),
});

describe('TypedState', () => {
  it('reads what it wrote, with its version, and deletes it', async () => {
    const { store, state } = counter();
    assert.equal(await state.read(), undefined);
    const etag = await state.write({ count: 1 }, undefined);
    assert.deepEqual(await state.read(), { value: { count: 1 }, etag });
    await state.write({ count: 2 }, etag);
    await assert.rejects(state.write({ count: 3 }, etag), { code: 'STATE_CONFLICT' });
    await assert.rejects(state.write({ count: 3 }, undefined), { code: 'STATE_CONFLICT' });
    await state.delete();
    assert.deepEqual(store.keys(), []);
  });

  it('loses no update among several at once', async () => {
    const { state } = counter();
    const increment = (value: { count: number } | undefined): { count: number } => ({
      count: (value?.count ?? 0) + 1,
    });
    await Promise.all(Array.from({ length: 8 }, () => state.update(increment)));
    assert.deepEqual((await state.read())?.value, { count: 8 });
  });

  it('writes nothing when nothing changed, and gives up when it always loses', async () => {
    const { store, state } = counter();
    await state.update(() => ({ count: 1 }));
    await state.update((value) => value ?? { count: 0 });
    assert.equal(store.writes.length, 1);
    store.onSet = async () => {
      store.onSet = () => undefined;
      await store.set('counter', { count: 0 }, (await store.get('counter'))?.etag);
      store.onSet = again;
    };
    const again = store.onSet;
    await assert.rejects(
      state.update((value) => ({ count: (value?.count ?? 0) + 1 })),
      { code: 'STATE_CONFLICT' },
    );
  });

  it('refuses what is not its own', async () => {
    const { store, state } = counter();
    await store.set('counter', { count: 'many' }, undefined);
    await assert.rejects(state.read(), { code: 'STATE_CORRUPT', fatal: true, message: /"counter".*count/s });
    for (const key of ['', 'drasi-source'])
      assert.throws(() => new TypedState({ store, key, parse: (value) => value }), {
        code: 'BAD_CONFIGURATION',
      });
  });
});
