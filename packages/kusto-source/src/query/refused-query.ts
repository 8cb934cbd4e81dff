import type { KustoColumn, KustoError, Rows } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { didYouMean } from '../config/nearest.ts';
import { termsOf } from '../config/terms.ts';
import { KustoSourceError } from '../errors.ts';
import { isRefusal } from './refusal.ts';
import { namedQuery, tableQuery } from './window-query.ts';
import { isWholeTable } from './written-query.ts';

/** Asks the service in the database of the source. */
export type Ask = (text: string) => Promise<Rows>;

type Entity = Pick<EntityConfig, 'place' | 'table' | 'database' | 'query' | 'ends'>;

/**
 * Which part of the configuration a refused query is about: the database, the table, or the query itself. The service is asked, since
 * its words point into text that the user never wrote.
 * @param wasThere the same query was answered before
 */
export async function explainRefusal(
  config: Entity,
  refusal: KustoError,
  ask: Ask,
  wasThere: boolean,
): Promise<KustoSourceError> {
  if (isMissingDatabase(refusal)) return await missingDatabase(config, refusal, ask);
  const { table, database } = config;
  const terms = termsOf(config);
  const words = refusal.message;
  const look = await lookFor(config, ask);
  const error = (message: string): KustoSourceError =>
    new KustoSourceError('SCHEMA', message, { cause: refusal });
  if (look.found === 'table') {
    const place = isWholeTable(config) ? terms.table : terms.query;
    return error(`${place} is refused by the service: ${words}${columnMeant(words, look.columns)}`);
  }
  if (look.found === 'view')
    return error(
      `${terms.table}: ${table} is a view or a function, no table: name the table behind it, and query the view in ${terms.query}`,
    );
  if (look.found === 'unknown') {
    const place = isWholeTable(config) ? '' : ` or ${terms.query}`;
    return error(`${terms.table} (${table})${place} is refused by the service: ${words}`);
  }
  const meant = didYouMean(table, await column(ask, '.show tables', 'TableName'));
  return error(
    wasThere
      ? `${terms.table}: the table ${table} is gone from the database ${database}: it was dropped or renamed (${words})${meant}`
      : `${terms.table}: there is no table ${table} in the database ${database} (${words}); names are case-sensitive${meant}`,
  );
}

export const isMissingDatabase = ({ kustoCode }: KustoError): boolean =>
  kustoCode === 'BadRequest_DatabaseNotExist';

export async function missingDatabase(
  { database }: Pick<EntityConfig, 'database'>,
  refusal: KustoError,
  ask: Ask,
): Promise<KustoSourceError> {
  const meant = didYouMean(database, await column(ask, '.show databases', 'DatabaseName'));
  const message = `KUSTO_DATABASE: there is no database ${database}, or this identity does not see it (${refusal.message}); names are case-sensitive${meant}`;
  return new KustoSourceError('CONFIGURATION', message, { cause: refusal });
}

type Look =
  | { readonly found: 'table'; readonly columns: readonly KustoColumn[] }
  | { readonly found: 'view' | 'nothing' | 'unknown' };

/** What bears the name of the table. */
async function lookFor(config: Entity, ask: Ask): Promise<Look> {
  try {
    return { found: 'table', columns: (await ask(tableQuery(config))).columns };
  } catch (error) {
    if (!isRefusal(error)) return { found: 'unknown' };
  }
  return await ask(namedQuery(config)).then(
    () => ({ found: 'view' }),
    (error: unknown) => ({ found: isRefusal(error) ? 'nothing' : 'unknown' }),
  );
}

/** The column of the table nearest to the name that the service could not resolve; nothing where its words name none. */
export function columnMeant(words: string, columns: readonly KustoColumn[]): string {
  const name = /named '([^']+)'/.exec(words)?.[1];
  const names = columns.map((known) => known.name);
  return name === undefined || names.includes(name) ? '' : didYouMean(name, names);
}

/** The names that a command shows; none where it is not answered: the refusal is what is told. */
async function column(ask: Ask, command: string, name: string): Promise<readonly string[]> {
  const answer = await ask(command).catch(() => undefined);
  const ordinal = answer?.columns.findIndex((known) => known.name === name) ?? -1;
  return (answer?.rows ?? []).map((row) => row[ordinal]).filter((cell) => typeof cell === 'string');
}
