import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../../types.ts';
import type { Stamp } from './append-rows.ts';
import {
  createRelation,
  deleteTable,
  insertTable,
  updateTable,
  writeSequence,
  type DatabaseState,
  type TableInfo,
} from '../catalog/catalog.ts';
import { refuseTakenName, writeObjects, type DatabaseObjects } from '../catalog/database-objects.ts';
import { checkColumns, checkEntityName } from '../catalog/names.ts';
import { assignSequence, insertPending } from './pending-cursors.ts';
import { tableNotFound } from '../../service-errors.ts';
import { refuseSource } from './views.ts';
import { ticksOfMilliseconds } from '../values/times.ts';

export interface TableDefinition {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly folder?: string;
  readonly docString?: string;
  readonly ingestionTime?: boolean;
}

/** What a change takes from outside. */
export interface TurnEnvironment {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly uuid: () => string;
  /** How long new rows have no cursor value. Default 0. */
  readonly cursorLagMs?: () => number;
}

/** A database as a change finds it. */
export interface TurnStart {
  readonly databaseName: string;
  readonly schemaVersion: number;
  readonly state: DatabaseState;
  readonly tables: readonly TableInfo[];
  readonly objects: DatabaseObjects;
  /** Ticks: the time of the last ingestion that still waits for its cursor value. Default 0. */
  readonly lastPending?: bigint;
}

/**
 * One change of a database: a transaction, and the picture of the catalog that becomes the database's when it commits. Its
 * methods see what the change has done so far.
 */
export class WriteTurn {
  readonly connection: DuckDBConnection;
  readonly databaseName: string;
  /** Of the schema the change began with: what a compiled query must have been compiled against. */
  readonly schemaVersion: number;
  readonly #environment: TurnEnvironment;
  #state: DatabaseState;
  #tables: readonly TableInfo[];
  #objects: DatabaseObjects;
  #changesSchema = false;
  #discarded = false;
  #lastPending: bigint;
  readonly #pending: bigint[] = [];

  constructor(connection: DuckDBConnection, environment: TurnEnvironment, start: TurnStart) {
    this.connection = connection;
    this.#environment = environment;
    this.databaseName = start.databaseName;
    this.schemaVersion = start.schemaVersion;
    this.#state = start.state;
    this.#tables = start.tables;
    this.#objects = start.objects;
    this.#lastPending = start.lastPending ?? 0n;
  }

  /** Ticks: the ingestions of this change that are to get their cursor values later. */
  get pending(): readonly bigint[] {
    return this.#pending;
  }

  get state(): DatabaseState {
    return this.#state;
  }

  /** In the order of their creation. */
  get tables(): readonly TableInfo[] {
    return this.#tables;
  }

  get objects(): DatabaseObjects {
    return this.#objects;
  }

  get changesSchema(): boolean {
    return this.#changesSchema;
  }

  /** Whether the change is to be undone, though nothing failed. */
  get discarded(): boolean {
    return this.#discarded;
  }

  /** Undoes the change once its work is done: what a command says it would do (`whatif`). */
  discard(): void {
    this.#discarded = true;
  }

  find(name: string): TableInfo | undefined {
    return this.#tables.find((table) => table.name === name);
  }

  /** @throws KustoServiceError `BadRequest_TableNotExist` */
  table(name: string): TableInfo {
    const table = this.find(name);
    if (table === undefined) throw tableNotFound(name, this.databaseName);
    return table;
  }

