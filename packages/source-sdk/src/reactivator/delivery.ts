import { isDeepStrictEqual } from 'node:util';
import { Backoff } from '../backoff.ts';
import type { RetryOptions } from '../backoff.ts';
import { elapsedSince, nanoseconds, sleepFully, tick } from '../clock.ts';
import type { ChangeBatch, ChangePublisher, Clock, Logger, Random } from '../contracts.ts';
import { emit } from '../diagnostics.ts';
import type { EncodedChange } from '../elements.ts';
import { ErrorCode, SourceError, isFatal, messageOf } from '../errors.ts';
import { withoutSessions } from '../sessions/session-book.ts';
import { traced } from '../tracing.ts';
import { encodeChange, envelopeBytes } from '../wire/encode-change.ts';
import { chunkChanges } from './chunk-changes.ts';
import type { LsnAllocator } from './lsn.ts';
import type { StateKeeper } from './state-keeper.ts';

export interface DeliveryOptions {
  readonly sourceId: string;
  readonly publisher: ChangePublisher;
  readonly keeper: StateKeeper;
  readonly lsn: LsnAllocator;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly retry?: RetryOptions;
  /** How long one publish may be under way, milliseconds; undefined: for ever, where nobody else can publish. */
  readonly publishTimeoutMs?: number | undefined;
  /** Called when a publish has to be repeated, and with `false` when one succeeded. */
  readonly onRetrying?: (retrying: boolean) => void;
}

/** Publishes a batch, waits for the acknowledgement, and only then stores its checkpoint (invariant I2). */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #envelope: number;
  #inDoubt = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#envelope = envelopeBytes(options.sourceId);
  }

  /** True from a publish that was not acknowledged to the next one that was: some of it may still arrive. */
  get inDoubt(): boolean {
    return this.#inDoubt;
  }

  /** Resolves once the changes are acknowledged and the checkpoint is durable. `signal` ends the retries. */
  deliver(batch: ChangeBatch, signal: AbortSignal): Promise<void> {
    const { sourceId } = this.#options;
    return traced('batch', { sourceId, changes: batch.changes.length }, () => this.#deliver(batch, signal));
  }

  async #deliver(batch: ChangeBatch, signal: AbortSignal): Promise<void> {
    const { sourceId, publisher, clock } = this.#options;
    const startNs = nanoseconds(clock);
    // One group after the other: order is kept only while there is never more than one publish in flight.
    for (const group of chunkChanges(batch.changes, publisher.maxBatchBytes, this.#envelope, startNs))
      await this.#publish(group, startNs, signal);
    await traced('checkpoint', { sourceId }, () => this.#checkpoint(batch));
  }

  async #publish(group: readonly EncodedChange[], startNs: bigint, signal: AbortSignal): Promise<void> {
    const { sourceId, keeper, lsn, clock, random, logger, retry, onRetrying } = this.#options;
    const backoff = new Backoff(random, retry);
    for (let attempt = 1; ; attempt++) {
      // New numbers each time: part of a publish in doubt may have arrived, and no lsn is ever sent twice.
      const first = await lsn.take(group.length);
      const endNs = nanoseconds(clock);
      const messages = group.map((change, index) =>
        encodeChange(change, {
          sourceId,
          lsn: first + BigInt(index),
          reactivatorStartNs: startNs,
          reactivatorEndNs: endNs,
        }),
      );
      await keeper.verify();
      const began = clock.now();
      const bytes = messages.reduce((sum, message) => sum + message.length, 0);
      const operation = { sourceId, changes: group.length, bytes, attempt };
      const report = (outcome: { readonly error?: unknown }): void =>
        emit('drasi-source:publish', { ...operation, durationMs: clock.now() - began, ...outcome });
      try {
        signal.throwIfAborted();
        this.#inDoubt = true;
        await traced('publish', { ...operation }, () => this.#send(messages, signal));
        this.#inDoubt = false;
        report({});
        onRetrying?.(false);
        return;
      } catch (error) {
        report({ error });
        if (signal.aborted || isFatal(error)) throw error;
        onRetrying?.(true);
        logger.warn('publishing failed, it will be tried again', {
          error: messageOf(error),
          changes: group.length,
          attempt,
        });
      }
      await clock.sleep(backoff.next(), signal);
    }
  }

  /** One publish that ends in time (rule R21): whoever takes the lease over waits no longer than that. */
  async #send(messages: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    const { publisher, clock, publishTimeoutMs } = this.#options;
    if (publishTimeoutMs === undefined) {
      await publisher.publish(messages, signal);
      return;
    }
    const began = tick(clock);
    const [late, done] = [new AbortController(), new AbortController()];
    const tooLate = (): SourceError =>
      new SourceError(ErrorCode.PublishFailed, `there was no acknowledgement within ${publishTimeoutMs} ms`);
    sleepFully(clock, publishTimeoutMs, done.signal).then(
      () => late.abort(tooLate()),
      () => undefined,
    );
    try {
      await publisher.publish(messages, AbortSignal.any([signal, late.signal]), () => {
        if (elapsedSince(clock, began).atMost >= publishTimeoutMs) throw tooLate();
      });
    } finally {
      done.abort();
    }
  }

  async #checkpoint(batch: ChangeBatch): Promise<void> {
    const { sourceId, keeper, clock } = this.#options;
    const { checkpoint, settles = [] } = batch;
    const began = clock.now();
    const before = keeper.record.revision;
    await keeper.update((record) => {
      const next = withoutSessions(record, settles);
      if (checkpoint === undefined || isDeepStrictEqual(checkpoint, record.checkpoint)) return next;
      return { ...next, checkpoint };
    });
    const { revision } = keeper.record;
    if (revision !== before)
      emit('drasi-source:checkpoint', { sourceId, revision, durationMs: clock.now() - began });
  }
}
