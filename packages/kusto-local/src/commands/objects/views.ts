/** Materialized views (pages under "materialized views"): they are computed when they are read, and never behind. */
import { changes, shows, type Command, type CommandContext, type CommandDefinition } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import type { CommandReader } from '../command-reader.ts';
import type { Database } from '../../engine/database.ts';
import { type ViewInfo } from '../../engine/catalog/database-objects.ts';
import { checkEntityName } from '../../engine/catalog/names.ts';
import { badRequest } from '../../service-errors.ts';
import { clearRetained, createRetained, dropRetained, lastIngestion } from '../../engine/changes/views.ts';
import type { WriteTurn } from '../../engine/changes/write-turn.ts';
import { readShownView, viewDetails } from './show-view.ts';
import { checkFree, entityNotFound } from './object-names.ts';
import { lookbackText, readViewDefinition, viewWord, type ViewDefinition } from './view-definition.ts';
import { findView, viewsTable } from './views-table.ts';

async function columnsOf(context: CommandContext, definition: ViewDefinition): Promise<ViewInfo['columns']> {
  const { schema } = context.current();
  const compiled = await context.compileWith(schema, definition.queryInPlace, {
    kind: 'view',
    source: definition.source,
  });
  const columns = compiled.results[0]?.columns ?? [];
  const repeated = columns.find(
    ({ name }, index) => columns.findIndex((other) => other.name === name) !== index,
  );
  if (repeated !== undefined) throw badRequest(`The view has the column '${repeated.name}' twice.`);
  return columns;
}

async function create(
  context: CommandContext,
  definition: ViewDefinition,
  ifNotExists: boolean,
): Promise<CommandTable> {
  const database = context.current();
  const { name, properties } = definition;
  const answer = (view: ViewInfo): CommandTable =>
    definition.asynchronous
      ? resultTable({ OperationId: 'guid' }, [[context.operationId]])
      : viewsTable(database, [view]);
  const existing = database.objects.views.find((view) => view.name === name);
  if (existing !== undefined) {
    if (ifNotExists) return answer(existing);
    throw badRequest(`Materialized view '${name}' exists already.`);
  }
  checkEntityName('materialized view', name);
  checkFree(database, name, 'materialized view');
  const source = database.table(definition.source);
  if (source.ingestionTime !== true)
    throw badRequest(
      `The source of a materialized view needs the IngestionTime policy, which is off for table '${source.name}'.`,
    );
  const columns = await columnsOf(context, definition);
  const view = await database.change(async (turn) => {
    const table = turn.table(definition.source);
    const made: ViewInfo = {
      name,
      sourceId: table.id,
      query: definition.query,
      columns,
      after: definition.backfill ? '' : await lastIngestion(turn, table),
      from: definition.from,
      retained: `v${turn.uuid().replaceAll('-', '')}`,
      retainedColumns: table.columns,
      folder: properties.get('folder') ?? '',
      docString: properties.get('docstring') ?? '',
      enabled: true,
      effectiveFrom: definition.from === '' ? turn.now().toString() : definition.from,
      lookback: lookbackText(properties.get('lookback') ?? ''),
      lookbackColumn: properties.get('lookback_column') ?? '',
    };
    await createRetained(turn, made);
    await turn.replaceObjects({ ...turn.objects, views: [...turn.objects.views, made] });
    return made;
  });
  return answer(view);
}

/** Only what leaves the rows alone can be altered: with another query, rows already in the view would be computed anew. */
async function alter(context: CommandContext, definition: ViewDefinition): Promise<CommandTable> {
  const database = context.current();
  const { name, properties } = definition;
  const old = findView(database, name);
  const source = database.table(definition.source);
  const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();
  if (source.id !== old.sourceId || squeeze(definition.query) !== squeeze(old.query))
    throw badRequest(
      `The query of the materialized view '${name}' cannot be changed at this endpoint, which would compute the rows it has anew: drop it and create it again.`,
    );
  if (definition.backfill) throw badRequest('A materialized view that exists takes no backfill.');
  const columns = await columnsOf(context, definition);
  const lookback = properties.get('lookback');
  const view = await change(database, name, (before) => ({
    ...before,
    columns,
    folder: properties.get('folder') ?? before.folder,
    docString: properties.get('docstring') ?? before.docString,
    lookback: lookback === undefined ? before.lookback : lookbackText(lookback),
  }));
  return viewsTable(database, [view]);
}

function change(
  database: Database,
  name: string,
  changed: (view: ViewInfo, turn: WriteTurn) => Promise<ViewInfo> | ViewInfo,
): Promise<ViewInfo> {
  return database.change(async (turn) => {
    const before = turn.objects.views.find((view) => view.name === name);
    if (before === undefined) throw entityNotFound('Materialized view', name, database.name);
    const after = await changed(before, turn);
    const views = turn.objects.views.map((view) => (view.name === name ? after : view));
    await turn.replaceObjects({ ...turn.objects, views });
    return after;
  });
}

async function enable(context: CommandContext, name: string, enabled: boolean): Promise<CommandTable> {
  const database = context.current();
  const view = await change(database, name, (before) => {
    if (before.enabled === enabled)
      throw badRequest(`Materialized view '${name}' is ${enabled ? 'enabled' : 'disabled'} already.`);
    return { ...before, enabled };
  });
  return viewsTable(database, [view]);
}

