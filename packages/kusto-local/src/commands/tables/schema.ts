import { changes, type Command, type CommandContext, type CommandDefinition } from '../command.ts';
import type { TableInfo } from '../../engine/catalog/catalog.ts';
import {
  alterColumnType,
  alterTable,
  createTable,
  dropColumns,
  extendTable,
  mergeTable,
  renameColumns,
  renameTables,
} from '../../engine/changes/schema-changes.ts';
import { badRequest } from '../../service-errors.ts';
import type { TableDefinition, WriteTurn } from '../../engine/changes/write-turn.ts';
import type { CommandReader } from '../command-reader.ts';
import { schemaTable, tablesTable, type CommandTable } from '../command-tables.ts';
import { checkProperties, described } from '../ingestion/ingestion-properties.ts';

/** A change of one table, which answers with its schema. */
function tableChange(name: string, work: (turn: WriteTurn, table: TableInfo) => Promise<TableInfo>): Command {
  return changes(async (context) => {
    const database = context.current();
    return schemaTable(database, await database.change((turn) => work(turn, turn.table(name))), 'json');
  });
}

interface ColumnPath {
  readonly database: string | undefined;
  readonly table: string;
  readonly column: string;
}

/** `[D.]T.C` */
function columnPath(reader: CommandReader): ColumnPath {
  const names = [reader.name('table')];
  reader.mark('.');
  do names.push(reader.name('column'));
  while (names.length < 3 && reader.takesMark('.'));
  const [column = '', table = '', database] = names.reverse();
  return { database, table, column };
}

/** A change of the table that the path names, in its database or in the request's. */
function columnChange(
  path: ColumnPath,
  work: (turn: WriteTurn, table: TableInfo) => Promise<TableInfo>,
): Command {
  return changes(async (context) => {
    const database = path.database === undefined ? context.current() : context.store.database(path.database);
    const table = await database.change((turn) => work(turn, turn.table(path.table)));
    return schemaTable(database, table, 'json');
  });
}

function parseAlterTable(reader: CommandReader, merge: boolean): Command | undefined {
  if (!reader.takes('table')) return undefined;
  const name = reader.optionalName('table');
  if (name === undefined) return undefined;
  if (reader.text.charAt(reader.position) === '(') {
    const columns = reader.columns();
    const properties = reader.properties();
    reader.end();
    checkProperties(properties, ['docstring', 'folder']);
    const definition = { columns, ...described(properties) };
    return tableChange(name, (turn, table) =>
      merge ? extendTable(turn, table, definition) : alterTable(turn, table, definition),
    );
  }
  for (const [word, field] of [
    ['docstring', 'docString'],
    ['folder', 'folder'],
  ] as const) {
    if (merge || !reader.takes(word)) continue;
    const text = reader.string(`the ${word}`);
    reader.end();
    return tableChange(name, (turn, table) => turn.replaceTable({ ...table, [field]: text }));
  }
  return undefined;
}

function parseAlterColumn(reader: CommandReader): Command | undefined {
  if (!reader.takes('column')) return undefined;
  const path = columnPath(reader);
  if (!reader.takes('type')) return undefined;
  reader.mark('=');
  const type = reader.type();
  reader.end();
  return columnChange(path, (turn, table) => alterColumnType(turn, table, { name: path.column, type }));
}

function parseRenameTables(reader: CommandReader): Command | undefined {
  const names = new Map<string, string>();
  const optional = new Set<string>();
  if (reader.takes('table')) {
    const from = reader.name('table');
    reader.keyword('to');
    names.set(from, reader.name('table'));
  } else if (reader.takes('tables')) {
    do {
      const to = reader.name('table');
      reader.mark('=');
      const place = reader.position;
      const from = reader.name('table');
      if (names.has(from)) throw reader.error('a table is renamed twice', place);
      names.set(from, to);
      if (reader.takes('ifexists')) optional.add(from);
    } while (reader.takesMark(','));
  } else return undefined;
  const place = reader.position;
  if (reader.takes('with'))
    throw reader.error('properties of .rename are not supported by this endpoint', place);
  reader.end();
  return changes(async (context) => {
    const database = context.current();
    const renamed = await database.change(async (turn) => {
      const present = [...names].filter(([from]) => !optional.has(from) || turn.find(from) !== undefined);
      await renameTables(turn, new Map(present));
      return present.map(([, to]) => turn.table(to));
    });
    return tablesTable(database, renamed);
  });
}

function parseRenameColumns(reader: CommandReader): Command | undefined {
  if (reader.takes('column')) {
    const path = columnPath(reader);
    reader.keyword('to');
    const to = reader.name('column');
    reader.end();
    return columnChange(path, (turn, table) => renameColumns(turn, table, new Map([[path.column, to]])));
  }
  if (!reader.takes('columns')) return undefined;
  const start = reader.position;
  const renamed: { readonly to: string; readonly path: ColumnPath }[] = [];
  do {
    const to = reader.name('column');
    reader.mark('=');
    renamed.push({ to, path: columnPath(reader) });
  } while (reader.takesMark(','));
  reader.end();
  const [first, second] = renamed;
  const isSwap =
    first !== undefined &&
    second !== undefined &&
    renamed.length === 2 &&
    first.path.database === second.path.database &&
    first.path.table === second.path.table &&
    first.to === second.path.column &&
    second.to === first.path.column &&
    first.to !== second.to;
  if (!isSwap) throw reader.error('.rename columns swaps the names of two columns of one table', start);
  const names = new Map(renamed.map(({ to, path }) => [path.column, to]));
  return columnChange(first.path, (turn, table) => renameColumns(turn, table, names));
}

