import { KustoError } from './errors.ts';
import type { ScanEvents } from './frames/scan.ts';
import type { KustoColumn, RowBatch } from './types.ts';

/** Starts the request. Called at most once, when the first row or the columns are asked for. */
export type StartResult = (events: ScanEvents, signal: AbortSignal) => AsyncGenerator<RowBatch, void, void>;

/**
 * The rows of one query, read as they are iterated. Can be iterated once. Ends normally only after the service's own word that
 * the result is whole; leaving early ends the HTTP request. `await using` does so on every path.
 */
export class QueryResult implements AsyncIterable<RowBatch>, AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #source: AsyncGenerator<RowBatch, void, void>;
  readonly #headers = Promise.withResolvers<readonly KustoColumn[]>();
  #first: Promise<IteratorResult<RowBatch, void>> | undefined;
  #firstTaken = false;
  #iterated = false;
  #cursor: string | undefined;

  constructor(start: StartResult, signal: AbortSignal | undefined) {
    const joined = signal === undefined ? this.#abort.signal : AbortSignal.any([signal, this.#abort.signal]);
    this.#source = start(
      {
        columns: (columns) => this.#headers.resolve(columns),
        cursor: (cursor) => {
          this.#cursor = cursor;
        },
      },
      joined,
    );
    // Nobody may ever ask for the columns: their failure is then told by the iteration.
    this.#headers.promise.catch(() => {});
  }

  /** The columns, also of a result without rows. Starts the request when the iteration did not. */
  get columns(): Promise<readonly KustoColumn[]> {
    void this.#prime();
    return this.#headers.promise;
  }

  /** The database cursor that came with the answer, once the iteration ended. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** @throws KustoError KUSTO_RESULT_USED at the second call */
  [Symbol.asyncIterator](): AsyncIterator<RowBatch, void, void> {
    if (this.#iterated)
      throw new KustoError('KUSTO_RESULT_USED', 'this result was already iterated; send the query again');
    this.#iterated = true;
    return {
      next: async () => {
        if (this.#firstTaken) return await this.#source.next();
        const first = this.#prime();
        this.#firstTaken = true;
        return await first;
      },
      return: async () => {
        await this[Symbol.asyncDispose]();
        return { done: true, value: undefined };
      },
    };
  }

  /** Ends the request if it is under way. Never throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new KustoError('KUSTO_ABORTED', 'the reader of the result left before its end'));
    await this.#source.return().catch(() => {});
    this.#headers.reject(this.#abort.signal.reason);
  }

  #prime(): Promise<IteratorResult<RowBatch, void>> {
    if (this.#first === undefined) {
      this.#first = this.#source.next();
      this.#first.catch((error: unknown) => this.#headers.reject(error));
    }
    return this.#first;
  }
}
