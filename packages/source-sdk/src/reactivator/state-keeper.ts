import { Backoff } from '../backoff.ts';
import type { RetryOptions } from '../backoff.ts';
import type { Clock, Logger, Random, StateStore, StoredValue } from '../contracts.ts';
import type { JsonValue } from '../elements.ts';
import { ErrorCode, FatalSourceError, SourceError, isFatal, messageOf } from '../errors.ts';
import { STATE_KEY, firstRecord, parseRecord } from './state-record.ts';
import type { StateRecord } from './state-record.ts';

export interface StateKeeperOptions {
  readonly state: StateStore;
  readonly fingerprint: string;
  /** This process. Another value writing the record means another reactivator. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly retry?: RetryOptions;
  /** How old the last look at the stored record may be for {@link StateKeeper.verify}, milliseconds. Default 5 000. */
  readonly verifyMs?: number;
  /** Called once when the record can no longer be kept, also when nobody waits for a write. */
  readonly onFailure?: (error: Error) => void;
}

export type RecordChange = (record: StateRecord) => StateRecord;

interface Waiting {
  readonly change: RecordChange;
  /** The stored record is to be looked at, unless a write does that anyway. */
  readonly verify: boolean;
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
  readonly #stop = new AbortController();
  #record: StateRecord;
  #etag: string | undefined;
  #queue: Waiting[] = [];
  #pump: Promise<void> | undefined;
  #refusal: Error | undefined;
  /** When the record was last seen to be ours: the time before the request, which is the safe end. */
  #verifiedAt = 0;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
    this.#record = firstRecord(options.fingerprint, options.owner);
  }

  /** As last stored. */
  get record(): StateRecord {
    return this.#record;
  }

  /**
   * Reads the record; nothing is written yet.
   * @throws FatalSourceError STATE_TOO_NEW, STATE_CORRUPT, FINGERPRINT_MISMATCH
   */
  async load(signal: AbortSignal): Promise<void> {
    const stored = await this.#read(signal);
    if (stored === undefined) return;
    const record = parseRecord(stored.value);
    if (record.fingerprint !== this.#options.fingerprint)
      throw new FatalSourceError(
        ErrorCode.FingerprintMismatch,
        `the stored state belongs to another configuration (fingerprint ${record.fingerprint}, now ${this.#options.fingerprint}): ` +
          'restore that configuration, or delete the source and create it again so that its queries start anew',
      );
    this.#record = record;
    this.#etag = stored.etag;
  }

  /**
   * Changes the record; resolves once the result is durable. A change that returns its argument writes nothing. A change
   * that throws rejects its own call and no other.
   */
  update(change: RecordChange): Promise<void> {
    return this.#enqueue(change, false);
  }

  /**
   * Resolves when the stored record was this process's own a moment ago. A process that was stalled or cut off asks before
   * it publishes: what it holds may be older than what its successor has published (rule R21).
   * @throws FatalSourceError ANOTHER_REACTIVATOR
   */
  async verify(): Promise<void> {
    const { clock, verifyMs = 5_000 } = this.#options;
    if (this.#refusal === undefined && clock.now() - this.#verifiedAt < verifyMs) return;
    await this.#enqueue((record) => record, true);
  }

  #enqueue(change: RecordChange, verify: boolean): Promise<void> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    return new Promise<void>((resolve, reject) => {
      this.#queue.push({ change, verify, resolve, reject });
      this.#pump ??= this.#drain().finally(() => {
        this.#pump = undefined;
      });
    });
  }

  /** Lets the writes begun end, and refuses every further one with `reason`. */
  async seal(reason: Error): Promise<void> {
    this.#refusal ??= reason;
    await this.#pump;
  }

  /** Deletes the record. Only after {@link seal}, so that nothing writes it again. */
  async destroy(): Promise<void> {
    await this.#options.state.delete(STATE_KEY);
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
      let next = this.#record;
      for (const waiting of turn) {
        try {
          next = waiting.change(next);
          settled.push(waiting);
        } catch (error) {
          waiting.reject(error as Error);
        }
      }
      try {
        if (next !== this.#record) await this.#write(next);
        else if (turn.some((waiting) => waiting.verify)) await this.#look();
        for (const waiting of settled) waiting.resolve();
      } catch (error) {
        this.#fail(error as Error, settled);
      }
    }
  }

  #fail(error: Error, settled: readonly Waiting[]): void {
    const first = this.#refusal === undefined;
    this.#refusal ??= error;
    for (const waiting of settled) waiting.reject(error);
    for (const waiting of this.#queue) waiting.reject(error);
    this.#queue = [];
    if (first) this.#options.onFailure?.(error);
  }

  async #write(next: StateRecord): Promise<void> {
    const { state, owner, clock, logger } = this.#options;
    const record: StateRecord = { ...next, owner, revision: this.#record.revision + 1 };
    const backoff = this.#backoff();
    for (;;) {
      const asked = clock.now();
      try {
        this.#etag = await state.set(STATE_KEY, record as unknown as JsonValue, this.#etag);
        this.#record = record;
        this.#verifiedAt = asked;
        return;
      } catch (error) {
        if (error instanceof SourceError && error.code === ErrorCode.StateConflict) {
          if (await this.#isOurs(record, error)) return;
          continue;
        }
        if (isFatal(error)) throw error;
        logger.warn('storing the state failed, it will be tried again', { error: messageOf(error) });
      }
      await clock.sleep(backoff.next(), this.#stop.signal);
    }
  }

  /**
   * After a conflict: true when the write landed and only its answer was lost, false when the version before it is still
   * there under another ETag (the write is to be repeated).
   */
  async #isOurs(record: StateRecord, cause: Error): Promise<boolean> {
    const stored = await this.#read(this.#stop.signal);
    const found = stored && parseRecord(stored.value);
    if (stored !== undefined && found !== undefined && found.owner === record.owner) {
      const seen = this.#etag;
      this.#etag = stored.etag;
      if (found.revision === record.revision) {
        this.#record = record;
        return true;
      }
      if (found.revision === this.#record.revision && stored.etag !== seen) return false;
    }
    throw anotherReactivator(found, cause);
  }

  async #look(): Promise<void> {
    const asked = this.#options.clock.now();
    const stored = await this.#read(this.#stop.signal);
    const found = stored && parseRecord(stored.value);
    if (found?.owner !== this.#record.owner || found.revision !== this.#record.revision)
      throw anotherReactivator(found);
    this.#verifiedAt = asked;
  }

  async #read(signal: AbortSignal): Promise<StoredValue | undefined> {
    const { state, clock, logger } = this.#options;
    const backoff = this.#backoff();
    for (;;) {
      signal.throwIfAborted();
      try {
        return await state.get(STATE_KEY);
      } catch (error) {
        if (isFatal(error)) throw error;
        logger.warn('reading the state failed, it will be tried again', { error: messageOf(error) });
      }
      await clock.sleep(backoff.next(), signal);
    }
  }

  #backoff(): Backoff {
    return new Backoff(this.#options.random, this.#options.retry);
  }
}

function anotherReactivator(found: StateRecord | undefined, cause?: Error): FatalSourceError {
  return new FatalSourceError(
    ErrorCode.AnotherReactivator,
    found === undefined
      ? 'the stored state of this source was deleted by another process while this reactivator runs'
      : `another reactivator ("${found.owner}", revision ${found.revision}) writes the state of this source: run only one`,
    { cause },
  );
}
