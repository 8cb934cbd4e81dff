import { changes, type CommandContext, type CommandDefinition, type Properties } from './command.ts';
import { resultTable, type CommandTable } from './command-tables.ts';
import type { Value } from '../engine/values/encode-value.ts';
import { badRequest } from '../service-errors.ts';
import { KustoServiceError } from '../errors.ts';
import { checkProperties, flag } from './ingestion/ingestion-properties.ts';

/** Page "execute database script": one command after the other, without a transaction around them. */
async function executeScript(
  context: CommandContext,
  script: string,
  properties: Properties,
): Promise<CommandTable> {
  checkProperties(properties, ['continueonerrors', 'throwonerrors']);
  const goesOn = flag(properties, 'continueonerrors') ?? false;
  const throws = flag(properties, 'throwonerrors') ?? false;
  if (goesOn && throws)
    throw badRequest('ContinueOnErrors and ThrowOnErrors do not work together: give one.');
  const commands = splitScript(script);
  const rows: Value[][] = [];
  for (const text of commands) {
    const [result, reason] = await executeOne(context, text, throws);
    rows.push([context.uuid(), commandType(text), text, result, reason]);
    if (result === 'Failed' && !goesOn) break;
  }
  return resultTable(
    { OperationId: 'guid', CommandType: 'string', CommandText: 'string', Result: 'string', Reason: 'string' },
    rows,
  );
}

async function executeOne(context: CommandContext, text: string, throws: boolean): Promise<[string, string]> {
  if (/^\.show\b/i.test(text)) return ['Skipped', ''];
  try {
    await context.execute(text);
    return ['Completed', ''];
  } catch (error) {
    if (throws || !(error instanceof KustoServiceError)) throw error;
    return ['Failed', error.message];
  }
}

/** A command begins on a line of its own; comments and empty lines between commands belong to none. */
export function splitScript(script: string): readonly string[] {
  const starts = [...script.matchAll(/^[ \t]*\.[a-z]/gim)].map(({ index }) => index);
  const [first = script.length] = starts;
  const before = script.slice(0, first).replace(/\/\/[^\n]*/g, '');
  if (before.trim() !== '' || starts.length === 0)
    throw badRequest('A script consists of management commands, each beginning on a line of its own.');
  return starts.map((start, index) =>
    script
      .slice(start, starts[index + 1])
      .replace(/(?:\n[ \t\r]*(?:\/\/[^\n]*)?)+$/, '')
      .trim(),
  );
}

/** `.create-merge table T …` is TableCreate, `.alter table T policy retention …` is RetentionPolicyAlter. */
export function commandType(text: string): string {
  const [, verb = '', noun = ''] = /^\.([a-z-]+)\s+([a-z-]*)/i.exec(text) ?? [];
  const action = pascal(verb.replace(/-merge$/i, ''));
  // What these name next is a table.
  if (/^(?:append|set(?:-or-(?:append|replace))?)$/i.test(verb)) return `Table${action}`;
  const policy = /^\S+\s+(?:tables?|database|column|cluster)\s[^"'<]*?\bpolicy\s+(\w+)/i.exec(text)?.[1];
  return policy === undefined ? pascal(noun) + action : `${pascal(policy)}Policy${action}`;
}

function pascal(words: string): string {
  return words
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join('');
}

export const scriptCommands: readonly CommandDefinition[] = [
  {
    syntax: '.execute database script [with (ContinueOnErrors = true|ThrowOnErrors = true)] <| commands',
    verb: '.execute',
    parse: (reader) => {
      if (!reader.takesAll('database', 'script')) return undefined;
      const properties = reader.properties();
      const script = reader.restBehind('<|');
      return changes((context) => executeScript(context, script, properties));
    },
  },
];
