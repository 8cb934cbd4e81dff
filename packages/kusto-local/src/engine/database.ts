import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { objectRows, type Row } from '../formats/rows.ts';
import type { Column, Compilation, DatabaseSchema } from '../types.ts';
import { appendRows, type Stamp } from './append-rows.ts';
import {
  deleteTable,
  insertTable,
  openCatalog,
  relationOf,
  updateTable,
  writeSequence,
  type DatabaseState,
  type TableInfo,
} from './catalog.ts';
import { ConnectionPool } from './connection-pool.ts';
import { openObjects, writeObjects, type DatabaseObjects } from './database-objects.ts';
import { prepareQuery, QueryRun, type QueryRunOptions } from './query-run.ts';
import { SerialQueue } from './serial-queue.ts';
import { asServiceError, badRequest, tableNotFound } from './service-errors.ts';
import { checkColumns, checkEntityName } from './names.ts';
import { registerNativeFunctions } from './native-functions.ts';
import { nativeFunctions } from './native/registry.ts';
import { quoteLiteral } from './sql-text.ts';
import { ticksOfMilliseconds } from './times.ts';

/** What a database takes from the endpoint it belongs to. */
export interface DatabaseEnvironment {
  /** DuckDB's `memory_limit`, for example `1GB`. */
  readonly memoryLimit: string;
  /** Statements run once on a database when it is opened: the compiler's macros. */
  readonly sqlPrelude: readonly string[];
  readonly maximumQueries: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly uuid: () => string;
  /** A number never given before: the version of a schema. */
  readonly nextVersion: () => number;
}

export interface TableDefinition {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly folder?: string;
  readonly docString?: string;
  readonly ingestionTime?: boolean;
}

/** One ingestion: one commit, one extent, one ingestion time, one cursor value. */
export interface Ingestion {
  /** A guid; the zero guid when there was no row to ingest. */
  readonly extentId: string;
  readonly rowCount: number;
}

