import { shows, type CommandContext, type CommandDefinition } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import type { Database } from '../../engine/database.ts';
import type { TableInfo } from '../../engine/catalog/catalog.ts';
import { extentStatistics } from '../../engine/catalog/table-statistics.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import type { CommandReader } from '../command-reader.ts';

/** The extents of some tables (page "show extents"): sizes are those of the values, nothing being compressed here. */
async function extents(
  scope: readonly (readonly [Database, TableInfo])[],
  wanted: readonly string[] | undefined,
): Promise<CommandTable> {
  const rows: Value[][] = [];
  for (const [database, table] of scope) {
    for (const extent of await extentStatistics(database, table)) {
      if (wanted !== undefined && !wanted.includes(extent.extentId)) continue;
      const size = Number(extent.bytes);
      rows.push([
        extent.extentId,
        database.name,
        table.name,
        extent.newest,
        size,
        size,
        size,
        0,
        null,
        null,
        '',
        '',
        '',
        extent.rows,
        extent.oldest,
        '',
        'DuckDB',
        '',
        0n,
      ]);
    }
  }
  return resultTable(
    {
      ExtentId: 'guid',
      DatabaseName: 'string',
      TableName: 'string',
      MaxCreatedOn: 'datetime',
      OriginalSize: 'real',
      ExtentSize: 'real',
      CompressedSize: 'real',
      IndexSize: 'real',
      Blocks: 'long',
      Segments: 'long',
      ReservedSlot1: 'string',
      ReservedSlot2: 'string',
      ExtentContainerId: 'string',
      RowCount: 'long',
      MinCreatedOn: 'datetime',
      Tags: 'string',
      Kind: 'string',
      ReservedSlot3: 'string',
      DeletedRowCount: 'long',
    },
    rows,
  );
}

function wantedExtents(reader: CommandReader): readonly string[] | undefined {
  let ids: string[] | undefined;
  if (reader.takesMark('(')) {
    ids = [];
    do ids.push(reader.value('the id of an extent').toLowerCase());
    while (reader.takesMark(','));
    reader.mark(')');
  }
  // All data counts as hot.
  reader.takes('hot');
  const place = reader.position;
  if (reader.takes('where'))
    throw reader.error('extents have no tags at this endpoint: a filter is not supported', place);
  reader.end();
  return ids;
}

function ofDatabase(database: Database): (readonly [Database, TableInfo])[] {
  return database.tables.map((table) => [database, table] as const);
}

function ofTables(context: CommandContext, names: readonly string[]): (readonly [Database, TableInfo])[] {
  const database = context.current();
  return names.map((name) => [database, database.table(name)] as const);
}

export const extentCommands: readonly CommandDefinition[] = [
  {
    syntax: '.show table T extents [(id, …)]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('table')) return undefined;
      const name = reader.optionalName('table');
      if (name === undefined || !reader.takes('extents')) return undefined;
      const wanted = wantedExtents(reader);
      return shows((context) => extents(ofTables(context, [name]), wanted));
    },
  },
  {
    syntax: '.show tables (T, …) extents [(id, …)]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('tables') || reader.text.charAt(reader.position) !== '(') return undefined;
      const names = reader.names('table');
      if (!reader.takes('extents')) return undefined;
      const wanted = wantedExtents(reader);
      return shows((context) => extents(ofTables(context, names), wanted));
    },
  },
  {
    syntax: '.show database [D] extents [(id, …)]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('database')) return undefined;
      const own = reader.takes('extents');
      const name = own ? undefined : reader.optionalName('database');
      if (!own && (name === undefined || !reader.takes('extents'))) return undefined;
      const wanted = wantedExtents(reader);
      return shows((context) =>
        extents(ofDatabase(name === undefined ? context.current() : context.store.database(name)), wanted),
      );
    },
  },
  {
    syntax: '.show cluster extents',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takesAll('cluster', 'extents')) return undefined;
      const wanted = wantedExtents(reader);
      return shows((context) => extents(context.store.databases.flatMap(ofDatabase), wanted));
    },
  },
];
