import type { DuckDBConnection } from '@duckdb/node-api';
import { hiddenColumns } from '../../types.ts';
import { relationOf, type TableInfo } from '../catalog/catalog.ts';
import { quoteIdentifier } from '../sql-text.ts';

/**
 * Ingestions whose rows can be queried and have no cursor value yet (the service's page "Database cursors": the value comes
 * when the ingestion is committed to the cursor, some time after the rows are there). They are told by their ingestion time in
 * ticks, which is no other ingestion's while it waits. The order of their values is the order of the ingestions.
 */
export class PendingCursors {
  readonly #assign: (ingestions: readonly bigint[]) => Promise<void>;
  readonly #waiting: { readonly ingested: bigint; readonly due: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #assigning: Promise<void> = Promise.resolve();

  /** `assign` gives the ingestions their values, in one change of the database. */
  constructor(assign: (ingestions: readonly bigint[]) => Promise<void>) {
    this.#assign = assign;
  }

  /** The last of them, 0 when none waits. */
  get last(): bigint {
    return this.#waiting.at(-1)?.ingested ?? 0n;
  }

  add(ingestions: readonly bigint[], delayMs: number): void {
    for (const ingested of ingestions) {
      // A shorter delay must not overtake.
      const due = Math.max(performance.now() + delayMs, this.#waiting.at(-1)?.due ?? 0);
      this.#waiting.push({ ingested, due });
    }
    this.#schedule();
  }

  /** Gives all that wait their values now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#take(Number.POSITIVE_INFINITY);
    await this.#assigning;
  }

  #schedule(): void {
    const [first] = this.#waiting;
    clearTimeout(this.#timer);
    if (first === undefined) return;
    this.#timer = setTimeout(() => this.#take(performance.now()), Math.max(0, first.due - performance.now()));
    // Closing the database gives the values that still wait.
    this.#timer.unref();
  }

  #take(time: number): void {
    const count = this.#waiting.findIndex(({ due }) => due > time);
    const taken = this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
    if (taken.length > 0) {
      const ingestions = taken.map(({ ingested }) => ingested);
      // What cannot be given is kept in the database and given when it is opened again.
      this.#assigning = this.#assigning.then(() => this.#assign(ingestions)).catch(() => undefined);
    }
    this.#schedule();
  }
}

/** Makes the table of pending ingestions, or reads the ones of a database that did not close in time. */
export async function openPending(connection: DuckDBConnection): Promise<readonly bigint[]> {
  await connection.run('CREATE TABLE IF NOT EXISTS "$pending" (ingested BIGINT)');
  const result = await connection.run('SELECT ingested FROM "$pending" ORDER BY ingested');
  return (await result.getRows()).map(([ingested]) => ingested as bigint);
}

export async function insertPending(connection: DuckDBConnection, ingested: bigint): Promise<void> {
  await connection.run('INSERT INTO "$pending" VALUES ($1)', [ingested]);
}

const sequence = quoteIdentifier(hiddenColumns.sequence);
const ingestion = quoteIdentifier(hiddenColumns.ingestion);

/** Gives one ingestion's rows, in whichever tables they are by now, their cursor value. Returns how many there are. */
export async function assignSequence(
  connection: DuckDBConnection,
  tables: readonly TableInfo[],
  ingested: bigint,
  value: bigint,
): Promise<number> {
  let count = 0;
  for (const table of tables) {
    const changed = await connection.run(
      `UPDATE ${relationOf(table)} SET ${sequence} = $1 WHERE ${sequence} IS NULL AND ${ingestion} = $2`,
      [value, ingested],
    );
    count += changed.rowsChanged;
  }
  await connection.run('DELETE FROM "$pending" WHERE ingested = $1', [ingested]);
  return count;
}
