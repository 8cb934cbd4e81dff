import type { Logger } from '@drasi-kusto/source-sdk';
import type { SourceConfig } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import { endProblems, type EntityColumns } from '../query/end-types.ts';
import { SourceReader } from '../query/source-reader.ts';

/** A person waits for these commands: an address that does not answer has to end them within a minute. */
export const firstAnswerMs = 40_000;
export const impatient = { maxAttempts: 4, deadlineMs: 30_000 };

/**
 * Asks the service for the columns of every entity before anything is begun: a mistake that only it can tell of ends the command.
 * @throws KustoError, KustoSourceError
 */
export async function checkFirst(
  { entities }: SourceConfig,
  {
    logger,
    env,
    signal,
  }: {
    readonly logger: Logger;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const known: EntityColumns[] = [];
  for (const config of entities) {
    await using reader = new SourceReader({ config, logger, env, retry: impatient });
    if (known.length === 0) await reader.firstPosition(signal, firstAnswerMs);
    known.push({ config, columns: await reader.checkSchema(signal) });
  }
  const [problem] = endProblems(known);
  if (problem !== undefined) throw new KustoSourceError('SCHEMA', problem);
}
