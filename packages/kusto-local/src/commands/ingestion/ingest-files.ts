import { extname } from 'node:path';
import { changes, type CommandContext, type CommandDefinition, type Properties } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import { openAllowed, type AllowedFile } from './allowed-files.ts';
import { parquetRows } from './parquet-rows.ts';
import { badRequest } from '../../service-errors.ts';
import { fileRows } from '../../formats/file-rows.ts';
import { formatNotSupported, ingestionFormats, type Row } from '../../formats/rows.ts';
import type { Column } from '../../types.ts';
import type { CommandReader } from '../command-reader.ts';
import { checkProperties, datetimeProperty, flag } from './ingestion-properties.ts';
import { refuseAsync } from '../query-text.ts';

const formats: readonly string[] = [...ingestionFormats, 'parquet'];

interface FileFormat {
  readonly format: string;
  readonly isGzip: boolean;
}

/** Page "ingest into command", of local files: all of them are one commit and one extent. */
async function ingestFiles(
  context: CommandContext,
  table: string,
  names: readonly string[],
  properties: Properties,
): Promise<CommandTable> {
  checkProperties(properties, ['creationtime', 'format', 'ignorefirstrecord']);
  const ignoreFirstRecord = flag(properties, 'ignorefirstrecord') ?? false;
  const createdOn = datetimeProperty(properties, 'creationtime');
  const database = context.current();
  database.table(table);
  const files: AllowedFile[] = [];
  const started = performance.now();
  try {
    for (const name of names) files.push(await openAllowed(name, context.allowedFolders));
    const kinds = names.map((name) => formatOf(name, properties.get('format')));
    const read = async function* read(columns: readonly Column[]): AsyncGenerator<Iterable<Row>> {
      for (const [index, file] of files.entries()) {
        const { format, isGzip } = kinds[index] ?? { format: '', isGzip: false };
        if (format === 'parquet') yield* parquetRows(file.path, columns);
        else yield* fileRows(file.handle, isGzip, columns, { format, ignoreFirstRecord });
      }
    };
    const { extentId } = await database.ingest(table, read, createdOn);
    const duration = BigInt(Math.round((performance.now() - started) * 10_000));
    return resultTable(
      {
        ExtentId: 'guid',
        ItemLoaded: 'string',
        Duration: 'timespan',
        HasErrors: 'bool',
        OperationId: 'guid',
      },
      [[extentId, names.join(', '), duration, false, context.uuid()]],
    );
  } finally {
    // One whose stream was read to its end is closed already.
    await Promise.all(files.map(({ handle }) => handle.close().catch(() => undefined)));
  }
}

/** From the property, or else from the file's extension; `.gz` behind it stands for gzip. */
function formatOf(name: string, property: string | undefined): FileFormat {
  const isGzip = /\.gz$/i.test(name);
  if (/\.zip$/i.test(name)) throw badRequest('Zip archives are not supported by this endpoint; gzip is.');
  const extension = extname(isGzip ? name.slice(0, -3) : name).slice(1);
  const format = (property ?? extension).toLowerCase();
  if (property === undefined && !formats.includes(format))
    throw badRequest(`The format of '${name}' is not known: say it, with (format = "csv").`);
  if (!formats.includes(format)) throw formatNotSupported(format, formats);
  if (isGzip && format === 'parquet') throw badRequest('A Parquet file is not compressed as a whole.');
  return { format, isGzip };
}

function fileNames(reader: CommandReader): readonly string[] {
  if (!reader.takesMark('(')) return [reader.string('the path of a file')];
  const names: string[] = [];
  do names.push(reader.string('the path of a file'));
  while (reader.takesMark(','));
  reader.mark(')');
  return names;
}

export const ingestFileCommands: readonly CommandDefinition[] = [
  {
    syntax: `.ingest into table T ("/path", …) [with (format = ${formats.join('|')}, ignoreFirstRecord = true, creationTime = "…")]`,
    verb: '.ingest',
    parse: (reader) => {
      refuseAsync(reader);
      if (!reader.takes('into')) return undefined;
      reader.keyword('table');
      const table = reader.name('table');
      const names = fileNames(reader);
      const properties = reader.properties();
      reader.end();
      return changes((context) => ingestFiles(context, table, names, properties));
    },
  },
];
