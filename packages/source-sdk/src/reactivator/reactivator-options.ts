import type { RetryOptions } from '../backoff.ts';
import type { ChangePublisher, Clock, Logger, Monitor, Random, StateStore } from '../contracts.ts';

export interface ReactivatorOptions {
  /** The name of the Source: `payload.source.db` of every change. */
  readonly sourceId: string;
  readonly monitor: Monitor;
  /** Not closed by the reactivator: it belongs to the caller. */
  readonly publisher: ChangePublisher;
  /** Not closed by the reactivator: it belongs to the caller. */
  readonly state: StateStore;
  /**
   * Names the part of the configuration that gives a checkpoint its meaning. A stored checkpoint of another fingerprint is
   * refused.
   */
  readonly fingerprint: string;
  /** Deletes what the source itself stored. Called on `/deprovision`, after the monitor has ended. May be called again after it threw. */
  readonly deprovision?: () => Promise<void>;
  /**
   * Makes durable what a bootstrap hands over before it sends it ({@link BootstrapContext.handOver}), and resolves then. Called beside the
   * monitor, also for several sessions at once, and again with the same payload when an answer was lost: it must not wait for
   * the monitor (rule R8). Not called before the state is loaded, nor once a deprovision has begun. A fatal error ends that bootstrap, any
   * other is retried.
   */
  readonly handOver?: (sessionId: string, payload: Uint8Array) => Promise<void>;
  /** A reason why the source is not healthy, for `/healthz`; undefined when it is. */
  readonly unhealthy?: () => string | undefined;
  /**
   * How long the monitor may owe a batch without yielding, sleeping ({@link MonitorContext.sleep}) or saying that it is alive before
   * `/healthz` fails, milliseconds. Default 600 000.
   */
  readonly stalledAfterMs?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Waits between repeated publishes, state writes and starts of the monitor. They are repeated without end. */
  readonly retry?: RetryOptions;
  /** Where its HTTP server listens. Default 127.0.0.1. */
  readonly host?: string;
  /** Without a port there is no HTTP server. 0 takes a free one. */
  readonly port?: number;
  /** How long the batch in flight and its checkpoint may take after an abort, milliseconds. Default 20 000. */
  readonly graceMs?: number;
  /** How long a bootstrap session lives without a renewal, milliseconds. Default 30 000. */
  readonly sessionLeaseMs?: number;
  /**
   * How long the lease on the state holds without a renewal (renewed after a third), milliseconds. Default 15 000. Not used with a state
   * store that is one process's own.
   */
  readonly leaseMs?: number;
  /** How long one publish may take under a lease before it counts as failed, milliseconds. Default 10 000. */
  readonly publishTimeoutMs?: number;
  /** How many lsn one durable write reserves. Default 1 000 000. */
  readonly lsnBlockSize?: number;
  /** Default /dev/termination-log; ignored where it does not exist. */
  readonly terminationLogPath?: string;
  /** Tells this process from another on the same source. Default: the host's name, the process id and a random part. */
  readonly instanceId?: string;
}

/**
 * `starting`: reads the state. `waiting`: another reactivator holds the lease. `running`. `retrying`: waits after a fault that may pass. `draining`: told to stop, finishes
 * the batch in flight. `deprovisioned`: the state is deleted, here or by another reactivator that was asked to, waits to be stopped. `stopped`. `failed`: needs a restart.
 */
export type ReactivatorStatus =
  | 'starting'
  | 'waiting'
  | 'running'
  | 'retrying'
  | 'draining'
  | 'deprovisioned'
  | 'stopped'
  | 'failed';
