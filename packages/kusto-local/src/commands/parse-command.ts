import { KustoServiceError } from '../errors.ts';
import type { Command } from './command.ts';
import { commandDefinitions } from './command-list.ts';
import { CommandReader } from './command-reader.ts';

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
  for (const definition of commandDefinitions) {
    if (definition.verb !== verb) continue;
    const command = reader.attempt(() => definition.parse(reader));
    if (command !== undefined) return command;
  }
  throw unknown(reader, start);
}

function unknown(reader: CommandReader, start: number): KustoServiceError {
  const error = reader.error('this command is not supported by this endpoint', start);
  const known = commandDefinitions.map(({ syntax }) => syntax).filter((syntax) => syntax !== '');
  // The whole list is long: whoever has the verb right is helped by those of that verb.
  const verb = /^\S*/.exec(reader.text.slice(start))?.[0].toLowerCase() ?? '';
  const alike = known.filter((syntax) => syntax.split(' ')[0]?.split('|').includes(verb));
  return new KustoServiceError({
    message: `${error.message} Supported commands: ${(alike.length > 0 ? alike : known).join('; ')}`,
    code: error.code,
    type: error.type,
    ...(error.innerCode === undefined ? {} : { innerCode: error.innerCode }),
    ...(error.span === undefined ? {} : { span: error.span }),
  });
}
