/** Every error the SDK raises carries one of these codes. The codes are stable; the comment of each is its documentation. */
export const ErrorCode = {
  /**
   * An element or a change cannot be written without lying or without breaking the query that reads it: an empty id, no
   * label, a relation with one end, an integer outside 64 bits, a value that JSON does not have. The message names the
   * element and the property. Correct the mapping of the source.
   */
  BadElement: 'BAD_ELEMENT',
  /**
   * An HTTP request that does not have the documented shape; the message names the place. A bootstrap function may throw it before its first
   * element, for a request that this source refuses: 400.
   */
  BadRequest: 'BAD_REQUEST',
  /** A setting of the environment or an option is missing or not allowed. The message names it and says what to write. */
  BadConfiguration: 'BAD_CONFIGURATION',
  /** A bootstrap function threw. The message is that of its error. */
  BootstrapFailed: 'BOOTSTRAP_FAILED',
  /** The service is stopping. Ask again: another instance answers, or this one after its restart. */
  Stopping: 'STOPPING',
  /**
   * The reactivator did not open a bootstrap session in time: it is unreachable, or has not stored its first checkpoint.
   * Look at the reactivator's log, then create the query again.
   */
  SessionsUnavailable: 'SESSIONS_UNAVAILABLE',
  /** No checkpoint is stored yet, so that a bootstrap begun now could miss changes (rule R1). Retry. */
  NotReady: 'NOT_READY',
  /** The bootstrap session is not, or no longer, in the book. A bootstrap that goes on is not harmed. */
  UnknownSession: 'UNKNOWN_SESSION',
  /**
   * The reactivator cannot take a hand-over of a bootstrap, and could not later: it has no `handOver`, the payload is too large, or its
   * `handOver` failed for good. The message says which. What was to be handed over must not be sent.
   */
  HandOverRefused: 'HAND_OVER_REFUSED',
  /**
   * The legacy `/acquire` answer holds relations back until the nodes are written, and there are too many. Use a Drasi
   * version that calls `/acquire-stream`, or raise `acquireSpoolBytes`.
   */
  AcquireTooLarge: 'ACQUIRE_TOO_LARGE',
  /** The stored version is not the one a write wanted to replace: someone else wrote in between. */
  StateConflict: 'STATE_CONFLICT',
  /** The state store did not answer, or answered with a fault that may pass. Retried. */
  StateUnavailable: 'STATE_UNAVAILABLE',
  /**
   * The state store refuses the request and would again: the store's name is wrong, or access is denied.
   * Check STATE_STORE_NAME and the component's scopes.
   */
  StateRefused: 'STATE_REFUSED',
  /** What is stored is not what this SDK writes. It was changed or damaged by something else; restore or delete it. */
  StateCorrupt: 'STATE_CORRUPT',
  /** The state was written by a newer version of the SDK. Run that version, or deprovision the source first. */
  StateTooNew: 'STATE_TOO_NEW',
  /**
   * The stored state belongs to another configuration (its fingerprint differs): going on from its checkpoint would leave
   * a hole or ghosts. Restore the configuration, or delete the source (which deprovisions it) and create it again.
   */
  FingerprintMismatch: 'FINGERPRINT_MISMATCH',
  /** Another live process owns the state directory. Stop it, or give this one a directory of its own. */
  StateLocked: 'STATE_LOCKED',
  /**
   * Another reactivator works on the same source: it took the lease over while this one was stalled or cut off, or writes the record without
   * one. Only one may publish; this one stops, and what it had under way is repeated by the other. Started again, it waits for the lease.
   */
  AnotherReactivator: 'ANOTHER_REACTIVATOR',
  /** The receiver did not acknowledge a publish and may later: not reachable, overloaded, timed out. Retried. */
  PublishFailed: 'PUBLISH_FAILED',
  /**
   * The receiver refuses the publish and would again: no such pub/sub component, no access to the topic, a message above
   * its limit. The message holds the answer; check PUBSUB, the component's scopes and the size of the elements.
   */
  PublishRefused: 'PUBLISH_REFUSED',
  /** Whoever read the output has closed it (`| head`). Not a fault: the program is done. */
  OutputClosed: 'OUTPUT_CLOSED',
  /** The Dapr sidecar did not become ready in time. Retried; check that the sidecar runs and DAPR_HTTP_PORT is its port. */
  SidecarUnavailable: 'SIDECAR_UNAVAILABLE',
  /** The monitor ended although it was not told to. It is started again. */
  MonitorEnded: 'MONITOR_ENDED',
  /**
   * The source was deprovisioned: its state is deleted and nothing may write it again. At the start of a reactivator: the deprovisioning of
   * a former source of this name was begun and not finished; it is finished now, and the next start begins anew.
   */
  Deprovisioned: 'DEPROVISIONED',
} as const;

export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** An error with a stable code: one of `ErrorCode`, or a source author's own. */
export class SourceError extends Error {
  override readonly name: string = 'SourceError';
  readonly code: string;
  /** True: trying again cannot help, the process is to stop with this message. */
  readonly fatal: boolean = false;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Stops the reactivator: `run` rejects with it and the message reaches the termination log (where `drasi list source`
 * shows it). A monitor throws it for what no retry can mend, such as a wrong configuration or a denied permission.
 */
export class FatalSourceError extends SourceError {
  override readonly name: string = 'FatalSourceError';
  override readonly fatal: boolean = true;
}

/** A write lost against another one. See `ErrorCode.StateConflict`. */
export class StateConflictError extends SourceError {
  override readonly name: string = 'StateConflictError';
  constructor(key: string, options?: ErrorOptions) {
    super(
      ErrorCode.StateConflict,
      `the stored version of "${key}" is not the one this write was to replace`,
      options,
    );
  }
}

/** True for any error, also of another copy of this package, that says `fatal: true`. */
export function isFatal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'fatal' in error && error.fatal === true;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
