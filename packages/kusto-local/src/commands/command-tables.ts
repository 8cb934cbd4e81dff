import type { TableInfo } from '../engine/catalog/catalog.ts';
import type { Database } from '../engine/database.ts';
import type { Value } from '../engine/values/encode-value.ts';
import { cslSchema } from '../engine/catalog/csl-text.ts';
import type { Column, KustoType } from '../types.ts';
import { orderedColumns } from './ordered-columns.ts';

/** The result of a command: a small table in memory. Column names are those the service documents. */
export interface CommandTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Value[])[];
}

/** What this endpoint reports as its version. */
export const endpointVersion = '0.1.0';

/** A result from its columns' names and types, and its rows. */
export function resultTable(
  columns: Readonly<Record<string, KustoType>>,
  rows: readonly (readonly Value[])[],
): CommandTable {
  return { columns: Object.entries(columns).map(([name, type]) => ({ name, type })), rows };
}

export function tablesTable(database: Database, tables: readonly TableInfo[]): CommandTable {
  return resultTable(
    { TableName: 'string', DatabaseName: 'string', Folder: 'string', DocString: 'string' },
    tables.map(({ name, folder, docString }) => [name, database.name, folder, docString]),
  );
}

/** What `.drop table` answers: the tables that remain. */
export function remainingTables(database: Database): CommandTable {
  return resultTable(
    { TableName: 'string', DatabaseName: 'string' },
    database.tables.map(({ name }) => [name, database.name]),
  );
}

/** What has a schema to be shown: a table, or a materialized view. */
type Described = Pick<TableInfo, 'name' | 'columns' | 'folder' | 'docString'>;

export function schemaTable(database: Database, info: Described, format: 'csl' | 'json'): CommandTable {
  const schema = format === 'csl' ? cslSchema(info.columns) : JSON.stringify(jsonSchema(info));
  return resultTable(
    { TableName: 'string', Schema: 'string', DatabaseName: 'string', Folder: 'string', DocString: 'string' },
    [[info.name, schema, database.name, info.folder, info.docString]],
  );
}

function jsonSchema(info: Described): object {
  return {
    Name: info.name,
    OrderedColumns: orderedColumns(info.columns),
    Folder: info.folder,
    DocString: info.docString,
  };
}

export function databasesTable(databases: readonly Database[], current: string): CommandTable {
  return resultTable(
    {
      DatabaseName: 'string',
      PersistentStorage: 'string',
      Version: 'string',
      IsCurrent: 'bool',
      DatabaseAccessMode: 'string',
      PrettyName: 'string',
      DatabaseId: 'guid',
      InTransitionTo: 'string',
      SuspensionState: 'string',
    },
    databases.map((database) => [
      database.name,
      database.path ?? '',
      `v${database.schema.version}.0`,
      database.name === current,
      database.path === undefined ? 'ReadWriteEphemeral' : 'ReadWrite',
      '',
      database.id,
      '',
      '',
    ]),
  );
}

export function createdDatabase(database: Database): CommandTable {
  return resultTable(
    {
      DatabaseName: 'string',
      PersistentPath: 'string',
      Created: 'bool',
      StoresMetadata: 'bool',
      StoresData: 'bool',
    },
    [[database.name, database.path ?? '', true, true, true]],
  );
}

export function clusterTable(startedTicks: bigint): CommandTable {
  return resultTable(
    {
      NodeId: 'string',
      Address: 'string',
      Name: 'string',
      StartTime: 'datetime',
      IsAdmin: 'bool',
      MachineTotalMemory: 'long',
      MachineAvailableMemory: 'long',
      ProcessorCount: 'int',
      EnvironmentDescription: 'string',
      ProductVersion: 'string',
    },
    [
      [
        'kusto-local',
        '',
        'kusto-local',
        startedTicks,
        true,
        null,
        null,
        null,
        'kusto-local',
        endpointVersion,
      ],
    ],
  );
}

export function versionTable(startedTicks: bigint): CommandTable {
  return resultTable(
    { BuildVersion: 'string', BuildTime: 'datetime', ServiceType: 'string', ProductVersion: 'string' },
    [[endpointVersion, startedTicks, 'KustoLocal', `kusto-local ${endpointVersion}`]],
  );
}
