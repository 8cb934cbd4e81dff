import type { Column } from '../types.ts';
import type { Action } from './action.ts';

/** The properties of a `with (…)` clause; names in lower case. */
export type Properties = ReadonlyMap<string, string>;

/** How an ingestion from a query treats a table that is there, or is not. */
export type QueryIngestionMode = 'append' | 'set' | 'set-or-append' | 'set-or-replace';

/** A management command, parsed. */
export type Command =
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'alter-ingestion-time'; readonly tables: readonly string[]; readonly enabled: boolean }
  | { readonly kind: 'create-database'; readonly name: string; readonly ifNotExists: boolean }
  | {
      readonly kind: 'create-table';
      readonly name: string;
      readonly columns: readonly Column[];
      readonly properties: Properties;
      /** `.create-merge`: columns that an existing table does not have are added to it. */
      readonly merge: boolean;
    }
  | { readonly kind: 'drop-database'; readonly name: string; readonly ifExists: boolean }
  | { readonly kind: 'drop-tables'; readonly names: readonly string[]; readonly ifExists: boolean }
  | {
      readonly kind: 'ingest-inline';
      readonly table: string;
      readonly properties: Properties;
      readonly data: string;
    }
  | {
      readonly kind: 'ingest-query';
      readonly mode: QueryIngestionMode;
      readonly table: string;
      readonly properties: Properties;
      readonly query: string;
      /** Where the query begins in the command's text. */
      readonly offset: number;
    }
  | { readonly kind: 'show-cluster' }
  | { readonly kind: 'show-databases'; readonly names: readonly string[] | undefined }
  | { readonly kind: 'show-ingestion-time'; readonly table: string }
  | { readonly kind: 'show-table-schema'; readonly table: string; readonly format: 'csl' | 'json' }
  | { readonly kind: 'show-tables'; readonly names: readonly string[] | undefined }
  | { readonly kind: 'show-version' };

/** Whether a command changes anything: such a one is refused in a read-only request. */
export function writes(command: Command): boolean {
  if (command.kind === 'action') return command.action.changes;
  return !command.kind.startsWith('show-');
}
