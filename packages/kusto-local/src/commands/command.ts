import type { Database } from '../engine/database.ts';
import type { Store } from '../engine/store.ts';
import type { RequestLog } from '../endpoint/request-log.ts';
import type { Compilation, DatabaseSchema, DefinitionCheck, RecordSelection } from '../types.ts';
import type { CommandReader } from './command-reader.ts';
import type { CommandTable } from './command-tables.ts';

/** The properties of a `with (…)` clause; names in lower case. */
export type Properties = ReadonlyMap<string, string>;

/** What a command runs with. */
export interface CommandContext {
  readonly store: Store;
  /** The name of the request's `db`. */
  readonly database: string;
  /** The request's `db`; asked for only by the commands that need one, as the service does. @throws KustoServiceError */
  readonly current: () => Database;
  readonly requests: RequestLog;
  /** A guid: the id under which `.show operations` tells of the command. */
  readonly operationId: string;
  readonly user: string;
  /** Milliseconds that what the command runs may take. */
  readonly timeoutMs: number;
  /** Compiles in another version of a database's schema what is checked to be a definition. */
  readonly compileWith: (
    schema: DatabaseSchema,
    text: string,
    checks?: DefinitionCheck,
  ) => Promise<Compilation>;
  readonly compile: (database: Database, text: string, selection?: RecordSelection) => Promise<Compilation>;
  /** The result of a query, or of a command that only shows something, whole in memory. */
  readonly rowsOf: (text: string) => Promise<CommandTable>;
  /** Runs another command, with the properties of this request. */
  readonly execute: (text: string) => Promise<CommandTable>;
  /** From where files may be ingested. */
  readonly allowedFolders: readonly string[];
  /** A guid. */
  readonly uuid: () => string;
  /** Ticks: what `now()` is. */
  readonly now: bigint;
  /** Ticks: when the endpoint started. */
  readonly started: bigint;
}

/** A management command, parsed. */
export interface Command {
  /** Whether it changes anything: then it is refused in a read-only request. */
  readonly changes: boolean;
  /** @throws KustoServiceError */
  readonly run: (context: CommandContext) => CommandTable | Promise<CommandTable>;
}

/** A command that can be given: how it is read, and what it then does. */
export interface CommandDefinition {
  /** For messages and documentation. */
  readonly syntax: string;
  /** Its first word, for example `.show`. */
  readonly verb: string;
  /**
   * Reads the command behind its verb, up to its end. Undefined when it is another command: the reader then starts over.
   *
   * @throws KustoServiceError for text that can only be this command, and is wrong
   */
  readonly parse: (reader: CommandReader) => Command | undefined;
}

/** A command that only reads. */
export function shows(run: Command['run']): Command {
  return { changes: false, run };
}

export function changes(run: Command['run']): Command {
  return { changes: true, run };
}
