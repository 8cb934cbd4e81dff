import { createTable, mergeTable } from '../../engine/changes/schema-changes.ts';
import type { Database } from '../../engine/database.ts';
import { changes, type Command, type CommandDefinition } from '../command.ts';
import type { CommandReader } from '../command-reader.ts';
import { remainingTables, schemaTable, type CommandTable } from '../command-tables.ts';
import { checkProperties, described } from '../ingestion/ingestion-properties.ts';

/** With `merge`, columns that an existing table does not have are added to it. */
function parseCreate(reader: CommandReader, merge: boolean): Command | undefined {
  if (!reader.takes('table')) return undefined;
  const name = reader.name('table');
  const columns = reader.columns();
  const properties = reader.properties();
  reader.end();
  return changes(async ({ current }) => {
    checkProperties(properties, ['docstring', 'folder']);
    const definition = { name, columns, ...described(properties) };
    const database = current();
    const table = await database.change((turn) =>
      merge ? mergeTable(turn, definition) : createTable(turn, definition),
    );
    return schemaTable(database, table, 'json');
  });
}

function parseDrop(reader: CommandReader, names: readonly string[]): Command {
  const ifExists = reader.takes('ifexists');
  reader.end();
  return changes(({ current }) => dropTables(current(), names, ifExists));
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

/** Tables made and dropped. */
export const tableDefinitionCommands: readonly CommandDefinition[] = [
  {
    syntax: '.create table T (column: type, …) [with (docstring = "…", folder = "…")]',
    verb: '.create',
    parse: (reader) => parseCreate(reader, false),
  },
  {
    syntax: '.create-merge table T (column: type, …) [with (docstring = "…", folder = "…")]',
    verb: '.create-merge',
    parse: (reader) => parseCreate(reader, true),
  },
  {
    syntax: '.drop table T [ifexists]',
    verb: '.drop',
    parse: (reader) => (reader.takes('table') ? parseDrop(reader, [reader.name('table')]) : undefined),
  },
  {
    syntax: '.drop tables (T, …) [ifexists]',
    verb: '.drop',
    parse: (reader) => (reader.takes('tables') ? parseDrop(reader, reader.names('table')) : undefined),
  },
];
