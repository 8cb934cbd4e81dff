import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeSidecar } from '../../test/fake-sidecar.ts';
import { HookedPublisher, counting, hastyClock, parseChanges, until } from '../../test/helpers.ts';
import { Reactivator } from '../reactivator/reactivator.ts';
import { DaprStateStore } from './dapr-state-store.ts';

async function withSidecar(
  act: (sidecar: FakeSidecar, store: DaprStateStore) => Promise<void>,
): Promise<void> {
  const sidecar = await FakeSidecar.start();
  const store = new DaprStateStore({ daprHttpPort: sidecar.port });
  try {
    await act(sidecar, store);
  } finally {
    await Promise.all([store.close(), sidecar.stop()]);
  }
}

describe('DaprStateStore', () => {
  it('keeps values with the versions of the component', () =>
    withSidecar(async (_sidecar, store) => {
      assert.equal(await store.get('k'), undefined);
      const first = await store.set('k', { text: 'é', n: 1 }, undefined);
      assert.deepEqual(await store.get('k'), { value: { text: 'é', n: 1 }, etag: first });
      const second = await store.set('k', { n: 2 }, first);
      assert.notEqual(second, first);
      await assert.rejects(store.set('k', { n: 3 }, first), { code: 'STATE_CONFLICT' });
      await assert.rejects(store.set('k', { n: 3 }, undefined), { code: 'STATE_CONFLICT' });
      await store.delete('k');
      await store.delete('k');
      assert.equal(await store.get('k'), undefined);
    }));

  it('knows a lost write from a fault of the store, whatever status the component gives', () =>
    withSidecar(async (sidecar, store) => {
      const etag = await store.set('k', 1, undefined);
      sidecar.fault = (method) => (method === 'POST' ? { status: 500, body: 'etag mismatch' } : undefined);
      await assert.rejects(store.set('k', 2, 'other'), { code: 'STATE_CONFLICT' });
      await assert.rejects(store.set('k', 2, etag), {
        code: 'STATE_UNAVAILABLE',
        fatal: false,
        message: /500: etag mismatch/,
      });
    }));

  it('does not take an outage of the database for another writer, though Dapr calls it a mismatch', () =>
    withSidecar(async (sidecar, store) => {
      const etag = await store.set('k', 1, undefined);
      const mismatch = { status: 409, body: 'possible etag mismatch. error from state store: EOF' };
      sidecar.fault = (method) => (method === 'POST' ? mismatch : undefined);
      await assert.rejects(store.set('k', 2, etag), {
        code: 'STATE_UNAVAILABLE',
        fatal: false,
        message: /409: possible etag mismatch/,
      });
      await assert.rejects(store.set('k', 2, 'other'), { code: 'STATE_CONFLICT' });
      sidecar.fault = () => undefined;
      assert.notEqual(await store.set('k', 2, etag), etag);
    }));

  it('does not take the version of another writer for its own', () =>
    withSidecar(async (sidecar, store) => {
      const etag = await store.set('k', { owner: 'me' }, undefined);
      let posted = false;
      sidecar.fault = (method) => {
        if (method === 'POST') posted = true;
        // Between the write and the reading back of its ETag somebody else writes.
        else if (posted) sidecar.state.set('k', { text: '{"owner":"other"}', etag: 'theirs' });
        return undefined;
      };
      await assert.rejects(store.set('k', { owner: 'me', n: 2 }, etag), { code: 'STATE_CONFLICT' });
    }));

  it('names what is wrong with the store', () =>
    withSidecar(async (sidecar, store) => {
      const wrong = new DaprStateStore({ daprHttpPort: sidecar.port, storeName: 'other' });
      for (const act of [() => wrong.get('k'), () => wrong.set('k', 1, 'e'), () => wrong.delete('k')])
        await assert.rejects(act(), {
          code: 'STATE_REFUSED',
          fatal: true,
          message: /"other".*400.*state store other is not found/,
        });
      await wrong.close();
      sidecar.state.set('k', { text: 'not json', etag: '1' });
      await assert.rejects(store.get('k'), { code: 'STATE_CORRUPT', fatal: true });
      sidecar.fault = () => ({ status: 503 });
      await assert.rejects(store.get('k'), { code: 'STATE_UNAVAILABLE', fatal: false });
    }));

  it('carries a reactivator through lost answers without a false conflict', () =>
    withSidecar(async (sidecar, store) => {
      let posts = 0;
      sidecar.fault = (method) => {
        if (method !== 'POST') return undefined;
        posts += 1;
        // Every second write lands and is answered with an error.
        return posts % 2 === 0 ? { status: 500, applied: true } : undefined;
      };
      const publisher = new HookedPublisher();
      const reactivator = new Reactivator({
        sourceId: 's',
        fingerprint: 'f',
        state: store,
        publisher,
        clock: hastyClock,
        monitor: counting(6),
      });
      const stop = new AbortController();
      const done = reactivator.run(stop.signal);
      await until(() => reactivator.checkpoint === 6);
      stop.abort();
      await done;
      assert.deepEqual(
        parseChanges(publisher.changes).map((change) => change.id),
        ['n:1', 'n:2', 'n:3', 'n:4', 'n:5', 'n:6'],
      );
    }));
});
