import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api';
import { KustoServiceError } from '../../errors.ts';
import type { Compilation, DiscoveredColumns } from '../../types.ts';
import { readSequence } from '../catalog/catalog.ts';
import { resolveType } from '../values/kusto-types.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { encodeRowsSql, type Protocol } from '../values/encode-rows.ts';
import { noLimits, type ResultLimits } from '../../request-properties/truncation.ts';
import { ResultLimit, type FailAfter } from './result-limit.ts';
import { asServiceError, executionTimeout, requestCancelled } from '../../service-errors.ts';

export interface QueryRunOptions {
  readonly protocol: Protocol;
  /** Milliseconds the engine may work; the time a slow reader takes does not count. */
  readonly timeoutMs: number;
  /** Ticks: what `now()` is. */
  readonly now: bigint;
  /** Aborted when the client leaves. */
  readonly signal?: AbortSignal;
  /** Called once, when the query is over: with what it failed with, or was ended by, if it did. */
  readonly onClose?: (failure: KustoServiceError | undefined) => void;
  /** Of each result. Default none. */
  readonly limits?: ResultLimits;
  /** The most rows of each result: those behind are left out, without a failure. */
  readonly takeRecords?: number | undefined;
  /** A failure of the first result that a test asked for. */
  readonly failAfter?: FailAfter | undefined;
  /** A partial failure is told in the tables of status only. */
  readonly deferFailures?: boolean;
  /** The cursor of the snapshot, when that is an older one. */
  readonly snapshotCursor?: string | undefined;
  /** What `cursor_current()` is; default the cursor of the snapshot. */
  readonly cursor?: string | undefined;
  /** Compiles the query once more, with what its {@link Compilation.discovery} found. Needed where it has one. */
  readonly complete?: (discovered: readonly DiscoveredColumns[]) => Promise<Compilation>;
  /** Values of further parameters of the SQL. */
  readonly bindings?: ReadonlyMap<string, bigint>;
}

/** Some rows of a result, as JSON. */
export interface RowBatch {
  /** `[…],[…]` */
  readonly json: string;
  readonly count: number;
}

const batchCharacters = 64 * 1024;

/**
 * One query in execution, on a connection of its own. All results and the cursor come from one snapshot of the
 * database: a row committed later is in none of them, and its cursor value is after {@link cursor}.
 */
