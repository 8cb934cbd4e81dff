import type { KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { didYouMean } from '../config/nearest.ts';
import { termsOf } from '../config/terms.ts';
import { KustoSourceError } from '../errors.ts';
import { elementShape } from '../element/element-shape.ts';
import { planRows } from '../element/row-plan.ts';
import { checkDeletedWhen } from '../query/deleted-when.ts';
import { columnMeant } from '../query/refused-query.ts';
import { checkVersionColumn } from '../query/version-column.ts';
import { isWholeTable } from '../query/written-query.ts';
import { namedQuery, schemaQuery, tableQuery } from '../query/window-query.ts';
import { textColumn, type CheckRun } from './check-run.ts';

const mostColumnsNamed = 12;

/** Whether the table is there, what the query gives, whether the key can be one, and what tells the newest row. @throws EndOfChecks */
export async function checkTable(run: CheckRun): Promise<readonly KustoColumn[]> {
  const ofTable = await checkTableItself(run);
  const columns = await checkQuery(run, ofTable);
  checkKey(run, columns);
  await checkNewest(run, columns);
  return columns;
}

async function checkTableItself(run: CheckRun): Promise<readonly KustoColumn[]> {
  const { table, database } = run.config;
  try {
    const { columns } = await run.ask(tableQuery(run.config));
    run.ok('table', `The table ${table} is there, with ${count(columns.length, 'column')}.`);
    return columns;
  } catch (error) {
    const words = run.wordsOf('table', error);
    const property = termsOf(run.config).table;
    const cause = schemaError(`${property}: ${words}`, error);
    if ((await run.askIfAllowed(namedQuery(run.config))) !== undefined)
      run.end(
        'table',
        `${table} is no table, but a view or a function.`,
        'Name the table behind it, and query it in KUSTO_QUERY: its rows are then compared by scans (reconcile).',
        cause,
      );
    const names = textColumn(await run.askIfAllowed('.show tables'), 'TableName');
    return run.end(
      'table',
      `There is no table ${table} in ${database}: ${words}.`,
      `Correct ${property} (names are case-sensitive)${didYouMean(table, names) || '.'}`,
      cause,
    );
  }
}

async function checkQuery(run: CheckRun, ofTable: readonly KustoColumn[]): Promise<readonly KustoColumn[]> {
  const { table } = run.config;
  const terms = termsOf(run.config);
  const isTable = isWholeTable(run.config);
  try {
    const { columns } = await run.ask(schemaQuery(run.config));
    run.findings.columns = columns;
    run.ok(
      'query',
      `${isTable ? `The table ${table}` : terms.query} gives ${count(columns.length, 'column')}: ${listed(columns)}.`,
    );
    return columns;
  } catch (error) {
    const words = run.wordsOf('query', error);
    return run.end(
      'query',
      `The service refuses ${isTable ? `${terms.table} (${table})` : terms.query}: ${words}${columnMeant(words, ofTable) || '.'}`,
      `Correct ${isTable ? terms.table : terms.query}: as it stands, nothing can be read.`,
      schemaError(words, error),
    );
  }
}

function checkKey(run: CheckRun, columns: readonly KustoColumn[]): void {
  const { primaryKey } = run.config;
  const terms = termsOf(run.config);
  try {
    planRows({ ...elementShape(run.config), columns, omit: [] });
  } catch (error) {
    if (!(error instanceof KustoSourceError)) throw error;
    run.end('key', `${error.message}.`, adviceFor(error.message, run.config), error);
  }
  const own = columns.filter(({ name }) => primaryKey.includes(name));
  run.ok('key', `${terms.key} is in the result and can be a key: ${listed(own)}.`);
}

/** Whether VERSION_COLUMN and DELETED_WHEN can be what they are to be; nothing is told where they can. */
async function checkNewest(run: CheckRun, columns: readonly KustoColumn[]): Promise<void> {
  try {
    checkVersionColumn(run.config, columns);
    await checkDeletedWhen(run.config, (text) => run.ask(text));
  } catch (error) {
    const words = run.wordsOf('detection', error);
    run.end(
      'detection',
      error instanceof KustoSourceError ? `${error.message}.` : `DELETED_WHEN could not be tried: ${words}.`,
      'By this the newest row of a key is told, and whether the key is gone: as it stands, nothing can be read.',
      error,
    );
  }
}

/** By the place that the message of {@link planRows} begins with. */
function adviceFor(message: string, config: EntityConfig): string {
  const { key, query } = termsOf(config);
  const is = (place: string): boolean => message.startsWith(`${place}:`);
  const place = config.place ?? '';
  const kept = isWholeTable(config) ? '.' : `, or keep the column in ${query}.`;
  if (is(key)) return `Every element needs a key: correct ${key}${kept}`;
  if (is(`${place}.properties`)) return `Correct ${place}.properties${kept}`;
  const end = [`${place}.start.key`, `${place}.end.key`].find(is);
  if (end !== undefined) return `A relation needs both its ends: correct ${end}${kept}`;
  return `Correct ${query}: as it stands, nothing can be read.`;
}

function schemaError(message: string, cause: unknown): KustoSourceError {
  return new KustoSourceError('SCHEMA', message, { cause });
}

function listed(columns: readonly KustoColumn[]): string {
  const named = columns.slice(0, mostColumnsNamed).map(({ name, type }) => `${name} (${type})`);
  const more = columns.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function count(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`;
}
