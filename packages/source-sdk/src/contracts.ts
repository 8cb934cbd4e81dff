/** The seams of the SDK: what it is given (publisher, state, clock) and what a source author writes (monitor, bootstrap). */
import type { EncodedChange, EncodedElements, JsonValue, SourceChange, SourceElement } from './elements.ts';

/** Delivers encoded changes. Resolves only when the receiver acknowledged all of them. */
export interface ChangePublisher {
  /** The most bytes a call of {@link ChangePublisher.publish} may carry, line ends and brackets included; a single larger change is sent alone. */
  readonly maxBatchBytes: number;
  /**
   * Each item is one change, a JSON object in wire form. Throws when delivery is in doubt: the caller repeats the whole call. Settles soon after
   * `signal` is aborted, and nothing of the call may arrive later.
   * @param lastCall - to be called right before the byte that makes the message whole; throws when it is too late for that. A process
   * that was stopped and goes on runs this before any timer (rule R21)
   */
  publish(changes: readonly Uint8Array[], signal: AbortSignal, lastCall?: () => void): Promise<void>;
  close(): Promise<void>;
}

export interface StoredValue {
  readonly value: JsonValue;
  /** Opaque. Changes with every write. */
  readonly etag: string;
}

/** Durable key-value state where a write states which version it replaces. */
export interface StateStore {
  /**
   * True when no other process can use the state while this one lives, and it is free as soon as this one ends: then nobody else
   * needs a lease to be kept from publishing, and none is waited for. Default false.
   */
  readonly exclusive?: boolean;
  get(key: string): Promise<StoredValue | undefined>;
  /**
   * Replaces the version `etag` (`undefined`: the key must not exist). Resolves to the new etag once the value is durable.
   * @throws StateConflictError when the stored version is another one
   */
  set(key: string, value: JsonValue, etag: string | undefined): Promise<string>;
  /** No error when the key does not exist. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

export interface Clock {
  /** Milliseconds since 1970 (UTC). */
  now(): number;
  /** Milliseconds from any beginning, never set back. Default: {@link Clock.now}. */
  monotonic?(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Uniform in [0, 1). */
export type Random = () => number;

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** A group of changes, and what is true once they and all before them were acknowledged. */
export interface ChangeBatch {
  /** In source order. May be empty. */
  readonly changes: readonly (SourceChange | EncodedChange)[];
  /** Stored after the acknowledgement (invariant I2). Absent: nothing advances. */
  readonly checkpoint?: JsonValue;
  /** Ids of abandoned bootstrap sessions that these changes repaired; forgotten together with storing the checkpoint. */
  readonly settles?: readonly string[];
}

/** A bootstrap that did not end well and may have looked complete to its reader (rule R2). */
export interface AbandonedSession {
  readonly id: string;
  readonly labels: readonly string[];
}

export interface MonitorContext {
  readonly signal: AbortSignal;
  /** The last checkpoint stored, `undefined` at the very first start. */
  readonly checkpoint: JsonValue | undefined;
  /** Sessions whose labels have to be published again as `u`; asked between batches. */
  readonly abandonedSessions: () => readonly AbandonedSession[];
  /** How many bootstraps may be under way, those that were abandoned and are not settled included. Absent: any number. */
  readonly openSessions?: () => number;
  /**
   * Waits until the source is to be asked again; rejects when {@link MonitorContext.signal} is aborted. Idle time spent here is not taken for a
   * hang, which `/healthz` reports when the monitor gives no sign of life for `stalledAfterMs`.
   * @param until - ends it early, without an error, when it is aborted: something else came that is not to wait
   */
  readonly sleep: (ms: number, until?: AbortSignal) => Promise<void>;
  /** A sign of life, for work that is long and yields nothing meanwhile. As often as is convenient. */
  readonly alive: () => void;
}

/** The changes of a source from the checkpoint on. Never ends by itself; ends when the signal is aborted. */
export type Monitor = (context: MonitorContext) => AsyncIterable<ChangeBatch>;

export interface BootstrapRequest {
  readonly nodeLabels: readonly string[];
  readonly relLabels: readonly string[];
}

/** How far a bootstrap is, as far as its source knows. The SDK counts what was sent itself. */
export interface BootstrapProgress {
  /** How many elements there will be, about. */
  readonly expectedElements?: number;
  /** The parts (slices, pages, files) that the source reads, and how many of them are through. */
  readonly parts?: number;
  readonly partsDone?: number;
}

export interface BootstrapContext {
  /** Aborted when the reader left or the service stops. */
  readonly signal: AbortSignal;
  /** The labels of the request that this source owns. */
  readonly labels: readonly string[];
  /** Tells how far the bootstrap is, for the log, health and diagnostics. Call it as often as is convenient. */
  readonly report: (progress: BootstrapProgress) => void;
  /**
   * Gives the reactivator up to {@link MAX_HAND_OVER_BYTES} bytes in the source's own form, and resolves when the reactivator's
   * `handOver` has made them durable. A source whose feed publishes deletes hands over which elements it is about to send,
   * and **awaits that before it yields them** (rule R6): an element that a reader has and the feed does not know of stays
   * there for ever once it is gone from the source. The same payload may arrive more than once, when an answer was lost,
   * and those of two bootstraps in any order. When it throws, nothing of what was handed over may be sent: let the error
   * end the bootstrap. Absent when the proxy has no sessions.
   */
  readonly handOver?: (payload: Uint8Array) => Promise<void>;
  /**
   * The checkpoint that the reactivator holds now, as its monitor wrote it: what the feed knows and a bootstrap must not
   * contradict. Absent when the proxy has no sessions. When it throws, let the error end the bootstrap.
   */
  readonly checkpoint?: () => Promise<JsonValue>;
}

/** The elements of the labels asked for, each id once. A thrown error makes the answer visibly broken. */
export type Bootstrap = (
  request: BootstrapRequest,
  context: BootstrapContext,
) => AsyncIterable<SourceElement | EncodedElements>;

/** The most bytes of one hand-over: a request must stay well under the 4 MB that Dapr passes on (rule R9). */
export const MAX_HAND_OVER_BYTES = 1_000_000;

/** How the proxy reaches the reactivator's session book (rules R1 and R2). */
export interface BootstrapSessions {
  /** Resolves to the session's id once the reactivator durably holds a checkpoint and the session. Retries until `signal` aborts. */
  open(labels: readonly string[], signal: AbortSignal): Promise<string>;
  /** Keeps a session alive; called at intervals while elements are sent. Must not throw for a passing fault. */
  renew(id: string): Promise<void>;
  /**
   * Resolves once the reactivator's `handOver` made `payload` durable. Retries until `signal` aborts; the reactivator may
   * get the same payload more than once. The bytes must not change meanwhile.
   * @throws SourceError UNKNOWN_SESSION when the session is not in the book any more
   * @throws FatalSourceError HAND_OVER_REFUSED when repeating cannot help
   */
  handOver(id: string, payload: Uint8Array, signal: AbortSignal): Promise<void>;
  /** The checkpoint that the reactivator holds; there is one since the session was opened. Retries until `signal` aborts. */
  checkpoint(signal: AbortSignal): Promise<JsonValue>;
  /** The bootstrap was delivered whole, or nothing of it was sent. */
  close(id: string): Promise<void>;
  /** The bootstrap broke after its first byte: its labels are to be published again. */
  abandon(id: string): Promise<void>;
}
