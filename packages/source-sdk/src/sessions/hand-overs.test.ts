import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeSidecar } from '../../test/fake-sidecar.ts';
import { HookedPublisher, HookedStore, aborted, hastyClock, transient, until } from '../../test/helpers.ts';
import { MAX_HAND_OVER_BYTES } from '../contracts.ts';
import type { ChangeBatch } from '../contracts.ts';
import { FatalSourceError } from '../errors.ts';
import { Reactivator } from '../reactivator/reactivator.ts';
import { DaprSessions } from './dapr-sessions.ts';
import type { HandOver } from './hand-overs.ts';
import { InProcessSessions } from './in-process-sessions.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const soon = (): AbortSignal => AbortSignal.timeout(5_000);

function start(state: HookedStore, handOver?: HandOver, deprovision?: () => Promise<void>) {
  const reactivator = new Reactivator({
    sourceId: 's',
    fingerprint: 'f',
    state,
    publisher: new HookedPublisher(),
    port: 0,
    // A monitor that is busy for ever after its first checkpoint: a hand-over must not wait for it (R8).
    monitor: async function* monitor({ signal }): AsyncGenerator<ChangeBatch> {
      yield { changes: [], checkpoint: 1 };
      await aborted(signal);
    },
    ...(handOver === undefined ? {} : { handOver }),
    ...(deprovision === undefined ? {} : { deprovision }),
  });
  const stop = new AbortController();
  const done = reactivator.run(stop.signal);
  done.catch(() => undefined);
  return { reactivator, end: () => (stop.abort(), done) };
}

async function rig(handOver?: HandOver, deprovision?: () => Promise<void>) {
  const sidecar = await FakeSidecar.start();
  const state = new HookedStore();
  let at = start(state, handOver, deprovision);
  const appear = async (): Promise<void> => {
    await until(() => at.reactivator.address !== undefined && at.reactivator.checkpoint === 1);
    sidecar.apps.set('s-reactivator', at.reactivator.address!.port);
  };
  await appear();
  const dapr = new DaprSessions({
    appId: 's-reactivator',
    daprHttpPort: sidecar.port,
    clock: hastyClock,
    attempts: 3,
  });
  const handOverRequests = (): number =>
    sidecar.requests.filter((line) => line.endsWith('/hand-over')).length;
  return {
    sidecar,
    state,
    dapr,
    handOverRequests,
    appear,
    here: () => new InProcessSessions(at.reactivator.sessions, { clock: hastyClock }),
    get reactivator() {
      return at.reactivator;
    },
    stop: async () => {
      sidecar.apps.clear();
      await at.end();
    },
    restart: () => {
      at = start(state, handOver, deprovision);
    },
    async [Symbol.asyncDispose]() {
      await at.end();
      await Promise.all([dapr.disconnect(), sidecar.stop()]);
    },
  };
}

