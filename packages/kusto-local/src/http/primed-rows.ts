import type { QueryRun, RowBatch } from '../engine/query-run.ts';

/**
 * The rows of a query's first result, its first batch fetched: an error up to there still becomes an HTTP status,
 * because nothing was sent yet.
 */
export class PrimedRows {
  readonly #rows: AsyncGenerator<RowBatch, void, undefined>;
  #first: IteratorResult<RowBatch, void> | undefined;

  private constructor(
    rows: AsyncGenerator<RowBatch, void, undefined>,
    first: IteratorResult<RowBatch, void> | undefined,
  ) {
    this.#rows = rows;
    this.#first = first;
  }

  static async of(run: QueryRun): Promise<PrimedRows> {
    const rows = run.rows(0);
    return new PrimedRows(rows, run.compilation.results.length === 0 ? undefined : await rows.next());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RowBatch, void, undefined> {
    const first = this.#first;
    this.#first = undefined;
    if (first === undefined || first.done === true) return;
    yield first.value;
    yield* this.#rows;
  }

  /** Leaves the rows, wherever they are, or were never asked for. */
  async close(): Promise<void> {
    await this.#rows.return();
  }
}
