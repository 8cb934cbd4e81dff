import { shows, type Command, type CommandDefinition } from '../command.ts';
import { resultTable, schemaTable, type CommandTable } from '../command-tables.ts';
import type { TableInfo } from '../../engine/catalog/catalog.ts';
import type { Database } from '../../engine/database.ts';
import type { FunctionInfo, FunctionParameter } from '../../engine/catalog/database-objects.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import { resolveType, typeNames } from '../../engine/values/kusto-types.ts';
import { badRequest } from '../../service-errors.ts';
import type { CommandReader } from '../command-reader.ts';
import { orderedColumns } from '../ordered-columns.ts';
import { cslName, cslSchema, parametersText } from '../../engine/catalog/csl-text.ts';
import type { Column } from '../../types.ts';

/** `v` and the number of the schema's version. */
export function versionText(database: Database): string {
  return `v${database.schema.version}.0`;
}

function entity({ name, folder, docString }: TableInfo, columns: readonly Column[]): object {
  return {
    Name: name,
    DefaultColumn: null,
    OrderedColumns: orderedColumns(columns),
    Folder: folder,
    DocString: docString,
  };
}

function parameterJson({ name, type, defaultValue }: FunctionParameter): object {
  const scalar = resolveType(type);
  return {
    Name: name,
    ...(scalar === undefined
      ? { Columns: [], CslType: type }
      : { Type: typeNames(scalar).clrType, CslType: scalar }),
    ...(defaultValue === undefined ? {} : { CslDefaultValue: defaultValue }),
  };
}

function functionJson({ name, parameters, body, folder, docString }: FunctionInfo): object {
  return {
    Name: name,
    InputParameters: parameters.map(parameterJson),
    Body: body,
    Folder: folder,
    DocString: docString,
    FunctionKind: 'Unknown',
    OutputColumns: [],
  };
}

/** Which kinds of entities are wanted: all, unless some are named as true (page "show database schema"). */
type Wanted = (kind: 'externaltables' | 'functions' | 'materializedviews' | 'tables') => boolean;

function byName<T extends { readonly name: string }>(
  list: readonly T[],
  json: (object: T) => object,
): object {
  return Object.fromEntries(list.map((object) => [object.name, json(object)]));
}

/** The schema as clients such as Kusto Explorer and the official SDKs read it. */
function databaseJson(database: Database, wanted: Wanted): object {
  const { functions, views } = database.objects;
  return {
    Name: database.name,
    Tables: wanted('tables') ? byName(database.tables, (table) => entity(table, table.columns)) : {},
    ExternalTables: {},
    MaterializedViews: wanted('materializedviews')
      ? byName(views, ({ name, columns, folder, docString }) => ({
          Name: name,
          DefaultColumn: null,
          OrderedColumns: orderedColumns(columns),
          Folder: folder,
          DocString: docString,
        }))
      : {},
    EntityGroups: {},
    MajorVersion: database.schema.version,
    MinorVersion: 0,
    Functions: wanted('functions') ? byName(functions, functionJson) : {},
    DatabaseAccessMode: database.path === undefined ? 'ReadWriteEphemeral' : 'ReadWrite',
    PrettyName: null,
  };
}

function jsonTable(databases: readonly Database[], wanted: Wanted): CommandTable {
  const schema = Object.fromEntries(
    databases.map((database) => [database.name, databaseJson(database, wanted)]),
  );
  return resultTable({ DatabaseSchema: 'string' }, [[JSON.stringify({ Databases: schema })]]);
}

/** One row a database, a table and a column. */
function flatTable(databases: readonly Database[]): CommandTable {
  const rows: Value[][] = [];
  for (const database of databases) {
    rows.push([database.name, '', '', '', false, false, '', versionText(database)]);
    for (const { name, columns } of database.tables) {
      rows.push([database.name, name, '', '', false, false, '', '']);
      for (const column of columns) {
        rows.push([database.name, name, column.name, typeNames(column.type).clrType, false, false, '', '']);
      }
    }
  }
  return resultTable(
    {
      DatabaseName: 'string',
      TableName: 'string',
      ColumnName: 'string',
      ColumnType: 'string',
      IsDefaultTable: 'bool',
      IsDefaultColumn: 'bool',
      PrettyName: 'string',
      Version: 'string',
    },
    rows,
  );
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
}

