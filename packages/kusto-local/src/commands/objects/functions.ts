/** Stored functions (pages "create function", "create-or-alter function", "alter function", "drop function", "show functions"). */
import { changes, shows, type Command, type CommandContext, type CommandDefinition } from '../command.ts';
import { resultTable, type CommandTable } from '../command-tables.ts';
import type { CommandReader } from '../command-reader.ts';
import { parametersText } from '../../engine/catalog/csl-text.ts';
import type { Database } from '../../engine/database.ts';
import { replaced, type FunctionInfo } from '../../engine/catalog/database-objects.ts';
import { checkEntityName } from '../../engine/catalog/names.ts';
import { badRequest } from '../../service-errors.ts';
import { readParameters } from './function-signature.ts';
import { checkFree, entityNotFound } from './object-names.ts';
import { booleanProperty, checkProperties } from './object-properties.ts';

type Mode = 'alter' | 'create' | 'create-or-alter';

function functionTable(functions: readonly FunctionInfo[]): CommandTable {
  return resultTable(
    { Name: 'string', Parameters: 'string', Body: 'string', Folder: 'string', DocString: 'string' },
    functions.map(({ name, parameters, body, folder, docString }) => [
      name,
      parametersText(parameters),
      body,
      folder,
      docString,
    ]),
  );
}

function find(database: Database, name: string): FunctionInfo {
  const found = database.objects.functions.find((candidate) => candidate.name === name);
  if (found === undefined) throw entityNotFound('Function', name, database.name);
  return found;
}

/**
 * The command's text as a query that declares the function with `let`: every place in the parameters and in the body is as in
 * the command.
 */
function declaration(text: string, keyword: number, parameters: number, end: number): string {
  const blank = text.slice(0, parameters).replace(/[^\n]/g, ' ');
  const put = (line: string, word: string, at: number): string =>
    line.slice(0, at) + word + line.slice(at + word.length);
  // A verb is longer than `let`, and the word `function` than the name.
  const head = put(put(blank, 'let', text.search(/\.[a-z]/i)), '_f_ =', keyword);
  return `${head}${text.slice(parameters, end)}; print 1`;
}

interface Definition {
  readonly info: Omit<FunctionInfo, 'docString' | 'folder'>;
  readonly properties: ReadonlyMap<string, string>;
  readonly declaration: string;
}

function readDefinition(reader: CommandReader, keyword: number): Definition {
  const place = reader.position;
  const properties = reader.properties();
  checkProperties(reader, place, properties, ['docstring', 'folder', 'skipvalidation', 'view']);
  if (booleanProperty(reader, place, properties, 'view')) {
    throw reader.error('stored views (view = true) are not supported by this endpoint', place);
  }
  booleanProperty(reader, place, properties, 'skipvalidation');
  const name = reader.name('function');
  checkEntityName('function', name);
  const { parameters, start } = readParameters(reader);
  const { text: body, start: bodyStart } = reader.bracketed('{', "the function's body");
  reader.end();
  return {
    info: { name, parameters, body },
    properties,
    declaration: declaration(reader.text, keyword, start, bodyStart + body.length),
  };
}

async function define(
  context: CommandContext,
  mode: Mode,
  ifNotExists: boolean,
  { info, properties, declaration: text }: Definition,
): Promise<CommandTable> {
  const database = context.current();
  const { name } = info;
  const old = (): FunctionInfo | undefined =>
    database.objects.functions.find((candidate) => candidate.name === name);
  const existing = old();
  if (existing !== undefined && mode === 'create') {
    if (ifNotExists) return functionTable([existing]);
    throw badRequest(
      `Function '${name}' exists already; .alter function or .create-or-alter function changes it.`,
    );
  }
  if (mode === 'alter') find(database, name);
  checkFree(database, name, 'function');
  if (properties.get('skipvalidation')?.toLowerCase() !== 'true') {
    const { schema } = database;
    const added = { name, parameters: parametersText(info.parameters), body: info.body };
    await context.compileWith({ ...schema, functions: replaced(schema.functions ?? [], added) }, text, {
      kind: 'function',
      name,
    });
  }
  return database.changeObjects(async () => {
    const before = old();
    const changed: FunctionInfo = {
      ...info,
      folder: properties.get('folder') ?? before?.folder ?? '',
      docString: properties.get('docstring') ?? before?.docString ?? '',
    };
    const { objects } = database;
    return {
      result: functionTable([changed]),
      objects: { ...objects, functions: replaced(objects.functions, changed) },
    };
  });
}

