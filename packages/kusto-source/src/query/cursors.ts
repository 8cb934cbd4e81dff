import { KustoError, type Rows } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { isRefusal } from './refusal.ts';
import { timeCursor, timePositionQuery } from './time-cursor.ts';
import { cursorQuery, positionQuery } from './window-query.ts';

/** Where the service stands: its cursor and its clock, of one moment. */
export interface Position {
  readonly cursor: string;
  /** ISO 8601, as the service wrote it. */
  readonly now: string;
}

/** The cursors of a service: the database's, or ingestion times where it has none. */
export class Cursors {
  readonly #config: EntityConfig;
  readonly #ask: (query: string, signal: AbortSignal) => Promise<Rows>;
  /** What kind the service has, once it is known. */
  #kind: 'database' | 'none' | undefined;

  /** @param ask in the database of the source */
  constructor(config: EntityConfig, ask: (query: string, signal: AbortSignal) => Promise<Rows>) {
    this.#config = config;
    this.#ask = ask;
  }

  /**
   * Where the service stands. One without cursors is known by its refusal, and then by its answer to the other question (rule R16).
   * @throws KustoError
   */
  async position(signal: AbortSignal): Promise<Position> {
    const { cursor, now } = await this.#place(positionQuery, signal);
    if (typeof now !== 'string') throw noCursor();
    return { cursor, now };
  }

  /** The service's cursor alone: all that a poll asks when nothing moved. @throws KustoError */
  async cursor(signal: AbortSignal): Promise<string> {
    return (await this.#place(cursorQuery, signal)).cursor;
  }

  /** Whether the service has database cursors, which are those of all its tables; asks where it is not known yet. @throws KustoError */
  async hasCursors(signal: AbortSignal): Promise<boolean> {
    if (this.#kind === undefined) await this.cursor(signal);
    return this.#kind === 'database';
  }

  async #place(query: string, signal: AbortSignal): Promise<{ cursor: string; now: unknown }> {
    if (this.#kind === 'none') return await this.#placeByTime(signal);
    try {
      const { rows } = await this.#ask(query, signal);
      const [cursor, now] = rows[0] ?? [];
      if (typeof cursor !== 'string') throw noCursor();
      this.#kind = 'database';
      return { cursor, now };
    } catch (error) {
      if (this.#kind === 'database' || !isRefusal(error)) throw error;
      const place = await this.#placeByTime(signal).catch(() => undefined);
      if (place === undefined) throw error;
      this.#kind = 'none';
      return place;
    }
  }

  async #placeByTime(signal: AbortSignal): Promise<{ cursor: string; now: unknown }> {
    const query = timePositionQuery(this.#config);
    const { rows } = await this.#ask(query, signal);
    const [time, now] = rows[0] ?? [];
    if (typeof time !== 'string' && time !== null) throw noCursor();
    return { cursor: timeCursor(time), now };
  }
}

const noCursor = (): KustoError =>
  new KustoError('KUSTO_PROTOCOL', 'the service did not answer cursor_current() with a cursor');
