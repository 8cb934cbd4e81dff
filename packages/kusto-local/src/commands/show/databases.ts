import { shows, type CommandContext, type CommandDefinition } from '../command.ts';
import { resultTable, databasesTable, type CommandTable } from '../command-tables.ts';
import type { Database } from '../../engine/database.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import { tableStatistics, type Statistics } from '../../engine/catalog/table-statistics.ts';
import type { CommandReader } from '../command-reader.ts';
import { versionText } from './schemas.ts';

type View = 'datastats' | 'details' | 'identity' | 'policies' | 'plain';

/** The first columns of every form (page "show databases"). */
const common = {
  DatabaseName: 'string',
  PersistentStorage: 'string',
  Version: 'string',
  IsCurrent: 'bool',
  DatabaseAccessMode: 'string',
  PrettyName: 'string',
} as const;

const policies = {
  AuthorizedPrincipals: 'string',
  RetentionPolicy: 'string',
  MergePolicy: 'string',
  CachingPolicy: 'string',
  ShardingPolicy: 'string',
  StreamingIngestionPolicy: 'string',
  IngestionBatchingPolicy: 'string',
} as const;

const unsetPolicies: readonly Value[] = ['[]', ...Array<string>(6).fill('null')];

function commonValues(database: Database, current: string): Value[] {
  return [
    database.name,
    database.path ?? '',
    versionText(database),
    database.name === current,
    database.path === undefined ? 'ReadWriteEphemeral' : 'ReadWrite',
    '',
  ];
}

async function totals(database: Database): Promise<Statistics> {
  let [rows, extents, bytes] = [0n, 0n, 0n];
  for (const table of database.tables) {
    const measured = await tableStatistics(database, table);
    rows += measured.rows;
    extents += measured.extents;
    bytes += measured.bytes;
  }
  return { rows, extents, bytes, oldest: null, newest: null };
}

async function details(databases: readonly Database[], current: string): Promise<CommandTable> {
  const rows: Value[][] = [];
  for (const database of databases) {
    const { bytes } = await totals(database);
    rows.push([
      ...commonValues(database, current),
      ...unsetPolicies,
      Number(bytes),
      database.id,
      '',
      database.tables.length,
      0,
      database.objects.views.length,
      '',
      '',
    ]);
  }
  return resultTable(
    {
      ...common,
      ...policies,
      TotalSize: 'real',
      DatabaseId: 'guid',
      InTransitionTo: 'string',
      NumberOfTables: 'int',
      NumberOfExternalTables: 'int',
      NumberOfMaterializedViews: 'int',
      EncryptionScope: 'string',
      SuspensionState: 'string',
    },
    rows,
  );
}

async function datastats(databases: readonly Database[], current: string): Promise<CommandTable> {
  const rows: Value[][] = [];
  for (const database of databases) {
    const { rows: count, extents, bytes } = await totals(database);
    const sizes: Value[] = [Number(bytes), Number(bytes), Number(bytes), 0, count];
    rows.push([...commonValues(database, current), database.id, ...sizes, ...sizes, extents, extents]);
  }
  return resultTable(
    {
      ...common,
      DatabaseId: 'guid',
      OriginalSize: 'real',
      ExtentSize: 'real',
      CompressedSize: 'real',
      IndexSize: 'real',
      RowCount: 'long',
      HotOriginalSize: 'real',
      HotExtentSize: 'real',
      HotCompressedSize: 'real',
      HotIndexSize: 'real',
      HotRowCount: 'long',
      TotalExtents: 'long',
      HotExtents: 'long',
    },
    rows,
  );
}

function view(
  databases: readonly Database[],
  kind: View,
  current: string,
): CommandTable | Promise<CommandTable> {
  switch (kind) {
    case 'details':
      return details(databases, current);
    case 'datastats':
      return datastats(databases, current);
    case 'identity':
      return resultTable(
        { ...common, CurrentUserIsUnrestrictedViewer: 'bool', DatabaseId: 'guid', InTransitionTo: 'string' },
        databases.map((database) => [...commonValues(database, current), true, database.id, '']),
      );
    case 'policies':
      return resultTable(
        { ...common, DatabaseId: 'guid', ...policies },
        databases.map((database) => [...commonValues(database, current), database.id, ...unsetPolicies]),
      );
    case 'plain':
    default:
      return databasesTable(databases, current);
  }
}

function viewKind(reader: CommandReader): View | undefined {
  return (['details', 'identity', 'policies', 'datastats'] as const).find((word) => reader.takes(word));
}

function chosen({ store }: CommandContext, names: readonly string[] | undefined): readonly Database[] {
  return names === undefined ? store.databases : names.map((name) => store.database(name));
}

export const databaseCommands: readonly CommandDefinition[] = [
  {
    syntax: '.show [cluster] databases [(D, …)] [details|identity|policies|datastats]',
    verb: '.show',
    parse: (reader) => {
      reader.takes('cluster');
      if (!reader.takes('databases')) return undefined;
      const names = reader.text.charAt(reader.position) === '(' ? reader.names('database') : undefined;
      const kind = viewKind(reader) ?? 'plain';
      if (!reader.atEnd) return undefined;
      reader.end();
      return shows((context) => view(chosen(context, names), kind, context.database));
    },
  },
  {
    syntax: '.show database [D] [details|identity|policies|datastats]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('database')) return undefined;
      let kind = viewKind(reader);
      const name = kind !== undefined && reader.atEnd ? undefined : reader.optionalName('database');
      kind ??= viewKind(reader);
      if (!reader.atEnd) return undefined;
      reader.end();
      // Without a form, a name shows what `.show databases` shows of it, and none the identity of the request's own.
      const shown = kind ?? (name === undefined ? 'identity' : 'plain');
      return shows((context) =>
        view(
          [name === undefined ? context.current() : context.store.database(name)],
          shown,
          context.database,
        ),
      );
    },
  },
];
