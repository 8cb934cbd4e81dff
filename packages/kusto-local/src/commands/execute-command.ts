import type { Database } from '../engine/database.ts';
import type { Ingestion } from '../engine/changes/ingestion.ts';
import type { RequestLog } from '../endpoint/request-log.ts';
import { createTable, mergeTable } from '../engine/changes/schema-changes.ts';
import type { Store } from '../engine/store.ts';
import { parseRows } from '../formats/rows.ts';
import type { Compilation, DatabaseSchema, DefinitionCheck, RecordSelection } from '../types.ts';
import type { Command, Properties } from './command.ts';
import {
  clusterTable,
  createdDatabase,
  databasesTable,
  ingestionTimePolicy,
  inlineExtent,
  queryExtent,
  remainingTables,
  schemaTable,
  tablesTable,
  versionTable,
  type CommandTable,
} from './command-tables.ts';
import { ingestQuery } from './ingestion/ingest-query.ts';
import { checkProperties, datetimeProperty, described, flag } from './ingestion/ingestion-properties.ts';

export interface CommandContext {
  readonly store: Store;
  /** The request's `db`. Looked up only by the commands that need one, as the service does. */
  readonly database: string;
  readonly requests: RequestLog;
  /** A guid: the id under which `.show operations` tells of the command. */
  readonly operationId: string;
  readonly user: string;
  /** Milliseconds that what the command runs may take. */
  readonly timeoutMs: number;
  /** Compiles in another version of a database's schema what is checked to be a definition. */
  readonly compileWith: (
    schema: DatabaseSchema,
    text: string,
    checks?: DefinitionCheck,
  ) => Promise<Compilation>;
  readonly compile: (database: Database, text: string, selection?: RecordSelection) => Promise<Compilation>;
  /** The result of a query, or of a command that only shows something, whole in memory. */
  readonly rowsOf: (text: string) => Promise<CommandTable>;
  /** Runs another command, with the properties of this request. */
  readonly execute: (text: string) => Promise<CommandTable>;
  /** From where files may be ingested. */
  readonly allowedFolders: readonly string[];
  /** A guid. */
  readonly uuid: () => string;
  /** Ticks: what `now()` is. */
  readonly now: bigint;
  /** Ticks: when the endpoint started. */
  readonly started: bigint;
}

/** Runs a command. @throws KustoServiceError */
export async function executeCommand(command: Command, context: CommandContext): Promise<CommandTable> {
  const { store } = context;
  const current = (): Database => store.database(context.database);
  switch (command.kind) {
    case 'action':
      return command.action.run({ ...context, current });
    case 'show-cluster':
      return clusterTable(context.started);
    case 'show-version':
      return versionTable(context.started);
    case 'show-databases':
      return databasesTable(
        command.names === undefined ? store.databases : command.names.map((name) => store.database(name)),
        context.database,
      );
    case 'create-database':
      return createDatabase(store, command.name, command.ifNotExists);
    case 'drop-database':
      if (!command.ifExists || store.databases.some(({ name }) => name === command.name)) {
        await store.dropDatabase(command.name);
      }
      return databasesTable(store.databases, context.database);
    case 'show-tables': {
      const database = current();
      const tables =
        command.names === undefined ? database.tables : command.names.map((name) => database.table(name));
      return tablesTable(database, tables);
    }
    case 'show-table-schema':
      return schemaTable(current(), current().table(command.table), command.format);
    case 'show-ingestion-time':
      return ingestionTimePolicy(current(), current().table(command.table));
    case 'create-table': {
      checkProperties(command.properties, ['docstring', 'folder']);
      const definition = { name: command.name, columns: command.columns, ...described(command.properties) };
      const database = current();
      const table = await database.change((turn) =>
        command.merge ? mergeTable(turn, definition) : createTable(turn, definition),
      );
      return schemaTable(database, table, 'json');
    }
    case 'drop-tables':
      return dropTables(current(), command.names, command.ifExists);
    case 'alter-ingestion-time': {
      const database = current();
      const tables = await database.change(async (turn) => {
        const altered = command.tables.map((name) => ({
          ...turn.table(name),
          ingestionTime: command.enabled,
        }));
        await turn.replaceTables(altered);
        return altered;
      });
      const changed = tables.map((table) => ingestionTimePolicy(database, table));
      return { columns: changed[0]?.columns ?? [], rows: changed.flatMap(({ rows }) => rows) };
    }
    case 'ingest-inline':
      return inlineExtent(await ingestInline(current(), command.table, command.data, command.properties));
    case 'ingest-query':
    default:
      return queryExtent(await ingestQuery(command, context, current()));
  }
}

async function createDatabase(store: Store, name: string, ifNotExists: boolean): Promise<CommandTable> {
  const existing = store.databases.find((database) => database.name === name);
  if (existing !== undefined && ifNotExists) return createdDatabase(existing);
  return createdDatabase(await store.createDatabase(name));
}

async function dropTables(
  database: Database,
  names: readonly string[],
  ifExists: boolean,
): Promise<CommandTable> {
  await database.change(async (turn) => {
    for (const name of new Set(names)) {
      const table = ifExists ? turn.find(name) : turn.table(name);
      if (table !== undefined) await turn.dropTable(table);
    }
  });
  return remainingTables(database);
}

function ingestInline(
  database: Database,
  table: string,
  data: string,
  properties: Properties,
): Promise<Ingestion> {
  checkProperties(properties, ['creationtime', 'format', 'ignorefirstrecord']);
  const createdOn = datetimeProperty(properties, 'creationtime');
  const options = {
    format: (properties.get('format') ?? 'csv').toLowerCase(),
    ignoreFirstRecord: flag(properties, 'ignorefirstrecord') ?? false,
  };
  return database.ingest(table, (columns) => parseRows(data, columns, options), createdOn);
}
