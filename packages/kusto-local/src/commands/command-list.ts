import type { CommandDefinition } from './command.ts';
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
import { databaseChangeCommands } from './databases.ts';
import { inlineIngestionCommands } from './ingestion/ingest-inline.ts';
import { queryIngestionCommands } from './ingestion/ingest-query.ts';
import { tableDefinitionCommands } from './tables/definition.ts';
import { tablePolicyCommands } from './tables/policies.ts';
import { rowLevelSecurityCommands } from './tables/row-level-security.ts';
import { schemaChangeCommands } from './tables/schema.ts';

/** Every command, in the order in which they are tried: the more particular before the more general. */
export const commandDefinitions: readonly CommandDefinition[] = [
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
  ...rowLevelSecurityCommands,
  ...scriptCommands,
  ...ingestFileCommands,
  ...queuedIngestionCommands,
  // Last: in `.show database extents` the word is no name.
  ...databaseCommands,
  // Behind those that begin with the same words, since what follows can only be these.
  ...databaseChangeCommands,
  ...tableDefinitionCommands,
  ...inlineIngestionCommands,
  ...queryIngestionCommands,
];
