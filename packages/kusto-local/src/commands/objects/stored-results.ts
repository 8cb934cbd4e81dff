/** Pages "set stored_query_result", "show stored_query_result", "drop stored_query_result". */
import { changes, shows, type CommandContext, type CommandDefinition } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import type { CommandReader } from '../command-reader.ts';
import { runTail } from '../command-tail.ts';
import type { Database } from '../../engine/database.ts';
import type { StoredResultInfo } from '../../engine/catalog/database-objects.ts';
import { checkEntityName } from '../../engine/catalog/names.ts';
import { badRequest } from '../../service-errors.ts';
import { dropResults, storeResult } from '../../engine/changes/stored-results.ts';
import { parseTimespan } from '../../engine/values/times.ts';
import { entityNotFound } from './object-names.ts';
import { checkProperties } from './object-properties.ts';
import { queryInPlace } from '../query-text.ts';

const day = 864_000_000_000n;
const standardPreview = 10_000;

interface Definition {
  readonly name: string;
  readonly replaces: boolean;
  readonly asynchronous: boolean;
  /** Ticks. */
  readonly lifetime: bigint;
  /** 0: all rows. */
  readonly preview: number;
  readonly query: string;
}

function live(database: Database, now: bigint): readonly StoredResultInfo[] {
  return database.objects.results.filter(({ expiresOn }) => BigInt(expiresOn) > now);
}

function resultsTable(database: Database, results: readonly StoredResultInfo[]): CommandTable {
  return resultTable(
    {
      StoredQueryResultId: 'guid',
      Name: 'string',
      DatabaseName: 'string',
      PrincipalIdentity: 'string',
      SizeInBytes: 'long',
      RowCount: 'long',
      CreatedOn: 'datetime',
      ExpiresOn: 'datetime',
    },
    results.map((result) => [
      result.id,
      result.name,
      database.name,
      result.user,
      result.size,
      result.rowCount,
      BigInt(result.createdOn),
      BigInt(result.expiresOn),
    ]),
  );
}

async function store(context: CommandContext, definition: Definition): Promise<CommandTable> {
  const database = context.current();
  const { name, replaces } = definition;
  checkEntityName('stored query result', name);
  const compilation = await context.compile(database, definition.query);
  await database.change(async (turn) => {
    const now = turn.now();
    const gone = turn.objects.results.filter(
      (other) => BigInt(other.expiresOn) <= now || (replaces && other.name === name),
    );
    const kept = turn.objects.results.filter((other) => !gone.includes(other));
    if (kept.some((other) => other.name === name))
      throw badRequest(`The stored query result '${name}' exists already; use .set-or-replace.`);
    // The query may read what is replaced.
    const stored = await storeResult(turn, name, compilation, context.now, definition.lifetime, context.user);
    await dropResults(turn, gone);
    await turn.replaceObjects({ ...turn.objects, results: [...kept, stored] });
  });
  if (definition.asynchronous) return resultTable({ OperationId: 'guid' }, [[context.operationId]]);
  const preview = definition.preview === 0 ? '' : ` | take ${definition.preview}`;
  const shown = await context.compile(database, `stored_query_result('${name}')${preview}`);
  return runTail(database, shown, context.now, context.timeoutMs);
}

function readDefinition(reader: CommandReader, replaces: boolean): Definition | undefined {
  const asynchronous = reader.takes('async');
  if (!reader.takes('stored_query_result')) return undefined;
  const name = reader.name('stored query result');
  const place = reader.position;
  const properties = reader.properties();
  checkProperties(reader, place, properties, ['expiresafter', 'previewcount', 'distributed']);
  const expires = properties.get('expiresafter');
  const lifetime = expires === undefined ? day : timespanOf(expires);
  if (lifetime === null || lifetime <= 0n || lifetime > day)
    throw reader.error("the property 'expiresAfter' is a timespan of up to 24 hours", place);
  const preview = properties.get('previewcount') ?? `${standardPreview}`;
  if (!/^\d{1,9}$/.test(preview))
    throw reader.error("the property 'previewCount' is a number of rows", place);
  const query = reader.restBehind('<|');
  return {
    name,
    replaces,
    asynchronous,
    lifetime,
    preview: Number(preview),
    query: queryInPlace(reader.text, reader.text.length - query.length),
  };
}

/** `1d`, `90m`, `00:10:00`. */
function timespanOf(text: string): bigint | null {
  const unit = /^(\d{1,9})(d|h|m|s)$/.exec(text);
  const ticks: Readonly<Record<string, bigint>> = {
    d: day,
    h: 36_000_000_000n,
    m: 600_000_000n,
    s: 10_000_000n,
  };
  return unit === null ? parseTimespan(text) : BigInt(unit[1] ?? 0) * (ticks[unit[2] ?? ''] ?? 0n);
}

function find(context: CommandContext, name: string): StoredResultInfo {
  const database = context.current();
  const found = live(database, context.now).find((result) => result.name === name);
  if (found === undefined) throw entityNotFound('Stored query result', name, database.name);
  return found;
}

function drop(context: CommandContext, chosen: (result: StoredResultInfo) => boolean): Promise<CommandTable> {
  const database = context.current();
  return database.change(async (turn) => {
    const dropped = turn.objects.results.filter(
      (result) => chosen(result) && BigInt(result.expiresOn) > turn.now(),
    );
    await dropResults(turn, dropped);
    const results = turn.objects.results.filter((result) => !dropped.includes(result));
    await turn.replaceObjects({ ...turn.objects, results });
    return resultsTable(database, dropped);
  });
}

function setter(verb: string, replaces: boolean): CommandDefinition {
  return {
    syntax: `${verb} [async] stored_query_result N [with (expiresAfter = 1h, previewCount = 100)] <| query`,
    verb,
    parse: (reader) => {
      const definition = readDefinition(reader, replaces);
      return definition === undefined ? undefined : changes((context) => store(context, definition));
    },
  };
}

export const storedResultCommands: readonly CommandDefinition[] = [
  setter('.set', false),
  setter('.set-or-replace', true),
  {
    syntax: '.show stored_query_results [N]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('stored_query_results')) return undefined;
      const name = reader.optionalName('stored query result');
      reader.end();
      return shows((context) => {
        const database = context.current();
        return resultsTable(
          database,
          name === undefined ? live(database, context.now) : [find(context, name)],
        );
      });
    },
  },
  {
    syntax: '.show stored_query_result N [schema]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('stored_query_result')) return undefined;
      const name = reader.name('stored query result');
      const schema = reader.takes('schema');
      reader.end();
      return shows((context) => {
        const found = find(context, name);
        if (!schema) return resultsTable(context.current(), [found]);
        const columns = found.columns.map((column) => ({ Column: column.name, Type: column.type }));
        return resultTable({ StoredQueryResult: 'string', Schema: 'string' }, [
          [name, JSON.stringify(columns)],
        ]);
      });
    },
  },
  {
    syntax: '.drop stored_query_result N',
    verb: '.drop',
    parse: (reader) => {
      if (!reader.takes('stored_query_result')) return undefined;
      const name = reader.name('stored query result');
      reader.end();
      return changes((context) => {
        find(context, name);
        return drop(context, (result) => result.name === name);
      });
    },
  },
  {
    syntax: '.drop stored_query_results by user "U"',
    verb: '.drop',
    parse: (reader) => {
      if (!reader.takes('stored_query_results')) return undefined;
      reader.keyword('by');
      reader.keyword('user');
      const user = reader.value("a user's name");
      reader.end();
      return changes((context) => drop(context, (result) => result.user === user));
    },
  },
];
