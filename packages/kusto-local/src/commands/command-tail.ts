/** A query over the result of a command: `.show tables | where TableName startswith "A"`. */
import type { Value } from '../engine/values/encode-value.ts';
import type { Database } from '../engine/database.ts';
import { parseDatetime, parseTimespan } from '../engine/values/times.ts';
import { jsonText, parseJsonExact } from '../formats/json-values.ts';
import { literalValue, quoteIdentifier } from '../kql/sql/value.ts';
import type { Column, Compilation, DatabaseSchema } from '../types.ts';
import type { CommandTable } from './command-tables.ts';
import { tailStart } from './text-scan.ts';

export interface SplitCommand {
  readonly command: string;
  /** The query: in it the command's text is the name of a table, and every place is as in the whole text. */
  readonly query: { readonly text: string; readonly table: string } | undefined;
}

const tableName = '_cmd_';

/** Splits a text into the command and the query over its result, if there is one. */
export function splitCommand(text: string): SplitCommand {
  const start = tailStart(text);
  if (start === undefined) return { command: text, query: undefined };
  const command = text.slice(0, start);
  const dot = command.search(/\.[a-z]/i);
  // A verb is at least as long as the name that takes its place; line breaks stay where they are.
  const blank = command.replace(/[^\n]/g, ' ');
  const head = blank.slice(0, dot) + tableName + blank.slice(dot + tableName.length);
  return { command, query: { text: head + text.slice(start), table: tableName } };
}

/** The database's schema with the command's result as a table. */
export function withResult(
  schema: DatabaseSchema,
  version: number,
  table: string,
  result: CommandTable,
): DatabaseSchema {
  const names = result.columns.map(({ name }) => quoteIdentifier(name));
  const hidden =
    'CAST(NULL AS BIGINT) AS "$seq", CAST(NULL AS BIGINT) AS "$ingested", CAST(NULL AS VARCHAR) AS "$extent"';
  const cells = (row: readonly Value[]): string =>
    result.columns.map(({ type }, index) => literalValue(type, row[index] ?? null).sql).join(', ');
  const empty = result.columns.map(
    ({ type }, index) => `${literalValue(type, null).sql} AS ${names[index] ?? ''}`,
  );
  const relation =
    result.rows.length === 0
      ? `(SELECT ${[...empty, hidden].join(', ')} WHERE false) AS r`
      : `(SELECT *, ${hidden} FROM (VALUES ${result.rows.map((row) => `(${cells(row)})`).join(', ')}) AS v(${names.join(', ')})) AS r`;
  const others = schema.tables.filter(({ name }) => name !== table);
  return { ...schema, version, tables: [...others, { name: table, columns: result.columns, relation }] };
}

/** Runs a compiled query over a command's result; its first result, whole in memory. */
export async function runTail(
  database: Database,
  compilation: Compilation,
  now: bigint,
  timeoutMs: number,
): Promise<CommandTable> {
  const columns = compilation.results[0]?.columns ?? [];
  const run = await database.startQuery(compilation, { protocol: 'v2', timeoutMs, now });
  try {
    const rows: Value[][] = [];
    for await (const batch of run.rows(0)) {
      for (const row of parseJsonExact(`[${batch.json}]`) as unknown[][]) rows.push(valuesOf(columns, row));
    }
    return { columns, rows };
  } finally {
    await run.close();
  }
}

function valuesOf(columns: readonly Column[], row: readonly unknown[]): Value[] {
  return columns.map(({ type }, index): Value => {
    const cell = row[index];
    if (cell === null || cell === undefined) return null;
    if (type === 'dynamic') return JSON.stringify(cell);
    if (typeof cell === 'boolean') return cell;
    const text = jsonText(cell) ?? '';
    if (type === 'long') return BigInt(text);
    if (type === 'datetime') return parseDatetime(text);
    if (type === 'timespan') return parseTimespan(text);
    return type === 'int' || (type === 'real' && typeof cell !== 'string') ? Number(text) : text;
  });
}
