import { parseRows } from '../../formats/rows.ts';
import { changes, type CommandDefinition } from '../command.ts';
import type { CommandReader } from '../command-reader.ts';
import { resultTable } from '../command-tables.ts';
import { checkProperties, datetimeProperty, flag } from './ingestion-properties.ts';

/** Spaces belong to the data, but neither those right behind the mark nor the line break that ends its line. */
export function inlineData(reader: CommandReader): string {
  return reader.restBehind('<|').replace(/^[ \t]*(?:\r?\n)?/, '');
}

export const inlineIngestionCommands: readonly CommandDefinition[] = [
  {
    syntax:
      '.ingest inline into table T [with (format = csv|tsv|psv|scsv|json|multijson, ignoreFirstRecord = true)] <| data',
    verb: '.ingest',
    parse: (reader) => {
      if (!reader.takes('inline')) return undefined;
      reader.keyword('into');
      reader.keyword('table');
      const table = reader.name('table');
      const properties = reader.properties();
      const data = inlineData(reader);
      return changes(async ({ current }) => {
        checkProperties(properties, ['creationtime', 'format', 'ignorefirstrecord']);
        const createdOn = datetimeProperty(properties, 'creationtime');
        const options = {
          format: (properties.get('format') ?? 'csv').toLowerCase(),
          ignoreFirstRecord: flag(properties, 'ignorefirstrecord') ?? false,
        };
        const { extentId } = await current().ingest(
          table,
          (columns) => parseRows(data, columns, options),
          createdOn,
        );
        return resultTable({ ExtentId: 'guid' }, [[extentId]]);
      });
    },
  },
];
