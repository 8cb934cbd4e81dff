import { orAborted } from '../abort.ts';
import { elapsedSince } from '../clock.ts';
import { ErrorCode, FatalSourceError, SourceError } from '../errors.ts';
import type { StoredValue } from '../contracts.ts';
import { isGone, thisProcess } from '../state/process-liveness.ts';
import type { ProcessIdentity } from '../state/process-liveness.ts';
import { LeaseWatch, publishUntil, renewAfter } from './lease.ts';
import type { LeaseTimes } from './lease.ts';
import { parseRecord } from './state-record.ts';
import type { StateRecord, StoredLease } from './state-record.ts';
import { StoredRecord } from './stored-record.ts';
import type { StoredRecordOptions } from './stored-record.ts';

export interface StateKeeperOptions extends StoredRecordOptions {
  /** Default 15 000 and 10 000. */
  readonly lease?: LeaseTimes;
  /** True when a process has certainly ended. Handed in by tests. */
  readonly isGone?: (process: ProcessIdentity) => boolean;
  /** Called once when the record can no longer be kept, also when nobody waits for a write. */
  readonly onFailure?: (error: Error) => void;
  /** Called once when another reactivator was told to deprovision the source, and waits for this one to release the record (rule R24). */
  readonly onEnding?: () => void;
}

export type RecordChange = (record: StateRecord) => StateRecord;

export const DEFAULT_LEASE: LeaseTimes = { durationMs: 15_000, publishTimeoutMs: 10_000 };
/** How old the last look at a store that is this process's own may be, milliseconds. */
const EXCLUSIVE_LOOK_MS = 5_000;

/** What a caller needs beside its change: a look at the stored record unless a write does that anyway, or a write in any case. */
type Need = 'change' | 'look' | 'write' | 'release';

