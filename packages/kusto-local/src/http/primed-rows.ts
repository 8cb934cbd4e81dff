import type { QueryRun, RowBatch } from '../engine/queries/query-run.ts';
import { ConnectionCut } from '../faults/connection-cut.ts';
import { InjectedFailure } from '../faults/injected-failure.ts';
import { isPartialFailure } from '../service-errors.ts';

/**
 * The rows of a query's first result, its first batch fetched: an error up to there still becomes an HTTP status,
 * because nothing was sent yet. A partial query failure does not: it is thrown where the rows are read.
 */
export class PrimedRows {
  readonly #rows: AsyncGenerator<RowBatch, void, undefined>;
  readonly #failure: unknown;
  #first: IteratorResult<RowBatch, void> | undefined;

  private constructor(
    rows: AsyncGenerator<RowBatch, void, undefined>,
    first: IteratorResult<RowBatch, void> | undefined,
    failure?: unknown,
  ) {
    this.#rows = rows;
    this.#first = first;
    this.#failure = failure;
  }

  static async of(run: QueryRun): Promise<PrimedRows> {
    const rows = run.rows(0);
    if (run.compilation.results.length === 0) return new PrimedRows(rows, undefined);
    try {
      return new PrimedRows(rows, await rows.next());
    } catch (error) {
      const isInjected = error instanceof ConnectionCut || error instanceof InjectedFailure;
      if (!isInjected && !isPartialFailure(error)) throw error;
      return new PrimedRows(rows, undefined, error);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RowBatch, void, undefined> {
    if (this.#failure !== undefined) throw this.#failure;
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
