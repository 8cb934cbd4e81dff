import type { Action, ActionDefinition } from './action.ts';
import type { CommandReader } from './command-reader.ts';
import { functionCommands } from './objects/functions.ts';
import { storedResultCommands } from './objects/stored-results.ts';
import { viewCommands } from './objects/views.ts';
import { scriptCommands } from './execute-script.ts';
import { ingestFileCommands } from './ingestion/ingest-files.ts';
import { queuedIngestionCommands } from './ingestion/queued-ingestion.ts';
import { deleteCommands } from './rows/delete.ts';
import { extentChangeCommands } from './rows/extents.ts';
import { updateCommands } from './rows/update.ts';
import { clusterCommands } from './show/cluster.ts';
import { emptyCommands } from './show/empty.ts';
import { databaseCommands } from './show/databases.ts';
import { entityCommands } from './show/entities.ts';
import { extentCommands } from './show/extents.ts';
import { policyCommands } from './show/policies.ts';
import { requestCommands } from './show/requests.ts';
import { schemaCommands } from './show/schemas.ts';
import { tableCommands } from './show/tables.ts';
import { tablePolicyCommands } from './tables/policies.ts';
import { schemaChangeCommands } from './tables/schema.ts';

const definitions: readonly ActionDefinition[] = [
  ...tableCommands,
  ...schemaCommands,
  ...entityCommands,
  ...extentCommands,
  ...policyCommands,
  ...requestCommands,
  ...functionCommands,
  ...viewCommands,
  ...storedResultCommands,
  ...emptyCommands,
  ...clusterCommands,
  ...deleteCommands,
  ...updateCommands,
  ...extentChangeCommands,
  ...schemaChangeCommands,
  ...tablePolicyCommands,
  ...scriptCommands,
  ...ingestFileCommands,
  ...queuedIngestionCommands,
  // Last: in `.show database extents` the word is no name.
  ...databaseCommands,
];

export const actionSyntax: readonly string[] = definitions
  .map(({ syntax }) => syntax)
  .filter((syntax) => syntax !== '');

/** The action that the text behind the verb asks for; undefined, and the reader as it was, when there is none. */
export function parseAction(verb: string, reader: CommandReader): Action | undefined {
  for (const definition of definitions) {
    if (definition.verb !== verb) continue;
    const action = reader.attempt(() => definition.parse(reader));
    if (action !== undefined) return action;
  }
  return undefined;
}
