import { shows, type CommandContext, type CommandDefinition } from '../command.ts';
import { schemaTable, tablesTable, resultTable, type CommandTable } from '../command-tables.ts';
import { tableStatistics, type Statistics } from '../../engine/catalog/table-statistics.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import { effectivePolicy } from './policies.ts';

/** The columns that the details of tables and of views have behind the name (page "show table details"). */
export const detailsColumns = {
  DatabaseName: 'string',
  Folder: 'string',
  DocString: 'string',
  TotalExtents: 'long',
  TotalExtentSize: 'real',
  TotalOriginalSize: 'real',
  TotalRowCount: 'long',
  HotExtents: 'long',
  HotExtentSize: 'real',
  HotOriginalSize: 'real',
  HotRowCount: 'long',
  AuthorizedPrincipals: 'string',
  RetentionPolicy: 'string',
  CachingPolicy: 'string',
  ShardingPolicy: 'string',
  MergePolicy: 'string',
} as const;

/** All data counts as hot. */
export function statisticsValues({ extents, bytes, rows }: Statistics): Value[] {
  const size = Number(bytes);
  return [extents, size, size, rows, extents, size, size, rows];
}

async function details(context: CommandContext, names: readonly string[] | undefined): Promise<CommandTable> {
  const database = context.current();
  const tables = names === undefined ? database.tables : names.map((name) => database.table(name));
  const rows: Value[][] = [];
  for (const table of tables) {
    const measured = await tableStatistics(database, table);
    rows.push([
      table.name,
      database.name,
      table.folder,
      table.docString,
      ...statisticsValues(measured),
      '[]',
      ...['retention', 'caching', 'sharding', 'merge', 'streamingingestion', 'ingestionbatching'].map(
        (policy) => effectivePolicy(policy, table),
      ),
      measured.oldest,
      measured.newest,
      effectivePolicy('roworder', table),
      table.id,
    ]);
  }
  return resultTable(
    {
      TableName: 'string',
      ...detailsColumns,
      StreamingIngestionPolicy: 'string',
      IngestionBatchingPolicy: 'string',
      MinExtentsCreationTime: 'datetime',
      MaxExtentsCreationTime: 'datetime',
      RowOrderPolicy: 'string',
      TableId: 'string',
    },
    rows,
  );
}

export const tableCommands: readonly CommandDefinition[] = [
  {
    syntax: '.show tables [(T, …)] details',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('tables')) return undefined;
      const names = reader.text.charAt(reader.position) === '(' ? reader.names('table') : undefined;
      if (!reader.takes('details')) return undefined;
      reader.end();
      return shows((context) => details(context, names));
    },
  },
  {
    syntax: '.show table T details',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('table')) return undefined;
      const name = reader.optionalName('table');
      if (name === undefined || !reader.takes('details')) return undefined;
      reader.end();
      return shows((context) => details(context, [name]));
    },
  },
  {
    syntax: '.show tables [(T, …)]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('tables')) return undefined;
      const names = reader.text.charAt(reader.position) === '(' ? reader.names('table') : undefined;
      if (!reader.atEnd) return undefined;
      return shows(({ current }) => {
        const database = current();
        return tablesTable(database, names?.map((name) => database.table(name)) ?? database.tables);
      });
    },
  },
  {
    syntax: '.show table T cslschema, .show table T schema as json',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('table')) return undefined;
      const name = reader.optionalName('table');
      if (name === undefined) return undefined;
      const format = reader.takes('cslschema')
        ? 'csl'
        : reader.takesAll('schema', 'as', 'json')
          ? 'json'
          : undefined;
      if (format === undefined) return undefined;
      reader.end();
      return shows(({ current }) => schemaTable(current(), current().table(name), format));
    },
  },
];
