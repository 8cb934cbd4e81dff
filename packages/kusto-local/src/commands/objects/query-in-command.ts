/** A query that is part of a command's text, as a text in which every place is as in the command. */
export function queryInPlace(command: string, start: number, end = command.length): string {
  return command.slice(0, start).replace(/[^\n]/g, ' ') + command.slice(start, end);
}