export class QueryRun {
  /** The cursor of the snapshot, when the query uses or filters by cursors. */
  readonly cursor: string | undefined;
  readonly deferFailures: boolean;
  #compilation: Compilation;
  readonly #pool: ConnectionPool;
  readonly #connection: DuckDBConnection;
  readonly #options: QueryRunOptions;
  readonly #onAbort = (): void => {
    const reason: unknown = this.#options.signal?.reason;
    this.#stop(reason instanceof KustoServiceError ? reason : requestCancelled());
  };
  #remainingMs: number;
  #stopped: KustoServiceError | undefined;
  #failed: KustoServiceError | undefined;
  #interrupting: NodeJS.Timeout | undefined;
  #clean = true;
  #closed = false;

  private constructor(
    pool: ConnectionPool,
    connection: DuckDBConnection,
    compilation: Compilation,
    options: QueryRunOptions,
    cursor: string | undefined,
  ) {
    this.#pool = pool;
    this.#connection = connection;
    this.#compilation = compilation;
    this.#options = options;
    this.#remainingMs = options.timeoutMs;
    this.cursor = cursor;
    this.deferFailures = options.deferFailures ?? false;
    if (options.signal?.aborted === true) this.#onAbort();
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  static async start(
    pool: ConnectionPool,
    compilation: Compilation,
    options: QueryRunOptions,
  ): Promise<QueryRun> {
    const connection = await pool.lease();
    let cursor: string | undefined;
    try {
      const several = compilation.results.length > 1 || compilation.discovery !== undefined;
      if (several || compilation.usesCursor || compilation.filtersByCursor) {
        await connection.run('BEGIN TRANSACTION');
        cursor = options.snapshotCursor ?? (await readSequence(connection)).toString();
      }
    } catch (error) {
      pool.release(connection, false);
      throw error;
    }
    const run = new QueryRun(pool, connection, compilation, options, cursor);
    try {
      await run.#discover();
      return run;
    } catch (error) {
      run.#clean = false;
      await run.close();
      throw error;
    }
  }

  get compilation(): Compilation {
    return this.#compilation;
  }

  /** Finds out the columns that plugins make of the data, and has the query compiled with them. */
  async #discover(): Promise<void> {
    const known: DiscoveredColumns[] = [];
    for (;;) {
      const { discovery } = this.#compilation;
      if (discovery === undefined) return;
      const { complete } = this.#options;
      if (complete === undefined) throw new TypeError('a query with a discovery needs a way to complete it');
      const rows = await this.#timed(async () => {
        const prepared = await this.#prepare(discovery.sql);
        const result = await prepared.run().finally(() => prepared.destroySync());
        return result.getRows();
      });
      const columns = rows.map(([name, type]) => ({
        name: String(name),
        type: resolveType(String(type)) ?? 'dynamic',
      }));
      known.push({ discovery, columns });
      this.#compilation = await this.#timed(() => complete(known));
    }
  }

  /**
   * The rows of one result, in batches. To be drained, or left, before the next is asked for.
   *
   * @throws KustoServiceError on a failure at any point of the result
   */
  async *rows(ordinal: number): AsyncGenerator<RowBatch, void, undefined> {
    const compiled = this.compilation.results[ordinal];
    if (compiled === undefined) throw new RangeError(`no result ${ordinal}`);
    const { takeRecords, limits, failAfter, protocol } = this.#options;
    const selected =
      takeRecords === undefined ? compiled.sql : `SELECT * FROM (${compiled.sql}) LIMIT ${takeRecords}`;
    const sql = encodeRowsSql(selected, compiled.columns, protocol);
    const limit = new ResultLimit(limits ?? noLimits, ordinal === 0 ? failAfter : undefined);
    const reusable = this.#clean;
    this.#clean = false;
    const stream = await this.#timed(() => this.#execute(sql));
    let rows: string[] = [];
    let characters = 0;
    let whole = false;
    for (;;) {
      const chunk = await this.#timed(() => stream.fetchChunk());
      if (chunk === null || chunk.columnCount === 0) break;
      const vector = chunk.getColumnVector(0);
      for (let index = 0; index < chunk.rowCount; index += 1) {
        const row = vector.getItem(index) as string | null;
        if (row === null) {
          whole = true;
          continue;
        }
        const failure = limit.add(row);
        if (failure !== undefined) {
          this.#failed = asServiceError(failure);
          if (rows.length > 0) yield { json: rows.join(','), count: rows.length };
          throw failure;
        }
        rows.push(row);
        characters += row.length;
        if (characters < batchCharacters) continue;
        yield { json: rows.join(','), count: rows.length };
        rows = [];
        characters = 0;
      }
    }
    if (!whole) throw await this.#failure(sql);
    this.#clean = reusable;
    if (rows.length > 0) yield { json: rows.join(','), count: rows.length };
    const failure = limit.end();
    if (failure !== undefined) throw failure;
  }

  /** Gives the connection back; ends what still runs. To be called once the last `rows()` was left. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#interrupting);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    let reusable = this.#clean && this.#stopped === undefined;
    try {
      if (reusable && this.cursor !== undefined) await this.#connection.run('COMMIT');
    } catch {
      reusable = false;
    }
    this.#pool.release(this.#connection, reusable);
    this.#options.onClose?.(this.#stopped ?? this.#failed);
  }

  async #execute(sql: string): Promise<DuckDBResult> {
    const prepared = await this.#prepare(sql);
    try {
      return await prepared.stream();
    } finally {
      prepared.destroySync();
    }
  }

  #prepare(sql: string): Promise<DuckDBPreparedStatement> {
    const { now, cursor, bindings } = this.#options;
    return prepareQuery(this.#connection, sql, now, cursor ?? this.cursor ?? '', bindings);
  }

  /** Why a stream ended too soon: executed once more as a whole, which throws what the stream kept for itself. */
  async #failure(sql: string): Promise<KustoServiceError> {
    try {
      await this.#timed(async () => {
        const whole = `SELECT max(length(r)) FROM (${sql}) AS t(r)`;
        const prepared = await this.#prepare(whole);
        await prepared.run().finally(() => prepared.destroySync());
      });
    } catch (error) {
      return asServiceError(error);
    }
    return asServiceError(new Error('the result ended before its last row'));
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    if (this.#stopped !== undefined) throw this.#stopped;
    const timer = setTimeout(() => this.#stop(executionTimeout(this.#options.timeoutMs)), this.#remainingMs);
    const started = performance.now();
    try {
      const result = await work();
      // An interrupted stream looks like one that has ended.
      this.#throwIfStopped();
      return result;
    } catch (error) {
      this.#throwIfStopped();
      this.#failed = asServiceError(error);
      throw this.#failed;
    } finally {
      clearTimeout(timer);
      this.#remainingMs = Math.max(0, this.#remainingMs - (performance.now() - started));
    }
  }

  #throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  #stop(reason: KustoServiceError): void {
    if (this.#stopped !== undefined || this.#closed) return;
    this.#stopped = reason;
    this.#connection.interrupt();
    // An interrupt between two statements is forgotten when the next one starts.
    this.#interrupting = setInterval(() => this.#connection.interrupt(), 20);
  }
}

/**
 * Prepares one of a compilation's statements, with `$now` and `$cursor` bound where it uses them: the flags of the
 * compilation speak for all its statements, and DuckDB refuses to bind a parameter that this one does not have.
 */
export async function prepareQuery(
  connection: DuckDBConnection,
  sql: string,
  now: bigint,
  cursor: string,
  bindings?: ReadonlyMap<string, bigint>,
): Promise<DuckDBPreparedStatement> {
  const prepared = await connection.prepare(sql);
  for (let index = 1; index <= prepared.parameterCount; index += 1) {
    const name = prepared.parameterName(index);
    const bound = bindings?.get(name);
    if (bound !== undefined) prepared.bindBigInt(index, bound);
    else if (name === 'now') prepared.bindBigInt(index, now);
    else prepared.bindVarchar(index, cursor);
  }
  return prepared;
}
