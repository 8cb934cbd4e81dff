import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  HookedPublisher,
  HookedStore,
  ManualClock,
  aborted,
  counting,
  hastyClock,
  parseChanges,
  recordingLogger,
  transient,
  until,
  upsert,
} from '../../test/helpers.ts';
import { cleanEnd, stored } from '../../test/pods.ts';
import type { ChangeBatch, JsonValue } from '../index.ts';
import { systemClock } from '../clock.ts';
import { FatalSourceError } from '../errors.ts';
import { Reactivator } from './reactivator.ts';
import type { ReactivatorOptions } from './reactivator-options.ts';
import { STATE_KEY } from './state-record.ts';
import type { StateRecord } from './state-record.ts';

interface Rig {
  readonly reactivator: Reactivator;
  readonly publisher: HookedPublisher;
  readonly state: HookedStore;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

function start(
  options: Partial<ReactivatorOptions> & { publisher?: HookedPublisher; state?: HookedStore } = {},
): Rig {
  const publisher = options.publisher ?? new HookedPublisher();
  const state = options.state ?? new HookedStore();
  const reactivator = new Reactivator({
    sourceId: 'src',
    fingerprint: 'f1',
    monitor: counting(3),
    clock: hastyClock,
    terminationLogPath: '/nonexistent/termination-log',
    ...options,
    publisher,
    state,
  });
  const stop = new AbortController();
  const done = reactivator.run(stop.signal);
  done.catch(() => undefined);
  return { reactivator, publisher, state, stop, done };
}

const checkpointIn = (value: JsonValue): unknown => (value as unknown as StateRecord).checkpoint;

describe('Reactivator: order of publish, acknowledgement and checkpoint (I2)', () => {
  it('stores a checkpoint only after the acknowledgement of everything before it', async () => {
    const log: string[] = [];
    const publisher = new HookedPublisher();
    publisher.before = async (call) => {
      log.push(`publish ${call}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push(`acknowledged ${call}`);
    };
    const state = new HookedStore();
    state.onSet = (value) => void log.push(`checkpoint ${JSON.stringify(checkpointIn(value) ?? 0)}`);
    const rig = start({ publisher, state });
    await until(() => rig.reactivator.checkpoint === 3);
    await cleanEnd(rig);
    assert.deepEqual(log, [
      'checkpoint 0',
      ...[1, 2, 3].flatMap((n) => [`publish ${n}`, `acknowledged ${n}`, `checkpoint ${n}`]),
    ]);
    assert.equal(rig.reactivator.status, 'stopped');
  });

  it('repeats a publish in doubt, in order, and stores nothing meanwhile', async () => {
    const publisher = new HookedPublisher();
    publisher.before = (call) => {
      if (call === 1 || call === 2) throw transient();
    };
    publisher.after = (call) => {
      // It arrived, but its answer was lost.
      if (call === 3) throw transient();
    };
    const rig = start({ publisher });
    await until(() => rig.reactivator.checkpoint === 3);
    await cleanEnd(rig);
    const changes = parseChanges(publisher.changes);
    assert.deepEqual(
      changes.map((change) => change.id),
      ['n:1', 'n:1', 'n:2', 'n:3'],
    );
    assertIncreasing(changes.map((change) => change.lsn));
  });

  it('repeats what was published when the checkpoint was not stored (crash between the two)', async () => {
    const state = new HookedStore();
    const publisher = new HookedPublisher();
    state.onSet = (value) => {
      if (checkpointIn(value) === 2) throw new FatalSourceError('CRASH', 'the process dies here');
    };
    const first = start({ state, publisher });
    await assert.rejects(first.done, { code: 'CRASH' });
    assert.equal((await stored(state)).checkpoint, 1);
    state.onSet = () => undefined;
    const second = start({ state, publisher });
    await until(() => second.reactivator.checkpoint === 3);
    await cleanEnd(second);
    const changes = parseChanges(publisher.changes);
    assert.deepEqual(
      changes.map((change) => change.id),
      ['n:1', 'n:2', 'n:2', 'n:3'],
    );
    assertIncreasing(changes.map((change) => change.lsn));
  });

  it('writes nothing for an empty batch with the checkpoint that is stored, and something for a new one', async () => {
    const state = new HookedStore();
    let polls = 0;
    const rig = start({
      state,
      monitor: async function* monitor({ signal }): AsyncGenerator<ChangeBatch> {
        for (const cursor of ['a', 'a', 'a', 'b']) {
          polls += 1;
          yield { changes: [], checkpoint: { cursor } };
        }
        await aborted(signal);
      },
    });
    await until(() => polls === 4 && state.writes.length === 3);
    await cleanEnd(rig);
    assert.deepEqual(state.writes.map(checkpointIn), [undefined, { cursor: 'a' }, { cursor: 'b' }]);
    assert.equal(rig.publisher.calls, 0);
  });

  it('keeps every publish within maxBatchBytes and loses nothing by cutting', async () => {
    const publisher = new HookedPublisher({ maxBatchBytes: 2_000 });
    const changes = Array.from({ length: 40 }, (_, index) =>
      upsert(`n:${index}`, { text: 'x'.repeat(index * 10) }),
    );
    changes.push(upsert('big', { text: 'x'.repeat(5_000) }), upsert('last'));
    const rig = start({
      publisher,
      monitor: async function* monitor({ signal }): AsyncGenerator<ChangeBatch> {
        yield { changes, checkpoint: 'end' };
        await aborted(signal);
      },
    });
    await until(() => rig.reactivator.checkpoint === 'end');
    await cleanEnd(rig);
    assert.deepEqual(
      parseChanges(publisher.changes).map((change) => change.id),
      changes.map((change) => change.element.id),
    );
    assert.ok(
      publisher.batches.length > 10 && publisher.batches.length < 30,
      String(publisher.batches.length),
    );
    for (const batch of publisher.batches) {
      const size = batch.reduce((sum, text) => sum + text.length + 1, 2);
      assert.ok(size <= 2_000 || batch.length === 1, `${batch.length} changes in ${size} bytes`);
    }
  });
});

function assertIncreasing(lsns: readonly number[]): void {
  for (let i = 1; i < lsns.length; i++) assert.ok(lsns[i]! > lsns[i - 1]!, `${lsns[i]} after ${lsns[i - 1]}`);
}

describe('Reactivator: lsn (R12)', () => {
  it('never repeats one across restarts, however small the blocks', async () => {
    const state = new HookedStore();
    const publisher = new HookedPublisher();
    for (let run = 1; run <= 5; run++) {
      const last = run * 7;
      const rig = start({ state, publisher, lsnBlockSize: 3, monitor: counting(last, 2) });
      await until(() => rig.reactivator.checkpoint === last);
      const highest = parseChanges(publisher.changes).at(-1)!.lsn;
      assert.ok(
        Number((await stored(state)).lsn) >= highest,
        'the mark is durable before the numbers are used',
      );
      await cleanEnd(rig);
    }
    const changes = parseChanges(publisher.changes);
    assert.equal(changes.length, 35);
    assertIncreasing(changes.map((change) => change.lsn));
  });
});

describe('Reactivator: faults', () => {
  it('starts a monitor that failed again from the last checkpoint', async () => {
    const seen: unknown[] = [];
    let ended = 0;
    const rig = start({
      monitor: async function* monitor({ checkpoint, signal }): AsyncGenerator<ChangeBatch> {
        seen.push(checkpoint);
        try {
          const next = Number(checkpoint ?? 0) + 1;
          yield { changes: [upsert(`n:${next}`)], checkpoint: next };
          if (next < 3) throw transient('the source hiccups');
          await aborted(signal);
        } finally {
          ended += 1;
        }
      },
    });
    await until(() => rig.reactivator.checkpoint === 3);
    assert.deepEqual(seen, [undefined, 1, 2]);
    assert.equal(ended, 2);
    await cleanEnd(rig);
    assert.equal(ended, 3, 'the generator was ended before run resolved');
  });

  it('lets the monitor clean up before run ends, so that its successor is alone', async () => {
    let running = 0;
    const rig = start({
      graceMs: 5_000,
      clock: { ...hastyClock, sleep: (ms, signal) => systemClock.sleep(ms === 5_000 ? ms : 1, signal) },
      monitor: async function* monitor({ signal }): AsyncGenerator<ChangeBatch> {
        running += 1;
        try {
          yield { changes: [upsert('')], checkpoint: 1 };
          await aborted(signal);
        } finally {
          await new Promise((resolve) => setTimeout(resolve, 20));
          running -= 1;
        }
      },
    });
    await assert.rejects(rig.done, { code: 'BAD_ELEMENT' });
    assert.equal(running, 0);
  });

  it('starts a monitor that ended again', async () => {
    let starts = 0;
    const logger = recordingLogger();
    const rig = start({
      logger,
      monitor: async function* monitor({ signal }): AsyncGenerator<ChangeBatch> {
        starts += 1;
        yield { changes: [] };
        if (starts === 3) await aborted(signal);
      },
    });
    await until(() => starts === 3);
    await cleanEnd(rig);
    assert.ok(logger.lines.some((line) => line.includes('ended without being told to')));
  });

  it('ends on a fatal error with its message in the termination log', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sdk-'));
    const path = join(directory, 'termination-log');
    await writeFile(path, '');
    const rig = start({
      terminationLogPath: path,
      monitor: async function* monitor(): AsyncGenerator<ChangeBatch> {
        yield { changes: [], checkpoint: 1 };
        throw new FatalSourceError('NO_TABLE', 'the table does not exist');
      },
    });
    await assert.rejects(rig.done, { code: 'NO_TABLE' });
    assert.equal(await readFile(path, 'utf8'), 'NO_TABLE: the table does not exist\n');
    assert.equal(rig.reactivator.status, 'failed');
    assert.match(rig.reactivator.health() ?? '', /failed/);
    await rm(directory, { recursive: true });
  });

  it('ends on an element that would break a query, and publishes nothing of its group', async () => {
    const rig = start({
      monitor: async function* monitor(): AsyncGenerator<ChangeBatch> {
        yield { changes: [upsert('good'), upsert('')], checkpoint: 1 };
      },
    });
    await assert.rejects(rig.done, { code: 'BAD_ELEMENT' });
    assert.equal(rig.publisher.calls, 0);
    assert.equal((await stored(rig.state)).checkpoint, undefined);
  });

  it('waits for a state store that comes late', async () => {
    const state = new HookedStore();
    let reads = 0;
    state.get = ((get) => (key: string) => {
      reads += 1;
      return reads < 4 ? Promise.reject(transient()) : get.call(state, key);
    })(state.get.bind(state));
    const rig = start({ state });
    await until(() => rig.reactivator.checkpoint === 3);
    await cleanEnd(rig);
  });
});

describe('Reactivator: one writer (I7)', () => {
  it('goes on when a conflict is its own write whose answer was lost', async () => {
    const state = new HookedStore();
    state.afterSet = (_value, count) => {
      if (count === 1 || count === 3) throw transient('the answer is lost');
    };
    const rig = start({ state });
    await until(() => rig.reactivator.checkpoint === 3);
    await cleanEnd(rig);
    assert.equal(state.writes.length, 4, 'no write was made twice');
  });

  it('stops when another reactivator took the record, and publishes no more', async () => {
    const state = new HookedStore();
    const old = start({ state, instanceId: 'old', monitor: counting(1) });
    await until(() => old.reactivator.checkpoint === 1);
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const stalled = new HookedPublisher();
    stalled.before = (call) => {
      if (call === 1) throw transient();
      return gate;
    };
    await cleanEnd(old);
    const zombie = start({ state, publisher: stalled, instanceId: 'zombie', monitor: counting(2) });
    await until(() => stalled.calls === 2);
    const fresh = start({ state, instanceId: 'fresh', monitor: counting(4) });
    await until(() => fresh.reactivator.checkpoint === 4);
    go();
    await assert.rejects(zombie.done, { code: 'ANOTHER_REACTIVATOR', message: /"fresh"/ });
    assert.equal((await stored(state)).checkpoint, 4, 'the checkpoint of the new one stands');
    await cleanEnd(fresh);
  });

  it('asks whether the record is still its own before it publishes after a stall (R21 zombie publisher)', async () => {
    const state = new HookedStore();
    const clock = new ManualClock();
    const feed: (() => void)[] = [];
    const zombie = start({
      state,
      clock,
      monitor: async function* monitor({ signal }): AsyncGenerator<ChangeBatch> {
        for (let n = 1; !signal.aborted; n++) {
          yield { changes: [upsert(`old:${n}`)], checkpoint: n };
          await Promise.race([aborted(signal), new Promise<void>((resolve) => feed.push(resolve))]);
        }
      },
    });
    await until(() => zombie.reactivator.checkpoint === 1);
    feed.shift()!();
    await until(() => zombie.reactivator.checkpoint === 2);
    assert.equal(zombie.publisher.calls, 2, 'its own record does not stop it');
    const fresh = start({ state, clock, monitor: counting(5) });
    await until(() => fresh.reactivator.checkpoint === 5);
    clock.advance(60_000);
    feed.shift()!();
    await assert.rejects(zombie.done, { code: 'ANOTHER_REACTIVATOR' });
    assert.equal(zombie.publisher.calls, 2);
    await cleanEnd(fresh);
  });

  it('ends the retries of a publish as soon as the record is another one’s', async () => {
    const state = new HookedStore();
    const publisher = new HookedPublisher();
    publisher.before = (call, signal) => {
      if (call === 2) return aborted(signal).then(() => signal.throwIfAborted());
      return undefined;
    };
    const old = start({ state, publisher, graceMs: 60_000, clock: new ManualClock() });
    await until(() => publisher.calls === 2);
    const fresh = start({ state });
    await until(() => fresh.reactivator.checkpoint === 3);
    // A bootstrap asks the old one for a session: that is how it learns.
    await assert.rejects(old.reactivator.sessions.open(['N']), { code: 'ANOTHER_REACTIVATOR' });
    await assert.rejects(old.done, { code: 'ANOTHER_REACTIVATOR' });
    await cleanEnd(fresh);
  });

  it('refuses the state of another configuration without touching it', async () => {
    const state = new HookedStore();
    const first = start({ state });
    await until(() => first.reactivator.checkpoint === 3);
    await cleanEnd(first);
    const before = state.writes.length;
    const second = start({ state, fingerprint: 'f2' });
    await assert.rejects(second.done, { code: 'FINGERPRINT_MISMATCH', message: /f1.*f2.*delete the source/ });
    assert.equal(state.writes.length, before);
  });

  it('refuses state that is newer, or not its own', async () => {
    for (const [value, code] of [
      [{ format: 2, anything: true }, 'STATE_TOO_NEW'],
      [{ format: 1, fingerprint: 'f1' }, 'STATE_CORRUPT'],
      ['text', 'STATE_CORRUPT'],
    ] as const) {
      const state = new HookedStore();
      await state.set(STATE_KEY, value, undefined);
      const rig = start({ state });
      await assert.rejects(rig.done, { code });
      assert.equal(state.writes.length, 1);
    }
  });
});

describe('Reactivator: stop (I12)', () => {
  it('finishes the batch in flight and its checkpoint', async () => {
    const publisher = new HookedPublisher();
    let go: () => void = () => undefined;
    // As all publishers do, it ends with its signal.
    publisher.before = (_call, signal) =>
      Promise.race([
        new Promise<void>((resolve) => (go = resolve)),
        aborted(signal).then(() => signal.throwIfAborted()),
      ]);
    const rig = start({ publisher, clock: new ManualClock() });
    await until(() => publisher.calls === 1);
    rig.stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(rig.reactivator.status, 'draining');
    go();
    await rig.done;
    assert.equal(publisher.calls, 1, 'no further batch was begun');
    assert.equal((await stored(rig.state)).checkpoint, 1);
  });

  it('gives up a batch that is not acknowledged within the grace period', async () => {
    const publisher = new HookedPublisher();
    publisher.before = (_call, signal) => aborted(signal).then(() => signal.throwIfAborted());
    const clock = new ManualClock();
    const rig = start({ publisher, clock, graceMs: 20_000 });
    await until(() => publisher.calls === 1);
    rig.stop.abort();
    await until(() => clock.sleeping > 0);
    clock.advance(20_000);
    await rig.done;
    assert.equal((await stored(rig.state)).checkpoint, undefined);
  });

  it('does not wait for a monitor that ignores its signal for longer than the grace period', async () => {
    const clock = new ManualClock();
    const rig = start({
      clock,
      monitor: async function* monitor(): AsyncGenerator<ChangeBatch> {
        yield { changes: [], checkpoint: 1 };
        await new Promise(() => undefined);
      },
    });
    await until(() => rig.reactivator.checkpoint === 1);
    rig.stop.abort();
    await until(() => clock.sleeping > 0);
    clock.advance(20_000);
    await rig.done;
  });
});

describe('Reactivator: deprovision (R24)', () => {
  it('drains, calls the author, deletes the state, and nothing recreates it', async () => {
    const log: string[] = [];
    const publisher = new HookedPublisher();
    let go: () => void = () => undefined;
    publisher.before = (call) => (call === 2 ? new Promise<void>((resolve) => (go = resolve)) : undefined);
    const state = new HookedStore();
    state.onDelete = () => log.push('state deleted');
    const rig = start({
      publisher,
      state,
      clock: new ManualClock(),
      deprovision: async () => {
        log.push(`author, checkpoint ${JSON.stringify((await stored(state)).checkpoint)}`);
      },
    });
    await until(() => publisher.calls === 2);
    const deprovisioned = rig.reactivator.deprovision();
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(log, []);
    const late = rig.reactivator.sessions.open(['N']);
    go();
    await deprovisioned;
    await late.catch(() => undefined);
    assert.deepEqual(log, ['author, checkpoint 2', 'state deleted']);
    await assert.rejects(rig.reactivator.sessions.open(['N']), { code: 'DEPROVISIONED' });
    assert.deepEqual(state.keys(), []);
    assert.equal(rig.reactivator.status, 'deprovisioned');
    assert.equal(
      rig.reactivator.health(),
      undefined,
      'stays alive, or it would be started again and begin anew',
    );
    await cleanEnd(rig);
    assert.deepEqual(state.keys(), []);
    assert.equal(publisher.calls, 2);
  });

  it('over HTTP answers 500 when the author fails, and can be repeated', async () => {
    let attempts = 0;
    const rig = start({
      port: 0,
      deprovision: async () => {
        attempts += 1;
        if (attempts === 1) throw new Error('the blob store is away');
      },
    });
    await until(() => rig.reactivator.checkpoint === 3);
    const base = `http://127.0.0.1:${rig.reactivator.address!.port}`;
    const first = await fetch(`${base}/deprovision`, { method: 'POST' });
    assert.equal(first.status, 500);
    assert.match(await first.text(), /the blob store is away/);
    assert.deepEqual(rig.state.keys(), [STATE_KEY]);
    const second = await fetch(`${base}/deprovision`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(second.status, 204);
    assert.deepEqual(rig.state.keys(), []);
    await cleanEnd(rig);
  });
});

describe('Reactivator: HTTP', () => {
  it('serves health and readiness, and says when the source is not well', async () => {
    const well: { problem?: string } = {};
    const rig = start({ port: 0, unhealthy: () => well.problem });
    await until(() => rig.reactivator.checkpoint === 3);
    const base = `http://127.0.0.1:${rig.reactivator.address!.port}`;
    assert.equal((await fetch(`${base}/healthz`)).status, 200);
    assert.equal((await fetch(`${base}/readyz`)).status, 200);
    well.problem = 'the poll hangs';
    const sick = await fetch(`${base}/healthz`);
    assert.equal(sick.status, 503);
    assert.match(await sick.text(), /the poll hangs/);
    assert.equal((await fetch(`${base}/nothing`)).status, 404);
    await cleanEnd(rig);
    await assert.rejects(fetch(`${base}/healthz`), 'the server is closed');
  });

  it('refuses a port that is taken with a clear error', async () => {
    const rig = start({ port: 0 });
    await until(() => rig.reactivator.address !== undefined);
    const second = start({ port: rig.reactivator.address!.port });
    await assert.rejects(second.done, {
      code: 'BAD_CONFIGURATION',
      message: /cannot listen on 127\.0\.0\.1:\d+/,
    });
    await cleanEnd(rig);
  });

  it('refuses the name Drasi keeps for itself', () => {
    assert.throws(() => start({ sourceId: 'DRASI' }), {
      code: 'BAD_CONFIGURATION',
      message: /rename the Source/,
    });
  });
});
