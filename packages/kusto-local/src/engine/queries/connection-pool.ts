import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { tooManyQueries } from '../../service-errors.ts';

/** Connections for queries: a stream occupies its connection until it is drained. */
export class ConnectionPool {
  readonly #instance: DuckDBInstance;
  readonly #limit: number;
  readonly #kept = 8;
  readonly #idle: DuckDBConnection[] = [];
  #leased = 0;
  #whenIdle: (() => void) | undefined;

  constructor(instance: DuckDBInstance, limit: number) {
    this.#instance = instance;
    this.#limit = limit;
  }

  /** @throws KustoServiceError `TooManyRequests` when all are in use */
  async lease(): Promise<DuckDBConnection> {
    if (this.#leased >= this.#limit) throw tooManyQueries(this.#limit);
    this.#leased += 1;
    try {
      return this.#idle.pop() ?? (await this.#instance.connect());
    } catch (error) {
      this.#leased -= 1;
      throw error;
    }
  }

  /** A connection whose last statement did not run to its end is not used again. */
  release(connection: DuckDBConnection, reusable: boolean): void {
    this.#leased -= 1;
    if (this.#leased === 0) this.#whenIdle?.();
    if (reusable && this.#idle.length < this.#kept) this.#idle.push(connection);
    else connection.closeSync();
  }

  get leased(): number {
    return this.#leased;
  }

  /** Waits until all connections are back: one must not be closed while a statement runs on it. */
  async close(): Promise<void> {
    if (this.#leased > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    for (const connection of this.#idle.splice(0)) connection.closeSync();
  }
}
