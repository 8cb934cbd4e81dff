import { isCommand, KustoError, quoteIdentifier } from '@drasi-kusto/kusto-client';
import type { KustoClient, KustoColumn, QueryOptions, QueryResult, Rows } from '@drasi-kusto/kusto-client';
import type { Detection, EntityConfig } from '../config/entity-config.ts';
import { ElementEncoder } from '../element/element-encoder.ts';
import { elementShape } from '../element/element-shape.ts';
import { Cursors, type Position } from './cursors.ts';
import { checkDeletedWhen } from './deleted-when.ts';
import { checkVersionColumn } from './version-column.ts';
import { entityRows } from './entity-rows.ts';
import { leaverRows } from './latest-rows.ts';
import { isRefusal } from './refusal.ts';
import { explainRefusal, isMissingDatabase, missingDatabase } from './refused-query.ts';
import { isTimeCursor } from './time-cursor.ts';
import { requestId, type RequestService } from './request-id.ts';
import { sourceClient, type SourceClientOptions } from './source-client.ts';
import {
  cursorProbeQuery,
  hashQuery,
  helperNames,
  keyCountQuery,
  rowCountQuery,
  rowSampleQuery,
  schemaQuery,
  tableCountQuery,
  type RowRange,
  type WindowRange,
} from './window-query.ts';

/** How rows are read; see `EntityRows`. */
export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Default append. */
  readonly detection?: Detection | undefined;
  /** A predicate over the query's columns: only these rows. */
  readonly slice?: string | undefined;
  readonly identity?: { readonly bucketCount: number } | undefined;
  readonly identityAlone?: boolean | undefined;
  readonly where?: string | undefined;
  readonly operators?: readonly string[] | undefined;
}

export interface SourceReaderOptions extends SourceClientOptions {
  readonly config: EntityConfig;
  /** Shared with other readers, and not closed by this one. Default one of its own. */
  readonly client?: KustoClient;
  /** For what is read: a part of the id of every request (`requestId`). */
  readonly service?: RequestService;
}

/** Reading a source's table: the cursor, the columns, and the rows of a range. */
export class SourceReader implements AsyncDisposable {
  readonly #config: EntityConfig;
  readonly #client: KustoClient;
  readonly #ownsClient: boolean;
  readonly #service: RequestService | undefined;
  #columns: readonly KustoColumn[] | undefined;
  /** The query was answered once: what is missing now is gone. */
  #wasThere = false;
  readonly #cursors: Cursors;

  constructor(options: SourceReaderOptions) {
    this.#config = options.config;
    this.#client = options.client ?? sourceClient(options.config, options);
    this.#ownsClient = options.client === undefined;
    this.#service = options.service;
    this.#cursors = new Cursors(this.#config, (query, signal) => this.#rows(query, signal));
  }

  /** Where the service stands (`Cursors`). @throws KustoError */
  async position(signal: AbortSignal): Promise<Position> {
    return await this.#cursors.position(signal);
  }

  /** The service's cursor alone: all that a poll asks when nothing moved. @throws KustoError */
  async cursor(signal: AbortSignal): Promise<string> {
    return await this.#cursors.cursor(signal);
  }

  /** Whether the service has database cursors, which are those of all its tables. @throws KustoError */
  async hasCursors(signal: AbortSignal): Promise<boolean> {
    return await this.#cursors.hasCursors(signal);
  }