function describe(name: string, what: 'docString' | 'folder', text: string): Command {
  return changes((context) => {
    const database = context.current();
    return database.changeObjects(async () => {
      const changed = { ...find(database, name), [what]: text };
      const { objects } = database;
      return {
        result: functionTable([changed]),
        objects: { ...objects, functions: replaced(objects.functions, changed) },
      };
    });
  });
}

function drop(
  context: CommandContext,
  names: readonly string[],
  ifExists: boolean,
  single: boolean,
): Promise<CommandTable> {
  const database = context.current();
  return database.changeObjects(async () => {
    if (!ifExists) for (const name of names) find(database, name);
    const { objects } = database;
    const functions = objects.functions.filter(({ name }) => !names.includes(name));
    const dropped = names.filter((name) => objects.functions.some((other) => other.name === name));
    return {
      result: single
        ? resultTable(
            { Name: 'string' },
            dropped.map((name) => [name]),
          )
        : functionTable(functions),
      objects: { ...objects, functions },
    };
  });
}

function definition(verb: string, mode: Mode): CommandDefinition {
  return {
    syntax:
      `${verb} function [${mode === 'create' ? 'ifnotexists' : ''}] [with (docstring = "…", folder = "…", skipvalidation = true)] F(parameter: type [= default], …) { body }`.replace(
        ' []',
        '',
      ),
    verb,
    parse: (reader) => {
      const keyword = reader.position;
      if (!reader.takes('function')) return undefined;
      const ifNotExists = mode === 'create' && reader.takes('ifnotexists');
      if (mode === 'alter') {
        const described = reader.attempt(() => {
          const name = reader.optionalName('function');
          if (name === undefined) return undefined;
          const what = (['docstring', 'folder'] as const).find((word) => reader.takes(word));
          return what === undefined ? undefined : { name, what };
        });
        if (described !== undefined) {
          const text = reader.string('the text');
          reader.end();
          return describe(described.name, described.what === 'folder' ? 'folder' : 'docString', text);
        }
      }
      const read = readDefinition(reader, keyword);
      return changes((context) => define(context, mode, ifNotExists, read));
    },
  };
}

export const functionCommands: readonly CommandDefinition[] = [
  definition('.create', 'create'),
  definition('.create-or-alter', 'create-or-alter'),
  definition('.alter', 'alter'),
  {
    syntax: '.drop function F [ifexists]',
    verb: '.drop',
    parse: (reader) => {
      if (!reader.takes('function')) return undefined;
      const name = reader.name('function');
      const ifExists = reader.takes('ifexists');
      reader.end();
      return changes((context) => drop(context, [name], ifExists, true));
    },
  },
  {
    syntax: '.drop functions (F, …) [ifexists]',
    verb: '.drop',
    parse: (reader) => {
      if (!reader.takes('functions')) return undefined;
      const names = reader.names('function');
      const ifExists = reader.takes('ifexists');
      reader.end();
      return changes((context) => drop(context, names, ifExists, false));
    },
  },
  {
    syntax: '.show functions',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('functions')) return undefined;
      reader.end();
      return shows((context) => functionTable(context.current().objects.functions));
    },
  },
  {
    syntax: '.show function F',
    verb: '.show',
    parse: (reader) => {
      if (!reader.takes('function')) return undefined;
      const name = reader.name('function');
      const place = reader.position;
      checkProperties(reader, place, reader.properties(), [
        'builtin',
        'includehiddenfunctions',
        'showobfuscatedstrings',
      ]);
      reader.end();
      return shows((context) => functionTable([find(context.current(), name)]));
    },
  },
];
