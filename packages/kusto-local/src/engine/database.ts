import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { objectRows } from '../formats/rows.ts';
import type { Compilation, DatabaseSchema } from '../types.ts';
import { openCatalog, relationOf, type DatabaseState, type TableInfo } from './catalog/catalog.ts';
import type { DatabaseEnvironment } from './database-environment.ts';
import { ConnectionPool } from './queries/connection-pool.ts';
import { openObjects, type DatabaseObjects } from './catalog/database-objects.ts';
import { describeObjects, nextExpiry } from './catalog/describe-objects.ts';
import { ingestRows, type Ingestion, type RowReader } from './changes/ingestion.ts';
import { registerNativeFunctions } from './native/native-functions.ts';
import { nativeFunctions } from './native/registry.ts';
import { openPending, PendingCursors } from './changes/pending-cursors.ts';
import { SequenceHistory } from './sequence-history.ts';
import { QueryRun, type QueryRunOptions } from './queries/query-run.ts';
import { SerialQueue } from './serial-queue.ts';
import { asServiceError, badRequest, tableNotFound } from '../service-errors.ts';
import { ticksOfMilliseconds } from './values/times.ts';
import { WriteTurn } from './changes/write-turn.ts';

/** How often a change is compiled anew because the schema changed under it. */
const maximumCompilations = 10;

/**
 * A Kusto database on DuckDB. All changes go through one queue, so the order of commits is the order of sequence
 * values: a reader that saw a cursor value can never find a row at or below it later.
 */
export class Database {
  readonly name: string;
  /** The file, or undefined when the database is in memory. */
  readonly path: string | undefined;
  readonly queries: ConnectionPool;
  readonly #spillFolder: string;
  readonly #environment: DatabaseEnvironment;
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #queue = new SerialQueue();
  readonly #pending = new PendingCursors((ingestions) => this.#assignCursors(ingestions));
  readonly #history: SequenceHistory;
  #state: DatabaseState;
  #tables: ReadonlyMap<string, TableInfo>;
  #objects: DatabaseObjects;
  /** Ticks: when the schema loses a stored query result. */
  #nextExpiry: bigint | undefined;
  #schema: DatabaseSchema;

  private constructor(
    name: string,
    path: string | undefined,
    spillFolder: string,
    environment: DatabaseEnvironment,
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    state: DatabaseState,
    tables: readonly TableInfo[],
    objects: DatabaseObjects,
  ) {
    this.name = name;
    this.path = path;
    this.#spillFolder = spillFolder;
    this.#environment = environment;
    this.#instance = instance;
    this.#writer = writer;
    this.#state = state;
    this.#history = new SequenceHistory(state.sequence);
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#objects = objects;
    this.#schema = this.#describe();
    this.queries = new ConnectionPool(instance, environment.maximumQueries);
  }