  /**
   * How the service hashes keys of this source now. Kusto reserves the right to change its hash function, and a key column may
   * get another type: while this text is the same, so are the slices.
   */
  async hashing(signal: AbortSignal): Promise<string> {
    const columns = await this.columns(signal);
    const types = this.#config.primaryKey.map((key) => columns.find(({ name }) => name === key)?.type ?? '');
    return [...types, ...(await this.#numbers(hashQuery, signal))].join(' ');
  }

  /**
   * The first question to the service, for commands that a person waits for: answers, or throws, within the time given.
   * @throws KustoError KUSTO_UNREACHABLE when there was no answer in time
   * @throws KustoSourceError CONFIGURATION when there is no such database
   */
  async firstPosition(signal: AbortSignal, timeoutMs: number): Promise<Position> {
    return await this.firstAnswer((inTime) => this.position(inTime), signal, timeoutMs);
  }

  /** Any other first question, under the same terms. @throws KustoError */
  async firstAnswer<T>(
    question: (inTime: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<T> {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await question(AbortSignal.any([signal, timeout]));
    } catch (error) {
      if (error instanceof KustoError && isMissingDatabase(error))
        throw await missingDatabase(this.#config, error, (text) => this.ask(text, signal));
      if (!timeout.aborted || signal.aborted) throw error;
      const message = `${this.#config.connection.uri} did not answer within ${Math.round(timeoutMs / 1000)} s`;
      throw new KustoError('KUSTO_UNREACHABLE', message, { cause: error });
    }
  }

  /** A small answer to a query, or to a `.show` command, in the database of the source. @throws KustoError */
  async ask(text: string, signal: AbortSignal): Promise<Rows> {
    return isCommand(text) ? await this.#show(text, signal) : await this.#rows(text, signal);
  }

  /**
   * Asks for the columns of the query and checks that the key is among them, and for the type of DELETED_WHEN, before anything else is asked, sent or stored:
   * the service's own words for a wrong name point into text that the user never wrote.
   * @throws KustoSourceError SCHEMA naming the property
   */
  async checkSchema(signal: AbortSignal): Promise<readonly KustoColumn[]> {
    try {
      this.#columns = await this.#readColumns(signal);
    } catch (error) {
      if (!(error instanceof KustoError) || error.code !== 'KUSTO_BAD_REQUEST') throw error;
      throw await explainRefusal(this.#config, error, (text) => this.ask(text, signal), this.#wasThere);
    }
    this.#wasThere = true;
    const check = { ...elementShape(this.#config), columns: this.#columns, omit: [], now: () => 0n };
    void new ElementEncoder(check);
    checkVersionColumn(this.#config, this.#columns);
    await checkDeletedWhen(this.#config, (text) => this.#rows(text, signal));
    return this.#columns;
  }

  /**
   * The rows of a range, and how many the most repeated key has: above one, reading needs the fold. For latest, rows that the query's
   * filters leave out count as well.
   */
  async countKeys(
    range: RowRange,
    signal: AbortSignal,
    detection: Detection = 'append',
  ): Promise<{ rows: number; mostOfOneKey: number }> {
    const query = keyCountQuery(this.#config, range, detection);
    const [rows = 0, mostOfOneKey = 0] = await this.#numbers(query, signal);
    return { rows, mostOfOneKey };
  }

  /** The rows of a range, and how many of them pass the query's filters: for latest alone these are two numbers. */
  async countRows(
    range: RowRange,
    signal: AbortSignal,
    detection: Detection = 'append',
  ): Promise<{ rows: number; live: number }> {
    const [live = 0, rows = live] = await this.#numbers(
      rowCountQuery(this.#config, range, detection),
      signal,
    );
    return { rows, live };
  }

  /** All rows of the table, which the service knows without looking at them. */
  async countTable(signal: AbortSignal): Promise<number> {
    const [rows = 0] = await this.#numbers(tableCountQuery(this.#config), signal);
    return rows;
  }

  /** Mean bytes of the table's rows as the service stores them. @throws KustoError where the identity may not ask */
  async storedRowBytes(signal: AbortSignal): Promise<number | undefined> {
    const command = `.show table ${quoteIdentifier(this.#config.table)} details`;
    const { columns, rows } = await this.#show(command, signal);
    const cell = (name: string): number =>
      Number(rows[0]?.[columns.findIndex((column) => column.name === name)] ?? Number.NaN);
    const bytes = cell('TotalOriginalSize') / cell('TotalRowCount');
    return Number.isFinite(bytes) && bytes > 0 ? bytes : undefined;
  }

  /** Mean bytes of some rows of the range. @throws KustoError */
  async sampledRowBytes(range: RowRange, signal: AbortSignal): Promise<number | undefined> {
    const [rows = 0, bytes = 0] = await this.#numbers(rowSampleQuery(this.#config, range), signal);
    return rows > 0 && bytes > 0 ? bytes / rows : undefined;
  }

  /** Whether it is the cursor that the service refuses: the same question is answered with the cursor before everything. */
  async refusesCursor(cursor: string, signal: AbortSignal): Promise<boolean> {
    if (isTimeCursor(cursor)) return false;
    try {
      await this.ask(cursorProbeQuery(this.#config, cursor), signal);
      return false;
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    await this.ask(cursorProbeQuery(this.#config, ''), signal);
    return true;
  }

  /** The columns of the query's result, as last seen. @throws KustoError */
  async columns(signal: AbortSignal): Promise<readonly KustoColumn[]> {
    return (this.#columns ??= await this.#readColumns(signal));
  }

  /**
   * The live rows of a range (`entityRows`).
   * @param omitted columns that are no properties
   * @throws KustoError
   */
  async rows(
    range: RowRange,
    fold: boolean,
    options: ReadOptions,
    omitted: readonly string[] = [],
  ): Promise<QueryResult> {
    const { signal, detection = 'append', slice, identity, identityAlone, where, operators } = options;
    const named = fold || identity !== undefined || detection === 'latest';
    const all = named ? await this.columns(signal) : [];
    const columns = all.filter(({ name }) => !omitted.includes(name));
    const config = this.#config;
    return this.#query(
      entityRows({
        config,
        detection,
        range,
        columns,
        fold,
        slice,
        identity,
        identityAlone,
        where,
        operators,
      }),
      signal,
    );
  }

  /** The keys that left in a window (`leaverRows`). @throws KustoError */
  async leavers(
    range: WindowRange,
    bucketCount: number,
    { signal, slice }: Pick<ReadOptions, 'signal' | 'slice'>,
    omitted: readonly string[] = [],
  ): Promise<QueryResult> {
    const columns = (await this.columns(signal)).filter(({ name }) => !omitted.includes(name));
    return this.#query(leaverRows({ config: this.#config, range, columns, slice }, bucketCount), signal);
  }

  /** Columns may have come or gone: they are read again before the next fold. */
  forgetColumns(): void {
    this.#columns = undefined;
  }

  /** A column that the fold does not know takes no part in its tie-break: ask for the columns anew. */
  noteColumns(columns: readonly KustoColumn[]): void {
    const known = this.#columns?.map((column) => column.name);
    if (known !== undefined && columns.some(({ name }) => !known.includes(name) && !helperNames.has(name)))
      this.forgetColumns();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ownsClient) await this.#client.close();
  }

  async #readColumns(signal: AbortSignal): Promise<readonly KustoColumn[]> {
    const { columns } = await this.#rows(schemaQuery(this.#config), signal);
    return columns;
  }

  /** The first row of a query whose columns are numbers; nulls are 0. */
  async #numbers(text: string, signal: AbortSignal): Promise<readonly number[]> {
    const { rows } = await this.#rows(text, signal);
    return (rows[0] ?? []).map((cell) => Number(cell ?? 0));
  }

  /** The service's limits of a result stay on. A result beyond them is a failure, never a cut answer; then slices are read. */
  #query(text: string, signal: AbortSignal): QueryResult {
    return this.#client.query(this.#config.database, text, { ...this.#options(signal), reuseBuffers: true });
  }

  #rows(text: string, signal: AbortSignal): Promise<Rows> {
    return this.#client.rows(this.#config.database, text, this.#options(signal));
  }

  #show(command: string, signal: AbortSignal): Promise<Rows> {
    return this.#client.management(this.#config.database, command, this.#options(signal));
  }

  #options(signal: AbortSignal): QueryOptions {
    return this.#service === undefined ? { signal } : { signal, clientRequestId: requestId(this.#service) };
  }
}
