import type { QueryResult } from './drasi-engine.ts';
import type { ExactValue, Row } from './exact-json.ts';

/**
 * The last row of every group of an aggregation. Drasi's engine names no row before an UPDATE when an element that was there already
 * begins to match the query's WHERE, though the group had one: it is the last one that was seen.
 */
export class LastRows {
  readonly #query: string;
  readonly #groupBy: string;
  readonly #rows = new Map<ExactValue, Row>();

  /** @param groupBy the column that names a group in the rows of `query` */
  constructor(query: string, groupBy: string) {
    this.#query = query;
    this.#groupBy = groupBy;
  }

  /** The rows that are there before the first result. */
  begin(rows: readonly Row[]): void {
    for (const row of rows) this.#remember(row);
  }

  /** The result with the row before it, where the engine left it out and it is known. Results come in the engine's order. */
  complete(result: QueryResult): QueryResult {
    const { query, type, before, after } = result;
    if (query !== this.#query || after === undefined) return result;
    const last = this.#rows.get(after[this.#groupBy] ?? null);
    this.#remember(after);
    return type === 'UPDATE' && before === undefined ? { ...result, before: last } : result;
  }

  #remember(row: Row): void {
    this.#rows.set(row[this.#groupBy] ?? null, row);
  }
}
