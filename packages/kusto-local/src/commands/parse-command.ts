import type { KustoServiceError } from '../errors.ts';
import { KustoServiceError as ServiceError } from '../errors.ts';
import { actionSyntax, parseAction } from './actions.ts';
import type { Command, QueryIngestionMode } from './command.ts';
import { CommandReader } from './command-reader.ts';
import { queryBehind } from './query-text.ts';

/** The commands that {@link parseCommand} knows, for messages and documentation. */
const supportedCommands: readonly string[] = [
  '.create database D [ifnotexists]',
  '.drop database D [ifexists]',
  '.show databases [(D, …)]',
  '.create table T (column: type, …) [with (docstring = "…", folder = "…")]',
  '.create-merge table T (column: type, …)',
  '.drop table T [ifexists]',
  '.drop tables (T, …) [ifexists]',
  '.alter table T policy ingestiontime true|false',
  '.show tables [(T, …)]',
  '.show table T cslschema',
  '.show table T schema as json',
  '.show table T policy ingestiontime',
  '.ingest inline into table T [with (format = csv|tsv|psv|scsv|json|multijson, ignoreFirstRecord = true)] <| data',
  '.set|.append|.set-or-append|.set-or-replace T [with (…)] <| query',
  '.show cluster',
  '.show version',
  ...actionSyntax,
];

/** Whether a request's text is a management command: its first character, comments aside, is a dot. */
export function isCommand(text: string): boolean {
  return /^(?:\s+|\/\/[^\n]*(?:\n|$))*\./.test(text);
}

/**
 * Parses a management command.
 *
 * @throws KustoServiceError `SYN0002` with the place, for text that is no command or one that is not supported
 */
export function parseCommand(text: string): Command {
  const reader = new CommandReader(text);
  const start = reader.position;
  const verb = reader.verb();
  const action = parseAction(verb, reader);
  if (action !== undefined) return { kind: 'action', action };
  switch (verb) {
    case '.show':
      return parseShow(reader, start);
    case '.create':
      if (reader.takes('database')) return parseCreateDatabase(reader);
      reader.keyword('table');
      return parseCreateTable(reader, false);
    case '.create-merge':
      reader.keyword('table');
      return parseCreateTable(reader, true);
    case '.drop':
      return parseDrop(reader);
    case '.alter':
      return parseAlter(reader);
    case '.ingest':
      return parseIngestInline(reader);
    case '.set':
      return parseIngestQuery(reader, 'set');
    case '.append':
      return parseIngestQuery(reader, 'append');
    case '.set-or-append':
      return parseIngestQuery(reader, 'set-or-append');
    case '.set-or-replace':
      return parseIngestQuery(reader, 'set-or-replace');
    default:
      throw unknown(reader, start);
  }
}

function parseShow(reader: CommandReader, start: number): Command {
  if (reader.takes('tables'))
    return ended(reader, { kind: 'show-tables', names: optionalNames(reader, 'table') });
  if (reader.takes('databases')) {
    return ended(reader, { kind: 'show-databases', names: optionalNames(reader, 'database') });
  }
  if (reader.takes('cluster')) return ended(reader, { kind: 'show-cluster' });
  if (reader.takes('version')) return ended(reader, { kind: 'show-version' });
  if (!reader.takes('table')) throw unknown(reader, start);
  const table = reader.name('table');
  if (reader.takes('cslschema')) return ended(reader, { kind: 'show-table-schema', table, format: 'csl' });
  if (reader.takes('schema')) {
    reader.keyword('as');
    reader.keyword('json');
    return ended(reader, { kind: 'show-table-schema', table, format: 'json' });
  }
  if (!reader.takes('policy')) throw unknown(reader, start);
  reader.keyword('ingestiontime');
  return ended(reader, { kind: 'show-ingestion-time', table });
}

function parseCreateDatabase(reader: CommandReader): Command {
  const name = reader.name('database');
  return ended(reader, { kind: 'create-database', name, ifNotExists: reader.takes('ifnotexists') });
}

function parseCreateTable(reader: CommandReader, merge: boolean): Command {
  const name = reader.name('table');
  const columns = reader.columns();
  return ended(reader, { kind: 'create-table', name, columns, properties: reader.properties(), merge });
}

function parseDrop(reader: CommandReader): Command {
  if (reader.takes('database')) {
    const name = reader.name('database');
    return ended(reader, { kind: 'drop-database', name, ifExists: reader.takes('ifexists') });
  }
  const names = reader.takes('tables') ? reader.names('table') : oneTable(reader);
  return ended(reader, { kind: 'drop-tables', names, ifExists: reader.takes('ifexists') });
}

function parseAlter(reader: CommandReader): Command {
  const tables = reader.takes('tables') ? reader.names('table') : oneTable(reader);
  reader.keyword('policy');
  reader.keyword('ingestiontime');
  return ended(reader, { kind: 'alter-ingestion-time', tables, enabled: reader.boolean() });
}

function oneTable(reader: CommandReader): string[] {
  reader.keyword('table');
  return [reader.name('table')];
}

function parseIngestInline(reader: CommandReader): Command {
  reader.keyword('inline');
  reader.keyword('into');
  reader.keyword('table');
  const table = reader.name('table');
  const properties = reader.properties();
  // Spaces belong to the data, but neither those right behind the mark nor the line break that ends its line.
  const data = reader.restBehind('<|').replace(/^[ \t]*(?:\r?\n)?/, '');
  return { kind: 'ingest-inline', table, properties, data };
}

function parseIngestQuery(reader: CommandReader, mode: QueryIngestionMode): Command {
  const asynchronous = reader.position;
  if (reader.takes('async') && !reader.text.startsWith('<|', reader.position)) {
    throw reader.error('async ingestion is not supported by this endpoint: leave "async" out', asynchronous);
  }
  reader.takes('table');
  const table = reader.name('table');
  const properties = reader.properties();
  const offset = reader.position + 2;
  const query = queryBehind(reader);
  if (/^\s*\./.test(query))
    throw reader.error('a query is expected here; a command is not supported as a source');
  return { kind: 'ingest-query', mode, table, properties, query, offset };
}

function optionalNames(reader: CommandReader, what: string): string[] | undefined {
  return reader.text.charAt(reader.position) === '(' ? reader.names(what) : undefined;
}

function ended<T extends Command>(reader: CommandReader, command: T): T {
  if (reader.text.charAt(reader.position) === '|') {
    throw reader.error('a query over the result of a command is not supported by this endpoint');
  }
  reader.end();
  return command;
}

function unknown(reader: CommandReader, start: number): KustoServiceError {
  const error = reader.error('this command is not supported by this endpoint', start);
  return new ServiceError({
    message: `${error.message} Supported commands: ${supportedCommands.join('; ')}`,
    code: error.code,
    type: error.type,
    ...(error.innerCode === undefined ? {} : { innerCode: error.innerCode }),
    ...(error.span === undefined ? {} : { span: error.span }),
  });
}
