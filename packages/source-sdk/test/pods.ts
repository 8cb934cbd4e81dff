// Reactivators on one store, as pods of one Deployment: each with a clock, a receiver and a log of its own.
import assert from 'node:assert/strict';
import { Reactivator } from '../src/index.ts';
import type { ChangeBatch } from '../src/index.ts';
import type { ReactivatorOptions } from '../src/reactivator/reactivator-options.ts';
import { STATE_KEY } from '../src/reactivator/state-record.ts';
import type { StateRecord } from '../src/reactivator/state-record.ts';
import {
  HookedPublisher,
  ManualClock,
  aborted,
  parseChanges,
  recordingLogger,
  until,
  upsert,
} from './helpers.ts';
import type { HookedStore, SharedStore } from './helpers.ts';

export const LEASE = 15_000;
export const PUBLISH = 10_000;

/** Time of its own, as on a machine of its own, and sleepers that wake when it passes. */
export class MachineClock extends ManualClock {
  /** Lets time pass in small steps, so that what wakes can act before the next. */
  async pass(ms: number, step = 250): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      this.advance(Math.min(step, left));
      await breath();
    }
  }
}

/** Enough turns of the event loop for a few calls of a memory store. */
export async function breath(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export interface Pod {
  readonly reactivator: Reactivator;
  readonly publisher: HookedPublisher;
  readonly clock: MachineClock;
  readonly log: readonly string[];
  readonly stop: AbortController;
  readonly done: Promise<void>;
  /** Lets the monitor give one more batch: the next number of the feed. */
  give(): void;
}

export function pod(state: SharedStore, name: string, options: Partial<ReactivatorOptions> = {}): Pod {
  // Two machines never agree on the time.
  const clock = new MachineClock(name.length * 1e12);
  const publisher = new HookedPublisher();
  const logger = recordingLogger();
  const wanted: (() => void)[] = [];
  const reactivator = new Reactivator({
    sourceId: 'src',
    fingerprint: 'f',
    instanceId: name,
    monitor: async function* monitor({ checkpoint, signal }): AsyncGenerator<ChangeBatch> {
      for (let n = Number(checkpoint ?? 0) + 1; !signal.aborted; n++) {
        await Promise.race([aborted(signal), new Promise<void>((resolve) => wanted.push(resolve))]);
        if (!signal.aborted) yield { changes: [upsert(`n:${n}`, { by: name })], checkpoint: n };
      }
    },
    clock,
    random: () => 0,
    logger,
    leaseMs: LEASE,
    publishTimeoutMs: PUBLISH,
    terminationLogPath: '/nonexistent',
    ...options,
    publisher,
    state,
  });
  const stop = new AbortController();
  const done = reactivator.run(stop.signal);
  done.catch(() => undefined);
  const give = (): void => {
    const next = wanted.shift();
    assert.ok(next, 'the monitor waits');
    next();
  };
  return { reactivator, publisher, clock, log: logger.lines, stop, done, give };
}

export const running = (at: Pod) => until(() => at.reactivator.status === 'running');
export const waiting = (at: Pod) => until(() => at.reactivator.status === 'waiting');

/** Starts one and resolves when it has the lease. */
export async function holder(
  state: SharedStore,
  name: string,
  options: Partial<ReactivatorOptions> = {},
): Promise<Pod> {
  const at = pod(state, name, options);
  await running(at);
  return at;
}

/** Starts one while another holds the lease, and resolves when it waits for that. */
export async function waiter(
  state: SharedStore,
  name: string,
  options: Partial<ReactivatorOptions> = {},
): Promise<Pod> {
  const at = pod(state, name, options);
  await waiting(at);
  return at;
}

/** Lets a lease that is not renewed run out for this one, as late as it has to, and resolves when it has it. */
export async function takenOverBy(at: Pod): Promise<void> {
  await at.clock.pass(LEASE + PUBLISH);
  await running(at);
}

/** Lets time pass for all of them, a second at a time. */
export async function seconds(count: number, ...pods: readonly Pod[]): Promise<void> {
  for (let second = 0; second < count; second++) for (const { clock } of pods) await clock.pass(1_000, 1_000);
}

/** Ends them cleanly, one after the other. */
export async function cleanEnd(...pods: readonly Pick<Pod, 'stop' | 'done'>[]): Promise<void> {
  for (const at of pods) {
    at.stop.abort();
    await at.done;
  }
}

export const stored = async (state: HookedStore): Promise<StateRecord> =>
  (await state.get(STATE_KEY))?.value as unknown as StateRecord;
export const ids = (at: Pod): string[] => parseChanges(at.publisher.changes).map((change) => change.id);
export async function delivered(at: Pod, checkpoint: number): Promise<void> {
  at.give();
  await until(() => at.reactivator.checkpoint === checkpoint);
  await breath();
}