  /** Ticks. */
  now(): bigint {
    return ticksOfMilliseconds(this.#environment.now());
  }

  uuid(): string {
    return this.#environment.uuid();
  }

  async createTable(definition: TableDefinition): Promise<TableInfo> {
    checkEntityName('table', definition.name);
    refuseTakenName(this.#objects, definition.name);
    checkColumns(definition.name, definition.columns);
    const table: TableInfo = {
      id: this.uuid(),
      name: definition.name,
      columns: definition.columns,
      physicalName: this.#newPhysicalName(),
      folder: definition.folder ?? '',
      docString: definition.docString ?? '',
      ingestionTime: definition.ingestionTime ?? true,
      retention: null,
      rowLevelSecurity: null,
    };
    await insertTable(this.connection, table, this.#state.tablesMade);
    this.#setTables([...this.#tables, table]);
    return table;
  }

  /** Replaces tables by what is now known of them; they are told by their ids. `added` columns are new at the end. */
  async replaceTables(changed: readonly TableInfo[], added: readonly Column[] = []): Promise<void> {
    for (const table of changed) await updateTable(this.connection, table, added);
    const byId = new Map(changed.map((table) => [table.id, table]));
    this.#setTables(this.#tables.map((table) => byId.get(table.id) ?? table));
  }

  async replaceTable(table: TableInfo, added: readonly Column[] = []): Promise<TableInfo> {
    await this.replaceTables([table], added);
    return table;
  }

  /** The same table with other columns and, so far, no rows: the caller copies them from the old relation and drops it. */
  async newRelation(table: TableInfo, columns: readonly Column[]): Promise<TableInfo> {
    checkColumns(table.name, columns);
    const renewed = { ...table, columns, physicalName: this.#newPhysicalName() };
    await createRelation(this.connection, renewed, this.#state.tablesMade);
    return renewed;
  }

  /** @throws KustoServiceError when a materialized view is over it */
  async dropTable(table: TableInfo): Promise<void> {
    refuseSource(this.#objects.views, table, 'dropped');
    await deleteTable(this.connection, table);
    this.#setTables(this.#tables.filter(({ id }) => id !== table.id));
  }

  async replaceObjects(objects: DatabaseObjects): Promise<void> {
    await writeObjects(this.connection, objects);
    this.#objects = objects;
    this.#changesSchema = true;
  }

  /** The hidden values of one ingestion; {@link useStamp} makes them count. */
  stamp(table: TableInfo): Stamp {
    const extent = this.uuid();
    if (table.ingestionTime !== true) return { sequence: null, ingested: null, extent };
    const now = this.now();
    const next = this.#state.sequence + 1n;
    // The clock may not have moved since the last ingestion: the newer one must still be the newer by ingestion_time().
    const sequence = now > next ? now : next;
    const isLate = (this.#environment.cursorLagMs?.() ?? 0) > 0 || this.#lastPending > 0n;
    if (!isLate) return { sequence, ingested: sequence, extent };
    // It tells the ingestion from the others that wait.
    const ingested = sequence > this.#lastPending ? sequence : this.#lastPending + 1n;
    return { sequence: null, ingested, extent };
  }

  /** Makes the stamp's sequence the database's last, or the ingestion one that waits for it. */
  async useStamp(stamp: Stamp): Promise<void> {
    if (stamp.sequence === null) {
      if (stamp.ingested === null) return;
      await insertPending(this.connection, stamp.ingested);
      this.#pending.push(stamp.ingested);
      this.#lastPending = stamp.ingested;
      return;
    }
    await writeSequence(this.connection, stamp.sequence);
    this.#state = { ...this.#state, sequence: stamp.sequence };
  }

  /** Gives an ingestion that waited its cursor value, unless its rows are gone by now. */
  async assignCursor(ingested: bigint): Promise<void> {
    const now = this.now();
    const next = this.#state.sequence + 1n;
    const earliest = ingested > next ? ingested : next;
    const sequence = now > earliest ? now : earliest;
    const count = await assignSequence(this.connection, this.#tables, ingested, sequence);
    if (count === 0) return;
    await writeSequence(this.connection, sequence);
    this.#state = { ...this.#state, sequence };
  }

  #newPhysicalName(): string {
    this.#state = { ...this.#state, tablesMade: this.#state.tablesMade + 1 };
    return `t${this.#state.tablesMade}`;
  }

  #setTables(tables: readonly TableInfo[]): void {
    this.#tables = tables;
    this.#changesSchema = true;
  }
}
