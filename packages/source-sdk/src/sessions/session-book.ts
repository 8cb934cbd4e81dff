import { randomUUID } from 'node:crypto';
import type { AbandonedSession, Clock, Logger } from '../contracts.ts';
import type { JsonValue } from '../elements.ts';
import { ErrorCode, SourceError } from '../errors.ts';
import type { StateKeeper } from '../reactivator/state-keeper.ts';
import type { StateRecord, StoredSession } from '../reactivator/state-record.ts';
import { HandOvers } from './hand-overs.ts';
import type { HandOver } from './hand-overs.ts';

export interface SessionBookOptions {
  readonly keeper: StateKeeper;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a session lives without a renewal, milliseconds. Default 30 000. */
  readonly leaseMs?: number;
  /** Takes what bootstraps hand over. Without it every hand-over is refused. */
  readonly handOver?: HandOver;
}

/** More open sessions than any platform has queries; the record must stay well under 1 MB (rule R9). */
const MAX_SESSIONS = 1_000;
/** What all sessions together may take in the record, characters. */
const MAX_SESSIONS_TEXT = 400_000;

/**
 * The bootstraps that are under way, kept by the reactivator in its record. A session is durable before its bootstrap
 * reads anything, so that a bootstrap cut short is known even when both processes are killed (rule R2).
 */
export class SessionBook {
  readonly #keeper: StateKeeper;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #leaseMs: number;
  /** When each session was last heard of. In memory: after a restart the lease of a stored session begins anew. */
  readonly #heard = new Map<string, number>();
  /** Reported to the monitor because the lease ran out. Stays so: the monitor may be at work on it. */
  readonly #expired = new Set<string>();
  readonly #handOvers: HandOvers;
  #isRestored = false;

  constructor(options: SessionBookOptions) {
    this.#keeper = options.keeper;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#leaseMs = options.leaseMs ?? 30_000;
    this.#handOvers = new HandOvers(options.handOver);
  }

  /** Sessions that are open, or abandoned and not settled. */
  get count(): number {
    return this.#keeper.record.sessions.length;
  }

