import { shows, type CommandDefinition } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import { cslSchema, parametersText } from '../../engine/catalog/csl-text.ts';
import type { Database } from '../../engine/database.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import { typeNames } from '../../engine/values/kusto-types.ts';

/** Page "show databases entities". */
function entities(databases: readonly Database[]): CommandTable {
  const rows: Value[][] = [];
  for (const { name: database, tables, objects } of databases) {
    for (const { name, docString, folder, columns } of tables)
      rows.push([database, 'Table', name, docString, folder, '', '', cslSchema(columns), '{}']);
    for (const { name, docString, folder, columns, query } of objects.views)
      rows.push([database, 'MaterializedView', name, docString, folder, '', query, cslSchema(columns), '{}']);
    for (const { name, docString, folder, parameters, body } of objects.functions)
      rows.push([database, 'Function', name, docString, folder, parametersText(parameters), body, '', '{}']);
  }
  return resultTable(
    {
      DatabaseName: 'string',
      EntityType: 'string',
      EntityName: 'string',
      DocString: 'string',
      Folder: 'string',
      CslInputSchema: 'string',
      Content: 'string',
      CslOutputSchema: 'string',
      Properties: 'dynamic',
    },
    rows,
  );
}

/** Page "show table": name and type of each column. */
function attributes(database: Database, name: string): CommandTable {
  return resultTable(
    {
      AttributeName: 'string',
      AttributeType: 'string',
      ExtentsCount: 'long',
      CompressionRatio: 'real',
      IndexSize: 'long',
      IndexSizePercent: 'real',
      OriginalSize: 'long',
      AttributeId: 'guid',
      SharedIndexSize: 'long',
      StorageEngineVersion: 'string',
    },
    database
      .table(name)
      .columns.map((column): Value[] => [
        column.name,
        typeNames(column.type).clrType.replace(/^System\.(?:Data\.SqlTypes\.)?/, ''),
        ...Array<null>(6).fill(null),
        null,
        '',
      ]),
  );
}

export const entityCommands: readonly CommandDefinition[] = [
  {
    syntax: '.show databases entities',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takesAll('databases', 'entities')) return undefined;
      reader.properties();
      reader.end();
      return shows(({ store }) => entities(store.databases));
    },
  },
  {
    syntax: '.show table T',
    verb: '.show',
    parse: (reader) => {
      const name = reader.takes('table') ? reader.optionalName('table') : undefined;
      if (name === undefined || !reader.atEnd) return undefined;
      reader.end();
      return shows((context) => attributes(context.current(), name));
    },
  },
];