interface Waiting {
  readonly change: RecordChange;
  readonly need: Need;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The record in memory and in the store, always written from here and one write at a time: a checkpoint and a session
 * never overwrite each other. Changes that arrive during a write share the next one. A fault that may pass is retried for
 * as long as the keeper is not stopped.
 */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  readonly #stored: StoredRecord;
  readonly #stop = new AbortController();
  readonly #times: LeaseTimes;
  readonly #exclusive: boolean;
  readonly #process = thisProcess();
  #term = 0;
  #claimed = false;
  #queue: Waiting[] = [];
  #pump: Promise<void> | undefined;
  #refusal: Error | undefined;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
    this.#stored = new StoredRecord(options);
    this.#times = options.lease ?? DEFAULT_LEASE;
    this.#exclusive = options.state.exclusive === true;
  }

  /** As last stored by this process; a first one before it has claimed it. */
  get record(): StateRecord {
    return this.#stored.record;
  }

  /**
   * Makes the record this process's own by a first write, which is `change`. While another process holds the lease it waits for it, and calls
   * `onWaiting` at each look (rule R21). A record that ends is nobody's to follow.
   * @throws UnfinishedEndError when it has not been deleted although nobody is at work on it
   * @throws FatalSourceError STATE_TOO_NEW, STATE_CORRUPT, FINGERPRINT_MISMATCH
   */
  async claim(
    change: RecordChange,
    signal: AbortSignal,
    onWaiting?: (holder: StateRecord | undefined) => void,
  ): Promise<void> {
    const { clock, logger } = this.#options;
    const watch = new LeaseWatch(clock, this.#options.isGone ?? isGone);
    for (let wasThere = false; ;) {
      const stored = await orAborted(this.#stored.read(signal), signal);
      const record = stored && this.#checked(stored);
      const wait = this.#exclusive ? 0 : watch.look(record, stored?.etag);
      if (wait > 0 && wasThere && record === undefined)
        logger.warn(
          'the state of this source was deleted while this reactivator waited: it stays idle, so that nothing brings the state back. ' +
            'If the source was created again meanwhile, restart it',
        );
      wasThere = record !== undefined;
      if (wait > 0) {
        onWaiting?.(record);
        await clock.sleep(wait, signal);
      } else if (record?.ending === true) {
        throw new UnfinishedEndError();
      } else {
        this.#stored.adopt(stored && record && { record, etag: stored.etag });
        this.#term = (record?.lease?.term ?? 0) + 1;
        if (await this.#take(change, signal)) break;
      }
    }
    this.#claimed = true;
    if (!this.#exclusive) void this.#renew();
  }

  /** False when another process was faster. Waited for to its end: what it wrote has to be released. */
  async #take(change: RecordChange, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#write(change(this.record), false, AbortSignal.any([signal, this.#stop.signal]));
      return true;
    } catch (error) {
      this.#stored.adopt(undefined);
      if (error instanceof SourceError && error.code === ErrorCode.AnotherReactivator) return false;
      throw error;
    }
  }

  #checked(stored: StoredValue): StateRecord {
    const record = parseRecord(stored.value);
    // What ends is deleted, whichever configuration it is of.
    if (record.ending !== true && record.fingerprint !== this.#options.fingerprint)
      throw new FatalSourceError(
        ErrorCode.FingerprintMismatch,
        `the stored state belongs to another configuration (fingerprint ${record.fingerprint}, now ${this.#options.fingerprint}): ` +
          'restore that configuration, or delete the source and create it again so that its queries start anew',
      );
    return record;
  }

  /**
   * Changes the record; resolves once the result is durable. A change that returns its argument writes nothing. A change
   * that throws rejects its own call and no other.
   */
  update(change: RecordChange): Promise<void> {
    return this.#enqueue(change, 'change');
  }

  /**
   * Resolves when the lease holds for long enough to begin a publish. A process that was stalled or cut off asks before
   * it publishes: what it holds may be older than what its successor has published (rule R21).
   * @throws FatalSourceError ANOTHER_REACTIVATOR
   */
  async verify(): Promise<void> {
    const limit = this.#exclusive ? EXCLUSIVE_LOOK_MS : publishUntil(this.#times);
    // Again after a write that itself took too long.
    while (this.#refusal !== undefined || this.#age() >= limit)
      await this.#enqueue(same, this.#exclusive ? 'look' : 'write');
  }

  /** Gives the lease up, so that a successor need not wait for its end. Nothing of this process may be under way. */
  async release(): Promise<void> {
    if (this.#exclusive || !this.#claimed || this.#refusal !== undefined) return;
    const released = this.#enqueue(same, 'release');
    this.#refusal = new SourceError(ErrorCode.Stopping, 'the reactivator is stopping');
    await released;
  }

  /** True from the claim on, until this process released the record, lost it or gave it up. */
  get holds(): boolean {
    return this.#claimed && this.#refusal === undefined;
  }

  /** Resolves when the record says that its source ends, so that nobody takes it to follow it, however long the end takes. */
  async markEnding(signal: AbortSignal): Promise<void> {
    await orAborted(
      this.update((record) => ({ ...record, ending: true })),
      signal,
    );
  }

  /** Writes while nothing else does, so that nobody takes the lease. */
  async #renew(): Promise<void> {
    const { clock } = this.#options;
    while (this.#refusal === undefined) {
      const rest = renewAfter(this.#times) - this.#age();
      try {
        if (rest > 0) await clock.sleep(rest, this.#stop.signal);
        else await this.#enqueue(same, 'write');
      } catch {
        // `onFailure` was told, or the keeper is stopped.
        return;
      }
    }
  }

  #age(): number {
    const { seenAt } = this.#stored;
    return seenAt === undefined ? Infinity : elapsedSince(this.#options.clock, seenAt).atMost;
  }

  #enqueue(change: RecordChange, need: Need): Promise<void> {
    const refusal = this.#refusal ?? (this.#claimed ? undefined : notClaimed());
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise<void>((resolve, reject) => {
      this.#queue.push({ change, need, resolve, reject });
      this.#pump ??= this.#drain();
    });
  }

  /** Lets the writes begun end, and refuses every further one with `reason`. */
  async seal(reason: Error): Promise<void> {
    this.#refusal ??= reason;
    await this.#pump;
  }

  /** Deletes the record. Only after {@link seal}, so that nothing writes it again. */
  async destroy(): Promise<void> {
    await this.#stored.delete();
  }

  /** Gives up retries and refuses further changes. A write in flight may still land, which is the same as a crash then. */
  stop(reason: Error): void {
    this.#refusal ??= reason;
    this.#stop.abort(reason);
  }

  async #drain(): Promise<void> {
    // The caller's turn ends first, so that changes made together are written together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const turn = this.#queue;
      this.#queue = [];
      const settled: Waiting[] = [];
      let next = this.record;
      for (const waiting of turn) {
        try {
          next = waiting.change(next);
          settled.push(waiting);
        } catch (error) {
          waiting.reject(error as Error);
        }
      }
      try {
        const needs = new Set(turn.map((waiting) => waiting.need));
        if (next !== this.record || needs.has('write') || needs.has('release'))
          await this.#write(next, needs.has('release'), this.#stop.signal);
        else if (needs.has('look')) await this.#stored.look(this.#stop.signal);
        for (const waiting of settled) waiting.resolve();
      } catch (error) {
        this.#fail(error as Error, settled);
      }
    }
    // In the turn of the last look at the queue: who was just answered may ask again before anything else runs.
    this.#pump = undefined;
  }

  #fail(error: Error, settled: readonly Waiting[]): void {
    const first = this.#refusal === undefined;
    this.#refusal ??= error;
    for (const waiting of settled) waiting.reject(error);
    for (const waiting of this.#queue) waiting.reject(error);
    this.#queue = [];
    if (first) this.#options.onFailure?.(error);
  }

  async #write(next: StateRecord, release: boolean, signal: AbortSignal): Promise<void> {
    const lease: StoredLease = {
      term: this.#term,
      ...this.#times,
      ...(this.#process === undefined ? {} : { process: this.#process }),
      ...(release ? { released: true } : {}),
    };
    await this.#stored.write(this.#exclusive ? next : { ...next, lease }, signal);
    if (this.record.ending === true && next.ending !== true) this.#options.onEnding?.();
  }
}

/** The record found at the start is of a source whose deprovisioning was begun and never finished. */
export class UnfinishedEndError extends SourceError {
  constructor() {
    super(ErrorCode.Deprovisioned, 'the stored state is of a source that was to be deleted');
  }
}

const same: RecordChange = (record) => record;

const notClaimed = (): SourceError =>
  new SourceError(
    ErrorCode.NotReady,
    'this reactivator does not hold the state of the source: try again in a moment',
  );