  /** To be called when the record was loaded: stored sessions get a whole lease to be heard of. */
  restored(): void {
    for (const session of this.#keeper.record.sessions) this.#heard.set(session.id, this.#clock.now());
    this.#isRestored = true;
  }

  /**
   * Resolves to the session's id once it is durable. Opening the same id again is the same session, so that an opener
   * that lost the answer may repeat its request.
   * @throws SourceError NOT_READY while no checkpoint is stored (rule R1): a bootstrap now could leave a hole
   */
  async open(labels: readonly string[], id: string = randomUUID()): Promise<string> {
    await this.#keeper.update((record) => {
      if (record.checkpoint === undefined)
        throw new SourceError(ErrorCode.NotReady, 'no checkpoint is stored yet: try again in a moment');
      if (record.sessions.some((session) => session.id === id)) return record;
      if (record.sessions.length >= MAX_SESSIONS)
        throw new SourceError(
          ErrorCode.NotReady,
          `${MAX_SESSIONS} bootstrap sessions wait for the monitor: try again later`,
        );
      const sessions = [...record.sessions, { id, labels: [...labels] }];
      if (JSON.stringify(sessions).length > MAX_SESSIONS_TEXT)
        throw new SourceError(
          ErrorCode.NotReady,
          'the labels of the bootstrap sessions are too many to be stored',
        );
      return { ...record, sessions };
    });
    this.#heard.set(id, this.#clock.now());
    return id;
  }

  /** @throws SourceError UNKNOWN_SESSION when it was closed or counts as abandoned; NOT_READY before the record is this process's */
  renew(id: string): void {
    this.#requireRestored();
    const session = this.#find(id);
    if (session === undefined || this.#isAbandoned(session))
      throw new SourceError(ErrorCode.UnknownSession, `there is no open bootstrap session "${id}"`);
    this.#heard.set(id, this.#clock.now());
  }

  /**
   * Resolves once the source made `payload` durable. A session that counts as abandoned may still hand over: its bootstrap may
   * still be sending, and a key too many in an index does no harm.
   * @throws SourceError NOT_READY before the record is loaded: after a restart the session may be in it
   * @throws SourceError UNKNOWN_SESSION, ANOTHER_REACTIVATOR; FatalSourceError HAND_OVER_REFUSED
   */
  async handOver(id: string, payload: Uint8Array): Promise<void> {
    this.#requireRestored();
    // What a stalled process takes would be missing where its successor looks.
    await this.#keeper.verify();
    const session = this.#find(id);
    if (session === undefined)
      throw new SourceError(ErrorCode.UnknownSession, `there is no bootstrap session "${id}"`);
    if (!this.#isAbandoned(session)) this.#heard.set(id, this.#clock.now());
    await this.#handOvers.take(id, payload);
  }

  /** Refuses further hand-overs with `reason`; resolves when those under way have ended. */
  refuseHandOvers(reason: Error): Promise<void> {
    return this.#handOvers.refuse(reason);
  }

  /**
   * The checkpoint of the record.
   * @throws SourceError NOT_READY while none is stored
   */
  get checkpoint(): JsonValue {
    const { checkpoint } = this.#keeper.record;
    if (checkpoint === undefined)
      throw new SourceError(ErrorCode.NotReady, 'no checkpoint is stored yet: try again in a moment');
    return checkpoint;
  }

  /** The bootstrap was delivered whole, or nothing of it was sent. No error for an unknown id: closing twice is fine. */
  async close(id: string): Promise<void> {
    await this.#keeper.update((record) => withoutSessions(record, [id]));
    this.#forget();
  }

  /** The bootstrap broke after its first byte. No error for an unknown id. */
  async abandon(id: string): Promise<void> {
    await this.#keeper.update((record) => {
      if (!record.sessions.some((session) => session.id === id && session.abandoned !== true)) return record;
      return {
        ...record,
        sessions: record.sessions.map((session) =>
          session.id === id ? { ...session, abandoned: true } : session,
        ),
      };
    });
  }

  /** Those to be repaired: abandoned, or not renewed within the lease. */
  abandoned(): readonly AbandonedSession[] {
    this.#forget();
    const result: AbandonedSession[] = [];
    for (const session of this.#keeper.record.sessions) {
      if (!this.#isAbandoned(session)) continue;
      if (session.abandoned !== true && !this.#expired.has(session.id)) {
        this.#expired.add(session.id);
        this.#logger.warn('a bootstrap was not heard of in time, its labels are published again', {
          session: session.id,
          labels: session.labels,
        });
      }
      result.push({ id: session.id, labels: session.labels });
    }
    return result;
  }

  /** Before, a session that is in the record would be taken for unknown. */
  #requireRestored(): void {
    if (!this.#isRestored)
      throw new SourceError(ErrorCode.NotReady, 'the state is not loaded yet: try again in a moment');
  }

  #isAbandoned(session: StoredSession): boolean {
    if (session.abandoned === true || this.#expired.has(session.id)) return true;
    const heard = this.#heard.get(session.id);
    return heard !== undefined && this.#clock.now() - heard > this.#leaseMs;
  }

  #find(id: string): StoredSession | undefined {
    return this.#keeper.record.sessions.find((session) => session.id === id);
  }

  #forget(): void {
    const known = new Set(this.#keeper.record.sessions.map((session) => session.id));
    for (const id of this.#heard.keys()) if (!known.has(id)) this.#heard.delete(id);
    for (const id of this.#expired) if (!known.has(id)) this.#expired.delete(id);
  }
}

/** The record without these sessions; the same object when it holds none of them. */
export function withoutSessions(record: StateRecord, ids: readonly string[]): StateRecord {
  const sessions = record.sessions.filter((session) => !ids.includes(session.id));
  return sessions.length === record.sessions.length ? record : { ...record, sessions };
}
