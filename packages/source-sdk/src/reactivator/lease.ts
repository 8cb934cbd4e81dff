import { elapsedSince, tick } from '../clock.ts';
import type { Tick } from '../clock.ts';
import type { Clock } from '../contracts.ts';
import type { ProcessIdentity } from '../state/process-liveness.ts';
import type { StateRecord } from './state-record.ts';

/** How long a lease holds without a renewal, and how long a publish begun under it may take, milliseconds. */
export interface LeaseTimes {
  readonly durationMs: number;
  readonly publishTimeoutMs: number;
}

/**
 * A holder renews after a third of the duration and begins no publish after two thirds: the last third is for clocks that do
 * not run at the same speed.
 */
export const renewAfter = ({ durationMs }: LeaseTimes): number => durationMs / 3;
export const publishUntil = ({ durationMs }: LeaseTimes): number => (durationMs * 2) / 3;

/** How soon a release is noticed, milliseconds. */
const LOOK_MS = 1_000;

/**
 * Decides when the lease in a record may be taken (rule R21). Times of two machines are never compared: the taker measures
 * on its own clock for how long it saw the record unchanged, and every renewal changes it.
 * ```
 * last renewal ---- durationMs ----> no publish begins any more ---- publishTimeoutMs ----> none is under way: to be taken
 * ```
 */
export class LeaseWatch {
  readonly #clock: Clock;
  readonly #isGone: (process: ProcessIdentity) => boolean;
  #seen: { readonly etag: string; readonly since: Tick } | undefined;

  constructor(clock: Clock, isGone: (process: ProcessIdentity) => boolean) {
    this.#clock = clock;
    this.#isGone = isGone;
  }

  /**
   * Milliseconds until the next look, 0 when the record may be taken now. To be called after each read, whose record and ETag
   * these are; a write that takes it must replace this very ETag.
   * @param aim - `end`: to delete it. What ends is left alone by everyone else for as long as it may be at work
   */
  look(record: StateRecord | undefined, etag: string | undefined, aim: 'follow' | 'end' = 'follow'): number {
    if (record === undefined || etag === undefined) {
      // It was there a moment ago: its source is being deprovisioned, and nothing may recreate it (rule R24).
      return this.#seen === undefined ? 0 : LOOK_MS;
    }
    const { lease } = record;
    if (lease === undefined) return 0;
    if (record.ending !== true || aim === 'end') {
      if (lease.released === true) return 0;
      if (lease.process !== undefined && this.#isGone(lease.process)) return 0;
    }
    if (this.#seen?.etag !== etag) this.#seen = { etag, since: tick(this.#clock) };
    const left =
      lease.durationMs + lease.publishTimeoutMs - elapsedSince(this.#clock, this.#seen.since).atLeast;
    return left <= 0 ? 0 : Math.min(left, LOOK_MS);
  }
}
