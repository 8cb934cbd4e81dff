import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeSidecar } from '../../test/fake-sidecar.ts';
import { HookedPublisher, HookedStore, aborted, hastyClock, until } from '../../test/helpers.ts';
import type { ChangeBatch, MonitorContext } from '../contracts.ts';
import { Reactivator } from '../reactivator/reactivator.ts';
import { STATE_KEY } from '../reactivator/state-record.ts';
import { DaprSessions } from './dapr-sessions.ts';
import { InProcessSessions } from './in-process-sessions.ts';

async function rig() {
  const sidecar = await FakeSidecar.start();
  const state = new HookedStore();
  let first: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (first = resolve));
  let context: MonitorContext | undefined;
  const reactivator = new Reactivator({
    sourceId: 's',
    fingerprint: 'f',
    state,
    publisher: new HookedPublisher(),
    port: 0,
    monitor: async function* monitor(given): AsyncGenerator<ChangeBatch> {
      context = given;
      await Promise.race([gate, aborted(given.signal)]);
      yield { changes: [], checkpoint: 1 };
      await aborted(given.signal);
    },
  });
  const stop = new AbortController();
  const done = reactivator.run(stop.signal);
  await until(() => reactivator.address !== undefined && reactivator.status === 'running');
  const sessions = new DaprSessions({
    appId: 's-reactivator',
    daprHttpPort: sidecar.port,
    clock: hastyClock,
    attempts: 3,
  });
  return {
    sidecar,
    reactivator,
    sessions,
    checkpoint: first,
    abandoned: () => context!.abandonedSessions(),
    stored: async () =>
      ((await state.get(STATE_KEY))!.value as { sessions: { id: string; labels: string[] }[] }).sessions,
    appear: () => sidecar.apps.set('s-reactivator', reactivator.address!.port),
    end: async () => {
      stop.abort();
      await done;
      await Promise.all([sessions.disconnect(), sidecar.stop()]);
    },
  };
}

describe('DaprSessions', () => {
  it('waits for the reactivator and its first checkpoint, then holds one session', async () => {
    const at = await rig();
    const opening = at.sessions.open(['N', 'é'], AbortSignal.timeout(5_000));
    await until(() => at.sidecar.requests.length > 1);
    at.appear();
    const before = at.sidecar.requests.length;
    await until(() => at.sidecar.requests.length > before + 1);
    at.checkpoint();
    const id = await opening;
    assert.deepEqual(await at.stored(), [{ id, labels: ['N', 'é'] }]);
    await at.sessions.renew(id);
    await at.sessions.close(id);
    assert.deepEqual(await at.stored(), []);
    await assert.rejects(at.sessions.renew(id), { code: 'UNKNOWN_SESSION' });
    await at.end();
  });

  it('tells the checkpoint that the reactivator holds, once there is one', async () => {
    const at = await rig();
    at.appear();
    const asked = at.sessions.checkpoint(AbortSignal.timeout(5_000));
    await until(() => at.sidecar.requests.filter((line) => line.includes('/checkpoint')).length > 1);
    at.checkpoint();
    assert.equal(await asked, 1);
    assert.equal(await new InProcessSessions(at.reactivator.sessions).checkpoint(), 1);
    at.sidecar.fault = () => ({ status: 500 });
    await assert.rejects(at.sessions.checkpoint(AbortSignal.timeout(50)));
    await at.end();
  });

  it('opens one session although answers are lost', async () => {
    const at = await rig();
    at.appear();
    at.checkpoint();
    await until(() => at.reactivator.checkpoint === 1);
    let lost = 0;
    at.sidecar.fault = () => {
      lost += 1;
      return lost <= 3 ? { status: 500, applied: true } : undefined;
    };
    const id = await at.sessions.open(['N'], AbortSignal.timeout(5_000));
    assert.deepEqual(
      (await at.stored()).map((session) => session.id),
      [id],
    );
    lost = 0;
    await at.sessions.abandon(id);
    assert.deepEqual(at.abandoned(), [{ id, labels: ['N'] }]);
    await at.end();
  });

  it('gives up with the signal, and never throws for a passing fault of renew, close and abandon', async () => {
    const at = await rig();
    at.appear();
    await assert.rejects(at.sessions.open(['N'], AbortSignal.timeout(30)));
    at.sidecar.fault = () => ({ status: 500 });
    await at.sessions.renew('x');
    await at.sessions.close('x');
    await at.sessions.abandon('x');
    const verbs = at.sidecar.requests
      .filter((line) => line.includes('/x/'))
      .map((line) => line.split('/').at(-1));
    assert.deepEqual(verbs, [
      ...Array.from({ length: 4 }, () => 'renew'),
      'close',
      'close',
      'close',
      'abandon',
      'abandon',
      'abandon',
    ]);
    await at.end();
  });

  it('is told at once when the request itself is wrong', async () => {
    const at = await rig();
    at.appear();
    const wrong = [1] as unknown as string[];
    await assert.rejects(at.sessions.open(wrong, AbortSignal.timeout(5_000)), {
      code: 'BAD_REQUEST',
      message: /labels\[0\]/,
    });
    await at.end();
  });
});
