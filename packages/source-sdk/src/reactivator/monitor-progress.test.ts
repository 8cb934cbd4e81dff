import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HookedPublisher, HookedStore, ManualClock, aborted, until, upsert } from '../../test/helpers.ts';
import type { ChangeBatch, Monitor, MonitorContext } from '../contracts.ts';
import { Reactivator } from './reactivator.ts';

const LIMIT = 60_000;

function rig(monitor: Monitor) {
  const clock = new ManualClock();
  const publisher = new HookedPublisher();
  const reactivator = new Reactivator({
    sourceId: 'src',
    fingerprint: 'f',
    state: new HookedStore(),
    publisher,
    clock,
    monitor,
    stalledAfterMs: LIMIT,
    port: 0,
  });
  const stop = new AbortController();
  const done = reactivator.run(stop.signal);
  const healthz = async (): Promise<readonly [number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${reactivator.address!.port}/healthz`);
    return [answer.status, await answer.text()];
  };
  return { clock, publisher, reactivator, healthz, end: () => (stop.abort(), done) };
}

/** A monitor whose second batch is what the test makes of it. */
function then(act: (context: MonitorContext) => Promise<void>): Monitor {
  return async function* monitor(context): AsyncGenerator<ChangeBatch> {
    yield { changes: [], checkpoint: 1 };
    await act(context);
    yield { changes: [], checkpoint: 2 };
    await aborted(context.signal);
  };
}

describe('health of a monitor', () => {
  it('fails when a poll hangs', async () => {
    const at = rig(then(({ signal }) => aborted(signal)));
    await until(() => at.reactivator.checkpoint === 1);
    at.clock.advance(LIMIT);
    assert.equal((await at.healthz())[0], 200, 'not before the limit');
    at.clock.advance(5_000);
    const [status, text] = await at.healthz();
    assert.equal(status, 503);
    assert.match(text, /the monitor hangs: it gave no sign of life for 65 s/);
    await at.end();
  });

  it('does not fail while it sleeps, however long, and begins to count when it wakes', async () => {
    const at = rig(then(async ({ sleep, signal }) => (await sleep(10 * LIMIT), await aborted(signal))));
    await until(() => at.clock.sleeping > 0);
    at.clock.advance(9 * LIMIT);
    assert.equal((await at.healthz())[0], 200);
    at.clock.advance(LIMIT);
    await until(() => at.clock.sleeping === 0);
    at.clock.advance(LIMIT);
    assert.equal((await at.healthz())[0], 200);
    at.clock.advance(1);
    assert.equal((await at.healthz())[0], 503);
    await at.end();
  });

  it('begins to count when something ends its sleep early', async () => {
    const came = new AbortController();
    const at = rig(
      then(async ({ sleep, signal }) => (await sleep(10 * LIMIT, came.signal), await aborted(signal))),
    );
    await until(() => at.clock.sleeping > 0);
    at.clock.advance(2 * LIMIT);
    assert.equal((await at.healthz())[0], 200);
    came.abort();
    assert.equal((await at.healthz())[0], 200);
    at.clock.advance(LIMIT);
    assert.equal((await at.healthz())[0], 200);
    at.clock.advance(1);
    assert.equal((await at.healthz())[0], 503);
    await at.end();
  });

  it('does not fail while the monitor says that it is alive', async () => {
    let alive = (): void => undefined;
    const at = rig(then((context) => ((alive = context.alive), aborted(context.signal))));
    await until(() => at.reactivator.checkpoint === 1);
    for (let step = 0; step < 5; step++) {
      at.clock.advance(LIMIT);
      assert.equal((await at.healthz())[0], 200);
      alive();
    }
    at.clock.advance(LIMIT + 1);
    assert.equal((await at.healthz())[0], 503);
    await at.end();
  });

  it('does not blame the monitor for a publish that takes long', async () => {
    let go: () => void = () => undefined;
    const at = rig(async function* monitor({ signal }): AsyncGenerator<ChangeBatch> {
      yield { changes: [upsert('n:1')], checkpoint: 1 };
      await aborted(signal);
    });
    at.publisher.before = () => new Promise<void>((resolve) => (go = resolve));
    await until(() => at.publisher.calls === 1);
    at.clock.advance(10 * LIMIT);
    assert.equal((await at.healthz())[0], 200);
    go();
    await at.end();
  });
});