describe('hand-overs', () => {
  it('arrive as the bytes they are, and resolve only once they are durable', async () => {
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    const taken: [string, Buffer][] = [];
    let durable: () => void = () => undefined;
    await using at = await rig(async (id, payload) => {
      await new Promise<void>((resolve) => (durable = resolve));
      taken.push([id, Buffer.from(payload)]);
    });
    for (const sessions of [at.dapr, at.here()]) {
      taken.length = 0;
      const id = await sessions.open(['N'], soon());
      let resolved = false;
      const handing = sessions.handOver(id, all, soon()).then(() => (resolved = true));
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(resolved, false);
      durable();
      await handing;
      assert.deepEqual(taken, [[id, Buffer.from(all)]]);
    }
  });

  it('of two sessions at once do not wait for each other', async () => {
    const waiting = new Map<string, () => void>();
    await using at = await rig(
      (_id, payload) => new Promise((resolve) => waiting.set(Buffer.from(payload).toString(), resolve)),
    );
    const ids = await Promise.all([at.dapr.open(['A'], soon()), at.here().open(['B'], soon())]);
    const first = at.dapr.handOver(ids[0], bytes('a'), soon());
    await until(() => waiting.has('a'));
    const second = at.here().handOver(ids[1], bytes('b'), soon());
    await until(() => waiting.has('b'));
    waiting.get('b')?.();
    await second;
    waiting.get('a')?.();
    await first;
  });

  it('are repeated when the answer is lost or the source fails for a moment', async () => {
    const taken: string[] = [];
    let failures = 2;
    await using at = await rig(async (_id, payload) => {
      taken.push(Buffer.from(payload).toString());
      if (failures-- > 0) throw transient();
    });
    const id = await at.dapr.open(['N'], soon());
    let lost = 2;
    at.sidecar.fault = () => (lost-- > 0 ? { status: 500, applied: true } : undefined);
    await at.dapr.handOver(id, bytes('x'), soon());
    assert.deepEqual(taken, ['x', 'x', 'x']);
    failures = 2;
    await at.here().handOver(id, bytes('y'), soon());
    assert.deepEqual(taken.slice(3), ['y', 'y', 'y']);
  });

  it('wait for a reactivator that starts again, which still knows the session', async () => {
    const taken: string[] = [];
    await using at = await rig(async (_id, payload) => {
      taken.push(Buffer.from(payload).toString());
    });
    const id = await at.dapr.open(['N'], soon());
    await at.stop();
    const handing = at.dapr.handOver(id, bytes('x'), soon());
    await until(() => at.handOverRequests() > 2);
    at.restart();
    await at.appear();
    await handing;
    assert.deepEqual(taken, ['x']);
  });

  it('are answered with 503 before the state is loaded, not as those of an unknown session', async () => {
    await using at = await rig(() => Promise.resolve());
    const id = await at.dapr.open(['N'], soon());
    await at.stop();
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const get = at.state.get.bind(at.state);
    at.state.get = (key) => gate.then(() => get(key));
    at.restart();
    await until(() => at.reactivator.address !== undefined);
    at.sidecar.apps.set('s-reactivator', at.reactivator.address!.port);
    const before = at.handOverRequests();
    const handing = at.dapr.handOver(id, bytes('x'), soon());
    await until(() => at.handOverRequests() > before + 2);
    go();
    await handing;
  });

  it('of a session that is unknown are told so; one that counts as abandoned may still hand over', async () => {
    const taken: string[] = [];
    await using at = await rig(async (_id, payload) => {
      taken.push(Buffer.from(payload).toString());
    });
    const id = await at.dapr.open(['N'], soon());
    await at.dapr.abandon(id);
    await at.dapr.handOver(id, bytes('late'), soon());
    await at.here().handOver(id, bytes('later'), soon());
    for (const sessions of [at.dapr, at.here()])
      await assert.rejects(sessions.handOver('x', bytes('x'), soon()), { code: 'UNKNOWN_SESSION' });
    assert.deepEqual(taken, ['late', 'later']);
  });

  it('that can never be taken are refused at once', async () => {
    await using none = await rig();
    await using failing = await rig(() => Promise.reject(new FatalSourceError('GAP', 'the index is lost')));
    for (const [at, text] of [
      [none, /takes no hand-overs/],
      [failing, /the index is lost/],
    ] as const) {
      const id = await at.dapr.open(['N'], soon());
      await assert.rejects(at.dapr.handOver(id, bytes('x'), soon()), {
        code: 'HAND_OVER_REFUSED',
        message: text,
      });
      await assert.rejects(at.here().handOver(id, bytes('x'), soon()), { fatal: true, message: text });
      assert.equal(at.handOverRequests(), 1);
    }
  });

  it('carry up to 1 MB', async () => {
    const sizes: number[] = [];
    await using at = await rig(async (_id, payload) => {
      sizes.push(payload.byteLength);
    });
    const id = await at.dapr.open(['N'], soon());
    const [most, more] = [new Uint8Array(MAX_HAND_OVER_BYTES), new Uint8Array(MAX_HAND_OVER_BYTES + 1)];
    for (const sessions of [at.dapr, at.here()]) {
      await sessions.handOver(id, most, soon());
      await assert.rejects(sessions.handOver(id, more, soon()), { code: 'HAND_OVER_REFUSED' });
    }
    assert.deepEqual(sizes, [MAX_HAND_OVER_BYTES, MAX_HAND_OVER_BYTES]);
    const url = `http://127.0.0.1:${at.reactivator.address!.port}/bootstrap-sessions/${id}/hand-over`;
    const post = async (type: string, body: Uint8Array<ArrayBuffer>): Promise<number> =>
      (await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })).status;
    assert.equal(await post('application/octet-stream', more), 413);
    assert.equal(await post('application/json', new Uint8Array(1)), 400);
  });

  it('under way end before the source deletes its state, and none is taken afterwards (R24)', async () => {
    const log: string[] = [];
    let durable: () => void = () => undefined;
    await using at = await rig(
      async () => {
        await new Promise<void>((resolve) => (durable = resolve));
        log.push('handed over');
      },
      async () => {
        log.push('deprovisioned');
      },
    );
    const id = await at.dapr.open(['N'], soon());
    const handing = at.dapr.handOver(id, bytes('x'), soon());
    await until(() => at.handOverRequests() === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const ending = at.reactivator.deprovision();
    await new Promise((resolve) => setTimeout(resolve, 20));
    durable();
    await Promise.all([handing, ending]);
    await assert.rejects(at.here().handOver(id, bytes('y'), soon()), { code: 'DEPROVISIONED' });
    assert.deepEqual(log, ['handed over', 'deprovisioned']);
  });
});