const noExtent = '00000000-0000-0000-0000-000000000000';

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
  #state: DatabaseState;
  #tables: ReadonlyMap<string, TableInfo>;
  #objects: DatabaseObjects;
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
      return new Database(name, path, spillFolder, environment, instance, writer, state, tables, objects);
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

  /** The schema as the compiler takes it; replaced, never changed, when a table changes. */
  get schema(): DatabaseSchema {
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

  /** Creates a table; one that exists is returned unchanged, whatever its schema, as the service does. */
  createTable(definition: TableDefinition): Promise<TableInfo> {
    return this.#write(async (connection) => {
      const existing = this.#tables.get(definition.name);
      if (existing !== undefined) return { result: existing };
      const table = this.#newTable(definition);
      await insertTable(connection, table, this.#state.tablesMade + 1);
      return { result: table, tables: [...this.tables, table], made: 1 };
    });
  }

  /** Creates a table, or adds the columns it does not have at its end. A column's type cannot change. */
  mergeTable(definition: TableDefinition): Promise<TableInfo> {
    return this.#write(async (connection) => {
      const existing = this.#tables.get(definition.name);
      if (existing === undefined) {
        const table = this.#newTable(definition);
        await insertTable(connection, table, this.#state.tablesMade + 1);
        return { result: table, tables: [...this.tables, table], made: 1 };
      }
      const added = addedColumns(existing, definition.columns);
      const columns = [...existing.columns, ...added];
      checkColumns(existing.name, columns);
      const table: TableInfo = {
        ...existing,
        columns,
        folder: definition.folder ?? existing.folder,
        docString: definition.docString ?? existing.docString,
      };
      await updateTable(connection, table, added);
      return {
        result: table,
        tables: this.tables.map((other) => (other.name === table.name ? table : other)),
      };
    });
  }

  /** Returns whether there was such a table. */
  dropTable(name: string): Promise<boolean> {
    return this.#write(async (connection) => {
      const table = this.#tables.get(name);
      if (table === undefined) return { result: false };
      await deleteTable(connection, table);
      return { result: true, tables: this.tables.filter((other) => other.name !== name) };
    });
  }

  /** Rows ingested while the policy is off have no ingestion time and no cursor value, also once it is on again. */
  setIngestionTimePolicy(name: string, enabled: boolean): Promise<TableInfo> {
    return this.#write(async (connection) => {
      const table = { ...this.table(name), ingestionTime: enabled };
      await updateTable(connection, table, []);
      return { result: table, tables: this.tables.map((other) => (other.name === name ? table : other)) };
    });
  }

  /** Ingests the rows that `read` makes for the table's columns; they become visible together or not at all. */
  ingest(name: string, read: (columns: readonly Column[]) => Iterable<Row>): Promise<Ingestion> {
    return this.#write(async (connection) => {
      const table = this.table(name);
      const stamp = this.#stamp(table);
      const rowCount = await appendRows(connection, table, read(table.columns), stamp);
      return this.#ingested(connection, stamp, rowCount);
    });
  }

  /** As {@link ingest}, from objects by column name. */
  ingestObjects(name: string, objects: Iterable<Readonly<Record<string, unknown>>>): Promise<Ingestion> {
    return this.ingest(name, (columns) => objectRows(objects, columns));
  }

  /**
   * Ingests the first result of a query, by ordinal of its columns. `prepare` says, inside the writer's turn, which
   * table takes it (`.set` and `.append` differ in whether it may exist); a definition is created in the same commit.
   */
  ingestQuery(
    compilation: Compilation,
    now: bigint,
    prepare: (database: Database) => TableInfo | TableDefinition,
  ): Promise<Ingestion> {
    return this.#write(async (connection) => {
      const compiled = compilation.results[0];
      if (compiled === undefined) throw badRequest('The query to ingest from has no result.');
      const target = prepare(this);
      let tables: readonly TableInfo[] | undefined;
      let table: TableInfo;
      if ('physicalName' in target) {
        table = target;
        checkSchema(table, compiled.columns);
      } else {
        table = this.#newTable(target);
        tables = [...this.tables, table];
        await insertTable(connection, table, this.#state.tablesMade + 1);
      }
      const stamp = this.#stamp(table);
      const names = compiled.columns.map((_, index) => `c${index}`).join(', ');
      const sql =
        `INSERT INTO ${relationOf(table)} SELECT ${stamp.sequence ?? 'NULL'}, ${stamp.ingested ?? 'NULL'}, ` +
        `${quoteLiteral(stamp.extent)}, ${names} FROM (${compiled.sql}) AS q(${names})`;
      const prepared = await prepareQuery(connection, sql, now, this.cursor);
      const inserted = await prepared.run().finally(() => prepared.destroySync());
      const outcome = await this.#ingested(connection, stamp, inserted.rowsChanged);
      return tables === undefined ? outcome : { ...outcome, tables, made: 1 };
    });
  }

  /** Changes the database's objects in the writer's turn and in one transaction. */
  changeObjects<T>(
    change: (
      connection: DuckDBConnection,
    ) => Promise<{ readonly result: T; readonly objects: DatabaseObjects }>,
  ): Promise<T> {
    return this.#write(async (connection) => {
      const { result, objects } = await change(connection);
      await writeObjects(connection, objects);
      return { result, objects };
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
    await this.queries.close();
    this.#writer.closeSync();
    this.#instance.closeSync();
    await rm(this.#spillFolder, { recursive: true, force: true });
  }

  async #ingested(connection: DuckDBConnection, stamp: Stamp, rowCount: number): Promise<Outcome<Ingestion>> {
    if (rowCount === 0) return { result: { extentId: noExtent, rowCount } };
    const result = { extentId: stamp.extent, rowCount };
    if (stamp.sequence === null) return { result };
    await writeSequence(connection, stamp.sequence);
    return { result, sequence: stamp.sequence };
  }

  /** The hidden values of one ingestion. Called in the writer's turn only, so no value is given twice. */
  #stamp(table: TableInfo): Stamp {
    const extent = this.#environment.uuid();
    if (!table.ingestionTime) return { sequence: null, ingested: null, extent };
    const now = ticksOfMilliseconds(this.#environment.now());
    const next = this.#state.sequence + 1n;
    // The clock may not have moved since the last ingestion: the newer one must still be the newer by ingestion_time().
    const sequence = now > next ? now : next;
    return { sequence, ingested: sequence, extent };
  }

  #newTable(definition: TableDefinition): TableInfo {
    checkEntityName('table', definition.name);
    checkColumns(definition.name, definition.columns);
    return {
      id: this.#environment.uuid(),
      name: definition.name,
      columns: definition.columns,
      physicalName: `t${this.#state.tablesMade + 1}`,
      folder: definition.folder ?? '',
      docString: definition.docString ?? '',
      ingestionTime: definition.ingestionTime ?? true,
    };
  }

  /** Runs a change in its turn and in one transaction; the memory's picture follows only what was committed. */
  #write<T>(change: (connection: DuckDBConnection) => Promise<Outcome<T>>): Promise<T> {
    return this.#queue.run(async () => {
      await this.#writer.run('BEGIN TRANSACTION');
      let outcome: Outcome<T>;
      try {
        outcome = await change(this.#writer);
        await this.#writer.run('COMMIT');
      } catch (error) {
        await this.#writer.run('ROLLBACK').catch(() => undefined);
        throw asServiceError(error);
      }
      this.#state = {
        ...this.#state,
        sequence: outcome.sequence ?? this.#state.sequence,
        tablesMade: this.#state.tablesMade + (outcome.made ?? 0),
      };
      if (outcome.objects !== undefined) this.#objects = outcome.objects;
      if (outcome.tables !== undefined) {
        this.#tables = new Map(outcome.tables.map((table) => [table.name, table]));
      }
      if (outcome.tables !== undefined || outcome.objects !== undefined) this.#schema = this.#describe();
      return outcome.result;
    });
  }

  #describe(): DatabaseSchema {
    return {
      name: this.name,
      version: this.#environment.nextVersion(),
      tables: this.tables.map((table) => ({
        name: table.name,
        columns: table.columns,
        relation: relationOf(table),
      })),
    };
  }
}

/** What a change made of the database's state, applied once it is committed. */
interface Outcome<T> {
  readonly result: T;
  readonly tables?: readonly TableInfo[];
  readonly objects?: DatabaseObjects;
  readonly made?: number;
  readonly sequence?: bigint;
}

function addedColumns(table: TableInfo, columns: readonly Column[]): Column[] {
  return columns.filter((column) => {
    const existing = table.columns.find(({ name }) => name === column.name);
    if (existing !== undefined && existing.type !== column.type) {
      throw badRequest(
        `Column '${column.name}' of table '${table.name}' is of type ${existing.type} and cannot become ${column.type}.`,
      );
    }
    return existing === undefined;
  });
}

function checkSchema(table: TableInfo, columns: readonly Column[]): void {
  const types = (list: readonly Column[]): string => list.map(({ type }) => type).join(', ');
  if (types(table.columns) === types(columns)) return;
  throw badRequest(
    `Query schema does not match table schema. QuerySchema=(${types(columns)}), TableSchema=(${types(table.columns)}).`,
  );
}
