import type { Database } from '../../engine/database.ts';
import { firstResult, type Ingestion } from '../../engine/changes/ingestion.ts';
import { appendResult, replaceWithResult, type SchemaMode } from '../../engine/changes/replace-data.ts';
import { badRequest } from '../../service-errors.ts';
import { nowOfSetOptions } from '../../request-properties/command-options.ts';
import {
  changes,
  type Command,
  type CommandContext,
  type CommandDefinition,
  type Properties,
} from '../command.ts';
import type { CommandReader } from '../command-reader.ts';
import { resultTable } from '../command-tables.ts';
import { queryBehind } from '../query-text.ts';
import { checkProperties, datetimeProperty, described, flag } from './ingestion-properties.ts';

/** How a table is treated that is there, or is not. */
type Mode = 'append' | 'set' | 'set-or-append' | 'set-or-replace';

interface QueryIngestion {
  readonly mode: Mode;
  readonly table: string;
  readonly properties: Properties;
  /** In it every place is as in the command. */
  readonly query: string;
}

const properties = ['creationtime', 'distributed', 'docstring', 'folder', 'policy_ingestiontime'];

async function ingestQuery(
  command: QueryIngestion,
  context: CommandContext,
  database: Database,
): Promise<Ingestion> {
  const schema = schemaMode(command);
  const createdOn = datetimeProperty(command.properties, 'creationtime');
  const ingestionTime = flag(command.properties, 'policy_ingestiontime') ?? true;
  const description = described(command.properties);
  return database.changeCompiled(
    () => context.compile(database, command.query),
    async (turn, compilation) => {
      const ingestion = { compilation, now: nowOfSetOptions(compilation) ?? context.now, schema, createdOn };
      let table = turn.find(command.table);
      if (table === undefined && command.mode !== 'append') {
        const { columns } = firstResult(compilation);
        const created = { name: command.table, columns, ingestionTime, ...description };
        return appendResult(turn, await turn.createTable(created), ingestion);
      }
      table ??= turn.table(command.table);
      if (command.mode === 'set') throw badRequest(`Table '${command.table}' exists already.`);
      if (Object.keys(description).length > 0) table = await turn.replaceTable({ ...table, ...description });
      return command.mode === 'set-or-replace'
        ? replaceWithResult(turn, table, ingestion)
        : appendResult(turn, table, ingestion);
    },
  );
}

function schemaMode(command: QueryIngestion): SchemaMode {
  const extendable = command.mode === 'set' ? [] : ['extend_schema'];
  const recreatable = command.mode === 'set-or-replace' ? ['recreate_schema'] : [];
  checkProperties(command.properties, [...properties, ...extendable, ...recreatable]);
  if (flag(command.properties, 'recreate_schema') === true) return 'recreate';
  return flag(command.properties, 'extend_schema') === true ? 'extend' : 'keep';
}

function parse(reader: CommandReader, mode: Mode): Command {
  const asynchronous = reader.position;
  if (reader.takes('async') && !reader.text.startsWith('<|', reader.position)) {
    throw reader.error('async ingestion is not supported by this endpoint: leave "async" out', asynchronous);
  }
  reader.takes('table');
  const table = reader.name('table');
  const given = reader.properties();
  const query = queryBehind(reader);
  if (/^\s*\./.test(query))
    throw reader.error('a query is expected here; a command is not supported as a source');
  return changes(async (context) => {
    const command = { mode, table, properties: given, query };
    const { extentId, rowCount } = await ingestQuery(command, context, context.current());
    return resultTable(
      {
        ExtentId: 'guid',
        OriginalSize: 'real',
        ExtentSize: 'real',
        CompressedSize: 'real',
        IndexSize: 'real',
        RowCount: 'long',
      },
      // Sizes are not known here.
      [[extentId, 0, 0, 0, 0, rowCount]],
    );
  });
}

/** Page "ingest from query"; each is one transaction. */
export const queryIngestionCommands: readonly CommandDefinition[] = (
  ['set', 'append', 'set-or-append', 'set-or-replace'] as const
).map((mode) => ({
  syntax: `.${mode} T [with (…)] <| query`,
  verb: `.${mode}`,
  parse: (reader) => parse(reader, mode),
}));
