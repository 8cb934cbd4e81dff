import { shows, type CommandDefinition } from '../command.ts';
import { badRequest } from '../../service-errors.ts';

const refusal =
  'Queued ingestion, which goes through cloud storage, is not supported by this endpoint: use streaming ingestion, .ingest inline or .ingest into.';

/** What the clients of queued ingestion ask first. */
export const queuedIngestionCommands: readonly CommandDefinition[] = [
  {
    syntax: '.get ingestion resources, .get kusto identity token (refused)',
    verb: '.get',
    parse: (reader) =>
      reader.takesAll('ingestion', 'resources') || reader.takesAll('kusto', 'identity', 'token')
        ? shows(() => {
            throw badRequest(refusal);
          })
        : undefined,
  },
];