function parseDrop(reader: CommandReader): Command | undefined {
  if (reader.takes('column')) {
    const path = columnPath(reader);
    const ifExists = reader.takes('ifexists');
    reader.end();
    return columnChange(path, (turn, table) => {
      const missing = !table.columns.some(({ name }) => name === path.column);
      return missing && ifExists ? Promise.resolve(table) : dropColumns(turn, table, [path.column]);
    });
  }
  if (!reader.takes('table')) return undefined;
  const name = reader.optionalName('table');
  if (name === undefined || !reader.takes('columns')) return undefined;
  const columns = reader.names('column');
  reader.end();
  return tableChange(name, (turn, table) => dropColumns(turn, table, columns));
}

async function createAll(
  context: CommandContext,
  definitions: readonly TableDefinition[],
  merge: boolean,
): Promise<CommandTable> {
  const database = context.current();
  const tables = await database.change(async (turn) => {
    const made: TableInfo[] = [];
    for (const definition of definitions)
      made.push(await (merge ? mergeTable(turn, definition) : createTable(turn, definition)));
    return made;
  });
  return tablesTable(database, tables);
}

function parseCreateTables(reader: CommandReader, merge: boolean): Command | undefined {
  if (!reader.takes('tables')) return undefined;
  const tables: { readonly name: string; readonly columns: TableDefinition['columns'] }[] = [];
  do {
    const name = reader.name('table');
    tables.push({ name, columns: reader.columns() });
  } while (reader.takesMark(','));
  const properties = reader.properties();
  reader.end();
  checkProperties(properties, ['docstring', 'folder']);
  const definitions = tables.map((table) => ({ ...table, ...described(properties) }));
  return changes((context) => createAll(context, definitions, merge));
}

/** Page "create table based-on command": the columns of another table, none of its rows. */
function parseBasedOn(reader: CommandReader): Command | undefined {
  if (!reader.takes('table')) return undefined;
  const name = reader.optionalName('table');
  if (name === undefined || !/^based-on\s/i.test(reader.text.slice(reader.position))) return undefined;
  reader.takes('based');
  reader.mark('-');
  reader.keyword('on');
  const model = reader.name('table');
  const ifNotExists = reader.takes('ifnotexists');
  const properties = reader.properties();
  reader.end();
  checkProperties(properties, ['docstring', 'folder']);
  return changes(async (context) => {
    const database = context.current();
    const table = await database.change((turn) => {
      const { columns, folder, docString } = turn.table(model);
      const existing = turn.find(name);
      if (existing !== undefined && !ifNotExists) throw badRequest(`Table '${name}' exists already.`);
      const definition = { name, columns, folder, docString, ...described(properties) };
      return existing === undefined ? turn.createTable(definition) : Promise.resolve(existing);
    });
    return schemaTable(database, table, 'json');
  });
}

function parseUndo(reader: CommandReader): Command | undefined {
  if (!reader.takesAll('drop', 'table')) return undefined;
  return changes(() => {
    throw badRequest('.undo drop table is not supported by this endpoint: a dropped table is gone.');
  });
}

export const schemaChangeCommands: readonly CommandDefinition[] = [
  {
    syntax:
      '.alter table T (column: type, …) [with (docstring, folder)]; .alter table T docstring|folder "…"',
    verb: '.alter',
    parse: (reader) => parseAlterTable(reader, false),
  },
  {
    syntax: '.alter-merge table T (column: type, …) [with (docstring, folder)]',
    verb: '.alter-merge',
    parse: (reader) => parseAlterTable(reader, true),
  },
  { syntax: '.alter column T.C type = type', verb: '.alter', parse: parseAlterColumn },
  {
    syntax: '.rename table A to B; .rename tables B = A [ifexists], …',
    verb: '.rename',
    parse: parseRenameTables,
  },
  {
    syntax: '.rename column T.C to D; .rename columns D = T.C, C = T.D',
    verb: '.rename',
    parse: parseRenameColumns,
  },
  { syntax: '.drop column T.C [ifexists]; .drop table T columns (C, …)', verb: '.drop', parse: parseDrop },
  {
    syntax: '.create tables T (column: type, …), … [with (docstring, folder)]',
    verb: '.create',
    parse: (reader) => parseCreateTables(reader, false),
  },
  {
    syntax: '.create-merge tables T (column: type, …), … [with (docstring, folder)]',
    verb: '.create-merge',
    parse: (reader) => parseCreateTables(reader, true),
  },
  { syntax: '.create table T based-on U [ifnotexists]', verb: '.create', parse: parseBasedOn },
  { syntax: '.undo drop table (refused)', verb: '.undo', parse: parseUndo },
];