async function drop(context: CommandContext, name: string, ifExists: boolean): Promise<CommandTable> {
  const database = context.current();
  await database.change(async (turn) => {
    const view = turn.objects.views.find((candidate) => candidate.name === name);
    if (view === undefined) {
      if (ifExists) return;
      throw entityNotFound('Materialized view', name, database.name);
    }
    await dropRetained(turn, view);
    const views = turn.objects.views.filter((other) => other !== view);
    await turn.replaceObjects({ ...turn.objects, views });
  });
  return viewsTable(database, database.objects.views);
}

async function rename(context: CommandContext, from: string, to: string): Promise<CommandTable> {
  const database = context.current();
  findView(database, from);
  checkEntityName('materialized view', to);
  if (database.objects.views.some(({ name }) => name === to))
    throw badRequest(`Materialized view '${to}' exists already.`);
  checkFree(database, to, 'materialized view');
  await change(database, from, (view) => ({ ...view, name: to }));
  return viewsTable(database, database.objects.views);
}

/** The view is empty then, and takes what is ingested from now on. */
async function clear(context: CommandContext, name: string): Promise<CommandTable> {
  await change(context.current(), name, async (view, turn) => {
    await clearRetained(turn, view);
    const source = turn.tables.find(({ id }) => id === view.sourceId);
    return {
      ...view,
      after: source === undefined ? view.after : await lastIngestion(turn, source),
      from: '',
    };
  });
  return resultTable({ ExtentId: 'guid', TableName: 'string', CreatedOn: 'datetime' }, []);
}

function creation(verb: string, mode: 'alter' | 'create' | 'create-or-alter'): CommandDefinition {
  return {
    syntax: `${verb} ${mode === 'create' ? '[async] [ifnotexists] ' : ''}materialized-view [with (backfill = true, folder = "…", …)] V on table T { query }`,
    verb,
    parse: (reader) => {
      const asynchronous = mode === 'create' && reader.takes('async');
      const ifNotExists = mode === 'create' && reader.takes('ifnotexists');
      if (!reader.takesMark(viewWord)) return undefined;
      if (mode === 'alter' && policyFollows(reader)) return undefined;
      const definition = readViewDefinition(reader, asynchronous);
      return changes((context) => {
        const exists = context.current().objects.views.some(({ name }) => name === definition.name);
        return mode === 'alter' || (mode === 'create-or-alter' && exists)
          ? alter(context, definition)
          : create(context, definition, ifNotExists);
      });
    },
  };
}

function policyFollows(reader: CommandReader): boolean {
  return /^(?:\[[^\]]*\]|[\p{L}_][\p{L}\p{N}_]*)\s+policy\b/iu.test(reader.text.slice(reader.position));
}

/** A command that is a verb, the word and a view's name, with something behind it. */
function onView(
  verb: string,
  syntax: string,
  read: (reader: CommandReader, name: string) => Command,
): CommandDefinition {
  return {
    syntax,
    verb,
    parse: (reader) => {
      if (!reader.takesMark(viewWord)) return undefined;
      const name = reader.optionalName('materialized view');
      return name === undefined ? undefined : read(reader, name);
    },
  };
}

export const viewCommands: readonly CommandDefinition[] = [
  creation('.create', 'create'),
  creation('.create-or-alter', 'create-or-alter'),
  creation('.alter', 'alter'),
  onView('.drop', '.drop materialized-view V [ifexists]', (reader, name) => {
    const ifExists = reader.takes('ifexists');
    reader.end();
    return changes((context) => drop(context, name, ifExists));
  }),
  onView('.rename', '.rename materialized-view V to W', (reader, name) => {
    reader.keyword('to');
    const to = reader.name('materialized view');
    reader.end();
    return changes((context) => rename(context, name, to));
  }),
  ...[true, false].map((enabled) => {
    const verb = enabled ? '.enable' : '.disable';
    return onView(verb, `${verb} materialized-view V`, (reader, name) => {
      reader.properties();
      reader.end();
      return changes((context) => enable(context, name, enabled));
    });
  }),
  onView('.clear', '.clear materialized-view V data', (reader, name) => {
    reader.keyword('data');
    reader.end();
    return changes((context) => clear(context, name));
  }),
  {
    syntax: '.show materialized-views [(V, …)] [details]',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takesMark('materialized-views')) return undefined;
      const names =
        reader.text.charAt(reader.position) === '(' ? reader.names('materialized view') : undefined;
      const detailed = reader.takes('details');
      reader.end();
      return shows((context) => {
        const database = context.current();
        const views = names?.map((name) => findView(database, name)) ?? database.objects.views;
        return detailed ? viewDetails(context, views) : viewsTable(database, views);
      });
    },
  },
  onView('.show', '.show materialized-view V', (reader, name) => {
    if (!reader.atEnd) return readShownView(reader, (context) => findView(context.current(), name));
    reader.end();
    return shows((context) => viewsTable(context.current(), [findView(context.current(), name)]));
  }),
];
