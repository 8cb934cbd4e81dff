/** What clients ask for and this endpoint has none of: the answers have the documented columns and no row. */
import { shows, type CommandDefinition } from '../command.ts';
import { resultTable } from '../command-tables.ts';
import type { CommandReader } from '../command-reader.ts';
import type { KustoType } from '../../types.ts';

function empty(
  syntax: string,
  columns: Readonly<Record<string, KustoType>>,
  takes: (reader: CommandReader) => boolean,
): CommandDefinition {
  return {
    syntax: `${syntax} (none)`,
    verb: '.show',
    parse: (reader) => {
      if (!takes(reader)) return undefined;
      reader.end();
      return shows(() => resultTable(columns, []));
    },
  };
}

const mappings = {
  Name: 'string',
  Kind: 'string',
  Mapping: 'string',
  LastUpdatedOn: 'datetime',
  Database: 'string',
  Table: 'string',
} as const;

function takesMappings(reader: CommandReader, kind: 'database' | 'table'): boolean {
  if (!reader.takes(kind) || reader.optionalName(kind) === undefined || !reader.takes('ingestion'))
    return false;
  for (const format of ['csv', 'json', 'avro', 'parquet', 'orc', 'w3clogfile']) reader.takes(format);
  return reader.takes('mappings');
}

export const emptyCommands: readonly CommandDefinition[] = [
  empty(
    '.show external tables',
    {
      TableName: 'string',
      TableType: 'string',
      Folder: 'string',
      DocString: 'string',
      Properties: 'string',
      ConnectionStrings: 'dynamic',
      Partitions: 'dynamic',
      PathFormat: 'string',
    },
    (reader) => reader.takesAll('external', 'tables'),
  ),
  empty('.show entity_groups', { Name: 'string', Entities: 'string' }, (reader) =>
    reader.takes('entity_groups'),
  ),
  empty(
    '.show continuous-exports',
    {
      Name: 'string',
      ExternalTableName: 'string',
      Query: 'string',
      ForcedLatency: 'timespan',
      IntervalBetweenRuns: 'timespan',
      CursorScopedTables: 'string',
      ExportProperties: 'string',
      LastRunTime: 'datetime',
      StartCursor: 'string',
      IsDisabled: 'bool',
      LastRunResult: 'string',
      ExportedTo: 'datetime',
      IsRunning: 'bool',
    },
    (reader) => reader.takesMark('continuous-exports'),
  ),
  empty('.show table T ingestion mappings', mappings, (reader) => takesMappings(reader, 'table')),
  empty('.show database D ingestion mappings', mappings, (reader) => takesMappings(reader, 'database')),
];
