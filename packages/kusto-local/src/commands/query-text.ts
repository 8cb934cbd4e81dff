import type { CommandReader } from './command-reader.ts';

/**
 * The rest of a command behind `<|`, a query. The command's words before it are blanks, so that a place in it is the same
 * place in the command; `head` is put right before it.
 */
export function queryBehind(reader: CommandReader, head = ''): string {
  const query = reader.restBehind('<|');
  const before = blanks(reader.text.slice(0, reader.text.length - query.length));
  return before.slice(0, Math.max(0, before.length - head.length)) + head + query;
}

/** A query that is a part of a command's text, with blanks before it as above. */
export function queryInPlace(command: string, start: number, end = command.length): string {
  return blanks(command.slice(0, start)) + command.slice(start, end);
}

function blanks(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** An entity's name as KQL has it, whatever its characters. */
export function quotedName(name: string): string {
  return `['${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`;
}

/** `async` is refused: commands are done when they are answered. */
export function refuseAsync(reader: CommandReader): void {
  const place = reader.position;
  if (reader.takes('async')) {
    throw reader.error('async commands are not supported by this endpoint: leave "async" out', place);
  }
}