function properties(entries: readonly (readonly [string, string])[]): string {
  const set = entries.filter(([, text]) => text !== '').map(([name, text]) => `${name}=${quoted(text)}`);
  return set.length === 0 ? '' : `with (${set.join(', ')}) `;
}

/** The commands that make the schema again. */
function scriptTable(database: Database): CommandTable {
  const tables = database.tables.map(
    ({ name, columns, folder, docString }) =>
      `.create-merge table ${cslName(name)} (${cslSchema(columns)}) ${properties([
        ['folder', folder],
        ['docstring', docString],
      ])}`,
  );
  const functions = database.objects.functions.map(
    ({ name, parameters, body, folder, docString }) =>
      `.create-or-alter function ${properties([
        ['folder', folder],
        ['docstring', docString],
        ['skipvalidation', 'true'],
      ])}${cslName(name)}${parametersText(parameters)} ${body}`,
  );
  const views = database.objects.views.map(
    ({ name, query, folder, docString, sourceId }) =>
      `.create-or-alter materialized-view ${properties([
        ['folder', folder],
        ['docString', docString],
      ])}${cslName(name)} on table ${cslName(database.tables.find(({ id }) => id === sourceId)?.name ?? '')} { ${query} }`,
  );
  return resultTable(
    { DatabaseSchemaScript: 'string' },
    [...tables, ...functions, ...views].map((text) => [text.trimEnd()]),
  );
}

function wantedKinds(reader: CommandReader): Wanted {
  const given = reader.properties();
  const named = [...given].filter(([, value]) => value.toLowerCase() === 'true').map(([name]) => name);
  return (kind) => named.length === 0 || named.includes(kind);
}

/** Reads what stands behind `schema`. */
function schemaCommand(
  reader: CommandReader,
  databases: (context: Parameters<Command['run']>[0]) => readonly Database[],
): Command {
  reader.takes('details');
  const later = reader.takes('if_later_than') ? reader.value('a version') : undefined;
  const number = later === undefined ? undefined : /^v?\.?(\d+)(?:\.\d+)?$/.exec(later)?.[1];
  if (later !== undefined && number === undefined)
    throw badRequest(`'${later}' is no version; versions look like v1.0.`);
  const chosen = (context: Parameters<Command['run']>[0]): readonly Database[] =>
    databases(context).filter(({ schema }) => number === undefined || schema.version > Number(number));
  reader.takes('details');
  if (!reader.takes('as')) {
    reader.end();
    return shows((context) => flatTable(chosen(context)));
  }
  if (reader.takes('json')) {
    const wanted = wantedKinds(reader);
    reader.end();
    return shows((context) => jsonTable(chosen(context), wanted));
  }
  reader.keyword('csl');
  reader.keyword('script');
  reader.properties();
  reader.end();
  return shows((context) => {
    const rows = chosen(context).flatMap((database) => scriptTable(database).rows);
    return resultTable({ DatabaseSchemaScript: 'string' }, rows);
  });
}

export const schemaCommands: readonly CommandDefinition[] = [
  {
    syntax: '.show database [D] schema [details] [if_later_than "v1.0"] [as json|csl script]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('database')) return undefined;
      if (reader.takes('schema')) return schemaCommand(reader, (context) => [context.current()]);
      if (reader.takesAll('cslschema')) return schemaCommand(reader, (context) => [context.current()]);
      const name = reader.optionalName('database');
      if (name === undefined || !(reader.takes('schema') || reader.takes('cslschema'))) return undefined;
      return schemaCommand(reader, (context) => [context.store.database(name)]);
    },
  },
  {
    syntax: '.show schema [as json]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('schema') && !reader.takesAll('cluster', 'schema')) return undefined;
      return schemaCommand(reader, (context) => context.store.databases);
    },
  },
  {
    syntax: '.show databases [(D, …)] schema [as json [with (Tables = true, …)]]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('databases')) return undefined;
      const names = reader.text.charAt(reader.position) === '(' ? reader.names('database') : undefined;
      if (!reader.takes('schema')) return undefined;
      return schemaCommand(reader, ({ store }) =>
        names === undefined ? store.databases : names.map((name) => store.database(name)),
      );
    },
  },
  {
    syntax: '.show table T schema as csl',
    verb: '.show',
    parse: (reader) => {
      const name = reader.takes('table') ? reader.optionalName('table') : undefined;
      if (name === undefined || !reader.takesAll('schema', 'as', 'csl')) return undefined;
      reader.end();
      return shows(({ current }) => schemaTable(current(), current().table(name), 'csl'));
    },
  },
];