  /** Opens or creates a database. @throws Error when its file is locked by another process or is of another format */
  static async open(
    name: string,
    path: string | undefined,
    environment: DatabaseEnvironment,
  ): Promise<Database> {
    // What a sort or join over the memory limit writes: DuckDB would put it into the working directory.
    const spillFolder =
      path === undefined ? join(tmpdir(), `kusto-local-${environment.uuid()}`) : `${path}.tmp`;
    const instance = await DuckDBInstance.create(path ?? ':memory:', {
      memory_limit: environment.memoryLimit,
      temp_directory: spillFolder,
      // A query that would fill the disk ends as one that would fill the memory.
      max_temp_directory_size: '8GB',
      // Last: with it no path can be set any more.
      enable_external_access: 'false',
    });
    try {
      const writer = await instance.connect();
      registerNativeFunctions(writer, nativeFunctions);
      for (const statement of environment.sqlPrelude) await writer.run(statement);
      const { state, tables } = await openCatalog(writer, {
        id: environment.uuid(),
        sequence: ticksOfMilliseconds(environment.now()),
        tablesMade: 0,
      });
      const objects = await openObjects(writer);
      const pending = await openPending(writer);
      const database = new Database(
        name,
        path,
        spillFolder,
        environment,
        instance,
        writer,
        state,
        tables,
        objects,
      );
      // Left by a process that did not close it.
      if (pending.length > 0) await database.#assignCursors(pending);
      return database;
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  /** A guid. */
  get id(): string {
    return this.#state.id;
  }

  /** What `cursor_current()` shows: the sequence of the last commit. */
  get cursor(): string {
    return this.#state.sequence.toString();
  }

  /** What {@link cursor} was at a moment, in ticks. */
  cursorAt(ticks: bigint): string {
    return this.#history.at(ticks).toString();
  }

  /** Gives the rows that wait for their cursor values these, in the order of their ingestion. */
  commitCursors(): Promise<void> {
    return this.#pending.flush();
  }

  /** The schema as the compiler takes it; replaced, never changed, when a table changes. */
  get schema(): DatabaseSchema {
    if (this.#nextExpiry !== undefined && ticksOfMilliseconds(this.#environment.now()) >= this.#nextExpiry) {
      this.#schema = this.#describe();
    }
    return this.#schema;
  }

  /** The tables in the order of their creation. */
  get tables(): readonly TableInfo[] {
    return [...this.#tables.values()];
  }

  /** Its functions, materialized views and stored query results. */
  get objects(): DatabaseObjects {
    return this.#objects;
  }

  /** @throws KustoServiceError `BadRequest_TableNotExist` */
  table(name: string): TableInfo {
    const table = this.#tables.get(name);
    if (table === undefined) throw tableNotFound(name, this.name);
    return table;
  }

  hasTable(name: string): boolean {
    return this.#tables.has(name);
  }

  /** Ingests the rows that `read` makes for the table's columns; they become visible together or not at all. */
  ingest(name: string, read: RowReader, createdOn?: bigint): Promise<Ingestion> {
    return this.change((turn) => ingestRows(turn, turn.table(name), read, createdOn));
  }

  /** As {@link ingest}, from objects by column name. */
  ingestObjects(name: string, objects: Iterable<Readonly<Record<string, unknown>>>): Promise<Ingestion> {
    return this.ingest(name, (columns) => objectRows(objects, columns));
  }

  /**
   * Runs a change in its turn and in one transaction: it commits when `work` is done, and is undone when that throws. What the
   * database shows follows only what was committed.
   */
  change<T>(work: (turn: WriteTurn) => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      const turn = new WriteTurn(this.#writer, this.#environment, {
        databaseName: this.name,
        schemaVersion: this.#schema.version,
        state: this.#state,
        tables: this.tables,
        objects: this.#objects,
        lastPending: this.#pending.last,
      });
      await this.#writer.run('BEGIN TRANSACTION');
      let result: T;
      try {
        result = await work(turn);
        await this.#writer.run(turn.discarded ? 'ROLLBACK' : 'COMMIT');
      } catch (error) {
        await this.#writer.run('ROLLBACK').catch(() => undefined);
        throw asServiceError(error);
      }
      if (turn.discarded) return result;
      this.#state = turn.state;
      this.#history.add(turn.state.sequence);
      if (turn.pending.length > 0) {
        this.#pending.add(turn.pending, this.#environment.cursorLagMs?.() ?? 0);
      }
      if (turn.changesSchema) {
        this.#tables = new Map(turn.tables.map((table) => [table.name, table]));
        this.#objects = turn.objects;
        this.#schema = this.#describe();
      }
      return result;
    });
  }

  /**
   * As {@link change}, with queries that are compiled before the turn, hence against the schema of that moment: should it have
   * changed when the turn comes, they are compiled again.
   */
  async changeCompiled<C, T>(
    compile: () => Promise<C>,
    work: (turn: WriteTurn, compiled: C) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 0; attempt < maximumCompilations; attempt += 1) {
      const { version } = this.#schema;
      const compiled = await compile();
      const outcome = await this.change(async (turn) =>
        turn.schemaVersion === version ? { result: await work(turn, compiled) } : undefined,
      );
      if (outcome !== undefined) return outcome.result;
    }
    throw badRequest('The tables changed again and again while the command was compiled: retry it.');
  }

  /** Changes the database's objects in the writer's turn and in one transaction. */
  changeObjects<T>(
    change: (
      connection: DuckDBConnection,
    ) => Promise<{ readonly result: T; readonly objects: DatabaseObjects }>,
  ): Promise<T> {
    return this.change(async (turn) => {
      const { result, objects } = await change(turn.connection);
      await turn.replaceObjects(objects);
      return result;
    });
  }

  /** The rows of a SELECT of the endpoint's own, on a connection for queries. */
  async read(sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
    const connection = await this.queries.lease();
    let whole = false;
    try {
      const rows = await (await connection.run(sql)).getRows();
      whole = true;
      return rows;
    } catch (error) {
      throw asServiceError(error);
    } finally {
      this.queries.release(connection, whole);
    }
  }

  startQuery(compilation: Compilation, options: QueryRunOptions): Promise<QueryRun> {
    return QueryRun.start(this.queries, compilation, options);
  }

  /** Waits for the change and the queries under way. */
  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#pending.flush();
    await this.queries.close();
    this.#writer.closeSync();
    this.#instance.closeSync();
    await rm(this.#spillFolder, { recursive: true, force: true });
  }

  async #assignCursors(ingestions: readonly bigint[]): Promise<void> {
    await this.change(async (turn) => {
      for (const ingested of ingestions) await turn.assignCursor(ingested);
    });
  }

  #describe(): DatabaseSchema {
    const now = ticksOfMilliseconds(this.#environment.now());
    this.#nextExpiry = nextExpiry(this.#objects, now);
    return {
      name: this.name,
      version: this.#environment.nextVersion(),
      tables: this.tables.map((table) => ({
        name: table.name,
        columns: table.columns,
        relation: relationOf(table),
      })),
      ...describeObjects(this.#objects, this.tables, now),
    };
  }
}
