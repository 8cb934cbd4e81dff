import type { Database } from '../engine/database.ts';
import type { CommandContext } from './execute-command.ts';
import type { CommandReader } from './command-reader.ts';
import type { CommandTable } from './command-tables.ts';
import type { Value } from '../engine/values/encode-value.ts';
import type { KustoType } from '../types.ts';

/** What an action runs with. */
export interface ActionContext extends CommandContext {
  /** The request's `db`. @throws KustoServiceError when there is none of that name */
  readonly current: () => Database;
}

/** A command that carries its own execution. */
export interface Action {
  /** Whether it changes anything: then it is refused in a read-only request. */
  readonly changes: boolean;
  readonly run: (context: ActionContext) => CommandTable | Promise<CommandTable>;
}

export interface ActionDefinition {
  /** For messages and documentation. */
  readonly syntax: string;
  /** Its first word, for example `.show`. */
  readonly verb: string;
  /**
   * Reads the command behind its verb, up to its end. Undefined when it is another command: the reader then starts over.
   *
   * @throws KustoServiceError for text that can only be this command, and is wrong
   */
  readonly parse: (reader: CommandReader) => Action | undefined;
}

/** An action that only reads. */
export function shows(run: Action['run']): Action {
  return { changes: false, run };
}

export function changes(run: Action['run']): Action {
  return { changes: true, run };
}

/** A result from its column's names and types, and its rows. */
export function resultTable(
  columns: Readonly<Record<string, KustoType>>,
  rows: readonly (readonly Value[])[],
): CommandTable {
  return { columns: Object.entries(columns).map(([name, type]) => ({ name, type })), rows };
}
