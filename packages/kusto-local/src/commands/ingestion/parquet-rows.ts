import { DuckDBInstance } from '@duckdb/node-api';
import type { Row } from '../../formats/rows.ts';
import { malformedData } from '../../formats/malformed-data.ts';
import type { Column } from '../../types.ts';
import { absentValue, valueParser } from '../../engine/values/parse-value.ts';
import { badRequest } from '../../service-errors.ts';
import { quoteIdentifier, quoteLiteral } from '../../engine/sql-text.ts';

/**
 * The rows of a Parquet file, matched by column name, chunk by chunk. It is read by an engine of its own: the databases' cannot
 * open files. Values are taken as in the text formats: what is no value of its column's type becomes null.
 */
export async function* parquetRows(path: string, columns: readonly Column[]): AsyncGenerator<Iterable<Row>> {
  if (/[*?[\]{}]/.test(path)) throw badRequest('The name of a Parquet file may not have *, ?, [ ] or { }.');
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '256MB',
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    // What a folder is called is no data: without this a folder `Id=7` would be a column.
    const file = `read_parquet(${quoteLiteral(path)}, hive_partitioning = false)`;
    const described = await (await connection.run(`DESCRIBE SELECT * FROM ${file}`)).getRows();
    const types = new Map(described.map(([name, type]) => [String(name), String(type)]));
    const list = columns.map((column) => {
      const type = types.get(column.name);
      return type === undefined ? 'NULL' : textOf(column, type);
    });
    const stream = await connection.stream(`SELECT ${list.join(', ')} FROM ${file}`);
    const parsers = columns.map(({ type }) => valueParser(type));
    const absent = columns.map(({ type }) => absentValue(type));
    for (;;) {
      const chunk = await stream.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      const values = chunk.getColumns();
      yield Array.from({ length: chunk.rowCount }, (_, row) =>
        parsers.map((parse, ordinal) => {
          const text = values[ordinal]?.[row];
          return typeof text !== 'string' || text === '' ? (absent[ordinal] ?? null) : parse(text);
        }),
      );
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/^(?:Invalid Input|IO|Parquet|Conversion|Not implemented|Serialization) Error/.test(message))
      throw malformedData(`the file cannot be read as Parquet (${message.split('\n', 1)[0] ?? ''})`);
    throw error;
  } finally {
    instance.closeSync();
  }
}

/** SQL for a column's value as the text that an ingestion of text would have. */
function textOf({ name, type }: Column, stored: string): string {
  const column = quoteIdentifier(name);
  if (stored.startsWith('TIMESTAMP WITH TIME ZONE')) return `CAST(${column} AT TIME ZONE 'UTC' AS VARCHAR)`;
  if (stored === 'BLOB') return `TRY(decode(${column}))`;
  const isNested = /^(?:STRUCT|MAP|UNION)\b|\]$/.test(stored);
  const isText = stored === 'VARCHAR' || stored === 'JSON' || /^(?:DATE|TIME|UUID)/.test(stored);
  return isNested || (type === 'dynamic' && !isText)
    ? `CAST(to_json(${column}) AS VARCHAR)`
    : `CAST(${column} AS VARCHAR)`;
}
