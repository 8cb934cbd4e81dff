import { Backoff } from '../backoff.ts';
import type { RetryOptions } from '../backoff.ts';
import { tick } from '../clock.ts';
import type { Tick } from '../clock.ts';
import type { Clock, Logger, Random, StateStore, StoredValue } from '../contracts.ts';
import type { JsonValue } from '../elements.ts';
import { ErrorCode, FatalSourceError, SourceError, isFatal, messageOf } from '../errors.ts';
import { STATE_KEY, firstRecord, parseRecord } from './state-record.ts';
import type { StateRecord } from './state-record.ts';

const DELETE_ATTEMPTS = 5;

export interface StoredRecordOptions {
  readonly state: StateStore;
  readonly fingerprint: string;
  /** This process. Another value in the record means another reactivator. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly retry?: RetryOptions;
  /** Called when a request has to be repeated, and with `false` when one succeeded. */
  readonly onRetrying?: (retrying: boolean) => void;
}

/**
 * The record in the store and a copy of it, one call at a time. A write replaces the version that was last seen and no other.
 * A fault that may pass is retried until a signal is aborted.
 */
export class StoredRecord {
  readonly #options: StoredRecordOptions;
  #record: StateRecord;
  #etag: string | undefined;
  /** Before the request that last saw the record to be ours: the safe end of that time. */
  #seenAt: Tick | undefined;

  constructor(options: StoredRecordOptions) {
    this.#options = options;
    this.#record = firstRecord(options.fingerprint, options.owner);
  }

  /** As last stored by this process, or adopted. */
  get record(): StateRecord {
    return this.#record;
  }

  get seenAt(): Tick | undefined {
    return this.#seenAt;
  }

  /** Reads without adopting. */
  async read(signal: AbortSignal): Promise<StoredValue | undefined> {
    const { state, clock, logger, random, retry, onRetrying } = this.#options;
    const backoff = new Backoff(random, retry);
    for (;;) {
      signal.throwIfAborted();
      try {
        const stored = await state.get(STATE_KEY);
        onRetrying?.(false);
        return stored;
      } catch (error) {
        if (isFatal(error)) throw error;
        onRetrying?.(true);
        logger.warn('reading the state failed, it will be tried again', { error: messageOf(error) });
      }
      await clock.sleep(backoff.next(), signal);
    }
  }

  /** Takes what was read as the version that the next write replaces; undefined: a first record, which must not exist. */
  adopt(stored: { readonly record: StateRecord; readonly etag: string } | undefined): void {
    this.#record = stored?.record ?? firstRecord(this.#options.fingerprint, this.#options.owner);
    this.#etag = stored?.etag;
  }

  /**
   * Resolves once the record is durable, under the next revision and this process's name.
   * @throws FatalSourceError ANOTHER_REACTIVATOR when the stored version is someone else's
   */
  async write(next: StateRecord, signal: AbortSignal): Promise<void> {
    const { state, owner, clock, logger, random, retry, onRetrying } = this.#options;
    let record: StateRecord = { ...next, owner, revision: this.#record.revision + 1 };
    const backoff = new Backoff(random, retry);
    for (;;) {
      const asked = tick(clock);
      try {
        this.#etag = await state.set(STATE_KEY, record as unknown as JsonValue, this.#etag);
        this.#landed(record, asked);
        return;
      } catch (error) {
        if (error instanceof SourceError && error.code === ErrorCode.StateConflict) {
          const found = await this.#foundOurs(record, error, signal);
          if (found.ending === true) record = ending(record);
          if (found.revision !== record.revision) continue;
          this.#landed(record, asked);
          return;
        }
        if (isFatal(error)) throw error;
        onRetrying?.(true);
        logger.warn('storing the state failed, it will be tried again', { error: messageOf(error) });
      }
      await clock.sleep(backoff.next(), signal);
    }
  }

  /** @throws FatalSourceError ANOTHER_REACTIVATOR when the stored version is not the one of this copy */
  async look(signal: AbortSignal): Promise<void> {
    const asked = tick(this.#options.clock);
    const stored = await this.read(signal);
    const found = stored && parseRecord(stored.value);
    if (found?.owner !== this.#record.owner || found.revision !== this.#record.revision)
      throw anotherReactivator(found);
    this.#seenAt = asked;
  }

  /** Not for ever: whoever asks for the end of a source waits, and may ask again. */
  async delete(): Promise<void> {
    const { state, clock, logger, random, retry } = this.#options;
    const backoff = new Backoff(random, retry);
    for (let attempt = 1; ; attempt++) {
      try {
        await state.delete(STATE_KEY);
        return;
      } catch (error) {
        if (isFatal(error) || attempt >= DELETE_ATTEMPTS) throw error;
        logger.warn('deleting the state failed, it will be tried again', { error: messageOf(error) });
      }
      await clock.sleep(backoff.next());
    }
  }

  #landed(record: StateRecord, asked: Tick): void {
    this.#record = record;
    this.#seenAt = asked;
    this.#options.onRetrying?.(false);
  }

  /**
   * After a conflict: the stored record, when it is `record` itself (the write landed and its answer was lost) or the version before it under
   * another ETag (the write is to be repeated). In both cases another reactivator may have marked it as ending.
   * @throws FatalSourceError ANOTHER_REACTIVATOR when it is anything else
   */
  async #foundOurs(record: StateRecord, cause: Error, signal: AbortSignal): Promise<StateRecord> {
    const stored = await this.read(signal);
    const found = stored && parseRecord(stored.value);
    if (stored !== undefined && found !== undefined && found.owner === record.owner) {
      const seen = this.#etag;
      this.#etag = stored.etag;
      if (found.revision === record.revision) return found;
      if (found.revision === this.#record.revision && stored.etag !== seen) return found;
    }
    throw anotherReactivator(found, cause);
  }
}

const ending = (record: StateRecord): StateRecord => ({ ...record, ending: true });

function anotherReactivator(found: StateRecord | undefined, cause?: Error): FatalSourceError {
  return new FatalSourceError(
    ErrorCode.AnotherReactivator,
    found === undefined
      ? 'the stored state of this source was deleted by another process while this reactivator runs'
      : `another reactivator ("${found.owner}", revision ${found.revision}) writes the state of this source: run only one`,
    { cause },
  );
}
