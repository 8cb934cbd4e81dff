import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { orAborted } from '../abort.ts';
import { Backoff } from '../backoff.ts';
import { systemClock } from '../clock.ts';
import type { Clock, Logger, MonitorContext } from '../contracts.ts';
import type { JsonValue } from '../elements.ts';
import { checkSourceId } from '../environment.ts';
import { ErrorCode, FatalSourceError, SourceError, isFatal, messageOf } from '../errors.ts';
import type { ServerAddress } from '../http/server.ts';
import { SessionBook } from '../sessions/session-book.ts';
import { silentLogger } from '../silent-logger.ts';
import { Delivery } from './delivery.ts';
import { LsnAllocator } from './lsn.ts';
import { awaitMonitorEnd } from './monitor-end.ts';
import { MonitorProgress } from './monitor-progress.ts';
import type { ReactivatorOptions, ReactivatorStatus } from './reactivator-options.ts';
import { ReactivatorServer } from './reactivator-server.ts';
import { releaseLease } from './release-lease.ts';
import { DEFAULT_LEASE, StateKeeper } from './state-keeper.ts';
import type { StateRecord } from './state-record.ts';
import { StatusBook } from './status-book.ts';
import { TERMINATION_LOG, writeTerminationLog } from './termination-log.ts';

/**
 * Runs a monitor: its changes are published in order, and a batch's checkpoint is stored only after the batch was
 * acknowledged (invariant I2). A crash at any moment repeats changes and never loses one.
 *
 * ```
 * monitor yields batch -> encode -> publish -> acknowledged -> checkpoint stored -> monitor is asked for the next batch
 * ```
 */
export class Reactivator {
  /** The bootstrap sessions of this source, for a proxy in the same process ({@link InProcessSessions}). */
  readonly sessions: SessionBook;

  readonly #options: ReactivatorOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #graceMs: number;
  readonly #keeper: StateKeeper;
  readonly #lsn: LsnAllocator;
  readonly #delivery: Delivery;
  readonly #progress: MonitorProgress;
  readonly #server: ReactivatorServer | undefined;
  /** Ends the loop from inside: the state is lost to another process, or the source is deprovisioned. */
  readonly #halt = new AbortController();
  /** Ends publishes and state writes once the grace period is over. */
  readonly #cut = new AbortController();
  #loop: Promise<void> | undefined;
  #deprovision: Promise<void> | undefined;
  readonly #status = new StatusBook();

