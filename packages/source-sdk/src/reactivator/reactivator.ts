import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '../clock.ts';
import type { Clock, Logger } from '../contracts.ts';
import type { JsonValue } from '../elements.ts';
import { checkSourceId } from '../environment.ts';
import { ErrorCode, FatalSourceError, SourceError, isFatal, messageOf } from '../errors.ts';
import type { ServerAddress } from '../http/server.ts';
import { SessionBook } from '../sessions/session-book.ts';
import { silentLogger } from '../silent-logger.ts';
import { Delivery } from './delivery.ts';
import { Deprovision, deprovisioned } from './deprovision.ts';
import { LsnAllocator } from './lsn.ts';
import { MonitorLoop } from './monitor-loop.ts';
import { MonitorProgress } from './monitor-progress.ts';
import type { ReactivatorOptions, ReactivatorStatus } from './reactivator-options.ts';
import { ReactivatorServer } from './reactivator-server.ts';
import { releaseLease } from './release-lease.ts';
import { DEFAULT_LEASE, StateKeeper, UnfinishedEndError } from './state-keeper.ts';
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
  readonly #monitorLoop: MonitorLoop;
  readonly #end: Deprovision;
  readonly #server: ReactivatorServer | undefined;
  /** Ends the loop from inside: the state is lost to another process, or the source is deprovisioned, here or there. */
  readonly #halt = new AbortController();
  /** Ends publishes and state writes once the grace period is over. */
  readonly #cut = new AbortController();
  #loop: Promise<void> | undefined;
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
    const stored = {
      ...common,
      state: options.state,
      fingerprint: options.fingerprint,
      owner: options.instanceId ?? `${hostname()}/${process.pid}/${randomUUID()}`,
      onRetrying: (retrying: boolean): void => this.#status.trouble('state', retrying),
    };
    this.#keeper = new StateKeeper({
      ...stored,
      lease,
      onEnding: () => this.#halt.abort(deprovisioned()),
      onFailure: (error) => {
        this.#halt.abort(error);
        // Whoever took the record publishes now: a publish still being retried here would come after theirs.
        this.#cut.abort(error);
      },
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
    this.#monitorLoop = new MonitorLoop({
      ...common,
      monitor: options.monitor,
      keeper: this.#keeper,
      sessions: this.sessions,
      progress: this.#progress,
      status: this.#status,
      deliver: (batch) => this.#delivery.deliver(batch, this.#cut.signal),
      graceMs: this.#graceMs,
    });
    this.#end = new Deprovision({
      ...stored,
      keeper: this.#keeper,
      sessions: this.sessions,
      lease,
      graceMs: this.#graceMs,
      drain: (reason) => this.#drain(reason),
      author: options.deprovision,
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
   * Once its source is deprovisioned it stays, idle: a process that ended would be started again and begin anew.
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
        if (this.#keeper.record.ending === true) await this.#yieldState();
      } finally {
        running.resolve();
      }
      const failure: unknown = this.#halt.signal.reason;
      const ends = this.#end.current !== undefined || this.#status.now === 'deprovisioned';
      if (this.#halt.signal.aborted && !ends) throw failure;
      if (ends) await this.#stayDeprovisioned(signal);
      this.#status.now = 'stopped';
    } catch (error) {
      const reason = error instanceof UnfinishedEndError ? await this.#finishEnd() : error;
      this.#status.now = 'failed';
      await this.#reportFailure(reason);
      throw reason;
    } finally {
      await this.#release();
      this.#keeper.stop(new SourceError(ErrorCode.Stopping, 'the reactivator is stopping'));
      await this.#server?.stop();
    }
  }

  /**
   * Ends the monitor, lets the batch in flight be finished, calls the author's `deprovision` and deletes the state.
   * From then on nothing writes it (rule R24). While another reactivator holds the lease that one is asked to drain, and is waited for.
   * After an error it may be called again.
   */
  async deprovision(): Promise<void> {
    await this.#end.run();
    this.#status.now = 'deprovisioned';
  }

  async #release(): Promise<void> {
    // With a publish in doubt the successor has to wait for its end.
    if (!this.#delivery.inDoubt) await releaseLease(this.#keeper, this.#clock, this.#logger);
  }

  async #drain(reason: Error): Promise<void> {
    this.#halt.abort(reason);
    await this.#loop;
  }

  /** Leaves the record to the reactivator that was told to deprovision: nothing of this one is under way any more. */
  async #yieldState(): Promise<void> {
    const reason = deprovisioned();
    await this.sessions.refuseHandOvers(reason);
    await this.#release();
    this.#keeper.stop(reason);
    this.#status.now = 'deprovisioned';
    this.#logger.info('another reactivator deprovisions the source: this one has ended its feed');
  }

  /** The pods of a source that is deleted are gone long before this: it is a new source of that name that asks. */
  async #finishEnd(): Promise<unknown> {
    this.#logger.warn('a former deprovisioning was not finished: it is finished now');
    try {
      await this.#end.run('finish');
    } catch (error) {
      return error;
    }
    return new FatalSourceError(
      ErrorCode.Deprovisioned,
      'the state of a former source of this name was left behind half deleted, and is deleted now: started again, this source begins anew',
    );
  }

  async #stayDeprovisioned(signal: AbortSignal): Promise<void> {
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await this.#end.current?.catch((error: unknown) => {
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
      await this.#monitorLoop.run(stop);
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

  async #reportFailure(error: unknown): Promise<void> {
    const code = error instanceof SourceError ? error.code : undefined;
    // A closed output is how a pipe ends, not a failure to be shown.
    if (code === ErrorCode.OutputClosed) return;
    await writeTerminationLog(this.#options.terminationLogPath ?? TERMINATION_LOG, error);
  }
}