  constructor(options: ReactivatorOptions) {
    checkSourceId(options.sourceId);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#graceMs = options.graceMs ?? 20_000;
    const random = options.random ?? Math.random;
    const common = {
      clock: this.#clock,
      logger: this.#logger,
      random,
      ...(options.retry ? { retry: options.retry } : {}),
    };
    const lease = {
      durationMs: options.leaseMs ?? DEFAULT_LEASE.durationMs,
      publishTimeoutMs: options.publishTimeoutMs ?? DEFAULT_LEASE.publishTimeoutMs,
    };
    this.#keeper = new StateKeeper({
      ...common,
      state: options.state,
      lease,
      fingerprint: options.fingerprint,
      owner: options.instanceId ?? `${hostname()}/${process.pid}/${randomUUID()}`,
      onFailure: (error) => {
        this.#halt.abort(error);
        // Whoever took the record publishes now: a publish still being retried here would come after theirs.
        this.#cut.abort(error);
      },
      onRetrying: (retrying) => this.#status.trouble('state', retrying),
    });
    this.sessions = new SessionBook({
      keeper: this.#keeper,
      clock: this.#clock,
      logger: this.#logger,
      ...(options.sessionLeaseMs === undefined ? {} : { leaseMs: options.sessionLeaseMs }),
      ...(options.handOver === undefined ? {} : { handOver: options.handOver }),
    });
    this.#progress = new MonitorProgress(this.#clock, options.stalledAfterMs ?? 600_000);
    this.#lsn = new LsnAllocator(this.#keeper, options.lsnBlockSize);
    this.#delivery = new Delivery({
      ...common,
      sourceId: options.sourceId,
      publisher: options.publisher,
      keeper: this.#keeper,
      lsn: this.#lsn,
      publishTimeoutMs: options.state.exclusive === true ? undefined : lease.publishTimeoutMs,
      onRetrying: (retrying) => this.#status.trouble('publish', retrying),
    });
    if (options.port !== undefined) {
      this.#server = new ReactivatorServer({
        host: options.host ?? '127.0.0.1',
        port: options.port,
        sessions: this.sessions,
        health: () => this.health(),
        ready: () => this.#status.now === 'running',
        deprovision: () => this.deprovision(),
        logger: this.#logger,
      });
    }
  }

  get status(): ReactivatorStatus {
    return this.#status.now;
  }

  /** Where the HTTP server listens, once it does. */
  get address(): ServerAddress | undefined {
    return this.#server?.address;
  }

  /** The last checkpoint stored. */
  get checkpoint(): JsonValue | undefined {
    return this.#keeper.record.checkpoint;
  }

  /** Why this reactivator needs a restart, or undefined. */
  health(): string | undefined {
    if (this.#status.now === 'failed' || this.#status.now === 'stopped')
      return `the reactivator has ${this.#status.now}`;
    return this.#progress.problem ?? this.#options.unhealthy?.();
  }

  /**
   * Runs until `signal` is aborted, then finishes the batch in flight and resolves. To be called once.
   * After {@link Reactivator.deprovision} it stays, idle: a process that ended would be started again and begin anew.
   * @throws FatalSourceError when going on cannot help; the message is in the termination log, and not in the log: that is for
   * whoever catches it
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#loop !== undefined)
      throw new FatalSourceError(ErrorCode.BadConfiguration, 'run was called twice');
    // Before the first await, so that a deprovision from here on waits for the loop.
    const running = Promise.withResolvers<void>();
    this.#loop = running.promise;
    try {
      try {
        await this.#server?.start();
        await this.#runLoop(AbortSignal.any([signal, this.#halt.signal]));
      } finally {
        running.resolve();
      }
      const failure: unknown = this.#halt.signal.reason;
      if (this.#halt.signal.aborted && this.#deprovision === undefined) throw failure;
      if (this.#deprovision !== undefined) await this.#stayDeprovisioned(signal);
      this.#status.now = 'stopped';
    } catch (error) {
      this.#status.now = 'failed';
      await this.#reportFailure(error);
      throw error;
    } finally {
      // With a publish in doubt the successor has to wait for its end.
      if (!this.#delivery.inDoubt) await releaseLease(this.#keeper, this.#clock, this.#logger);
      this.#keeper.stop(new SourceError(ErrorCode.Stopping, 'the reactivator is stopping'));
      await this.#server?.stop();
    }
  }

  /**
   * Ends the monitor, lets the batch in flight be finished, calls the author's `deprovision` and deletes the state.
   * From then on nothing writes it (rule R24). After an error it may be called again.
   */
  deprovision(): Promise<void> {
    this.#deprovision ??= this.#doDeprovision().catch((error: unknown) => {
      this.#retryDeprovision();
      throw error;
    });
    return this.#deprovision;
  }

  #retryDeprovision(): void {
    this.#deprovision = undefined;
  }

  async #doDeprovision(): Promise<void> {
    const reason = new SourceError(ErrorCode.Deprovisioned, 'the source is being deprovisioned');
    this.#logger.info('deprovisioning');
    this.#halt.abort(reason);
    await this.#loop;
    // A hand-over that ended later would write what the source is about to delete (rule R24).
    await this.sessions.refuseHandOvers(reason);
    await this.#keeper.seal(reason);
    await this.#options.deprovision?.();
    await this.#keeper.destroy();
    this.#status.now = 'deprovisioned';
    this.#logger.info('deprovisioned: the state is deleted');
  }

  async #stayDeprovisioned(signal: AbortSignal): Promise<void> {
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await this.#deprovision?.catch((error: unknown) => {
      this.#logger.error('deprovisioning failed', { error: messageOf(error) });
    });
  }

  async #runLoop(stop: AbortSignal): Promise<void> {
    const done = new AbortController();
    stop.addEventListener('abort', () => void this.#limitGrace(done.signal), {
      once: true,
      signal: done.signal,
    });
    if (stop.aborted) return;
    try {
      // A durable write before the first publish: it takes the lsn, and the record, away from any other instance.
      await this.#lsn.reserve(1, (change) =>
        this.#keeper.claim(change, stop, (holder) => this.#waitingFor(holder)),
      );
      this.sessions.restored();
      await this.#repeatMonitor(stop);
    } catch (error) {
      if (!stop.aborted || isFatal(error)) throw error;
    } finally {
      done.abort();
    }
  }

  #waitingFor(holder: StateRecord | undefined): void {
    const { owner = 'nobody: the state was just deleted', lease } = holder ?? {};
    if (this.#status.now !== 'waiting')
      this.#logger.info('another reactivator holds the lease of this source: this one waits for it', {
        holder: owner,
        term: lease?.term,
      });
    this.#status.mark('waiting', ['starting']);
  }

  async #limitGrace(done: AbortSignal): Promise<void> {
    this.#status.mark('draining', ['starting', 'waiting', 'running', 'retrying']);
    try {
      await this.#clock.sleep(this.#graceMs, done);
    } catch {
      return;
    }
    this.#logger.warn('the batch in flight was not finished in time: it is repeated after the next start', {
      graceMs: this.#graceMs,
    });
    const reason = new SourceError(ErrorCode.Stopping, 'the grace period is over');
    this.#cut.abort(reason);
    this.#keeper.stop(reason);
  }

  async #repeatMonitor(stop: AbortSignal): Promise<void> {
    const backoff = new Backoff(this.#options.random ?? Math.random, this.#options.retry);
    this.#status.begin();
    while (!stop.aborted) {
      try {
        await this.#follow(stop, () => backoff.reset());
        if (stop.aborted) return;
        throw new SourceError(ErrorCode.MonitorEnded, 'the monitor ended without being told to');
      } catch (error) {
        if (isFatal(error) || stop.aborted) throw error;
        this.#status.trouble('monitor', true);
        this.#logger.error('the monitor failed, it starts again from the last checkpoint', {
          error: messageOf(error),
        });
      }
      await this.#clock.sleep(backoff.next(), stop);
    }
  }

  /** One run of the monitor, from the last checkpoint stored. */
  async #follow(stop: AbortSignal, onDelivered: () => void): Promise<void> {
    const ended = new AbortController();
    const signal = AbortSignal.any([stop, ended.signal]);
    const context: MonitorContext = {
      signal,
      checkpoint: this.#keeper.record.checkpoint,
      abandonedSessions: () => this.sessions.abandoned(),
      openSessions: () => this.sessions.count,
      sleep: (ms) => {
        // It got as far as waiting for more.
        this.#status.trouble('monitor', false);
        return this.#progress.sleep(ms, signal);
      },
      alive: () => this.#progress.alive(),
    };
    const iterator = this.#options.monitor(context)[Symbol.asyncIterator]();
    try {
      for (;;) {
        this.#progress.asked();
        const next = await orAborted(iterator.next(), signal);
        this.#progress.answered();
        if (next.done === true) return;
        await this.#delivery.deliver(next.value, this.#cut.signal);
        this.#status.trouble('monitor', false);
        onDelivered();
      }
    } finally {
      this.#progress.answered();
      ended.abort(new SourceError(ErrorCode.Stopping, 'the monitor is to end'));
      const patience = { clock: this.#clock, logger: this.#logger, graceMs: this.#graceMs };
      await awaitMonitorEnd(iterator, patience, stop);
    }
  }

  async #reportFailure(error: unknown): Promise<void> {
    const code = error instanceof SourceError ? error.code : undefined;
    // A closed output is how a pipe ends, not a failure to be shown.
    if (code === ErrorCode.OutputClosed) return;
    await writeTerminationLog(this.#options.terminationLogPath ?? TERMINATION_LOG, error);
  }
}
