import { KustoSourceError } from '../errors.ts';
import { endProblems, type EntityColumns } from '../query/end-types.ts';
import type { FeedEntity } from './feed.ts';

/**
 * Asks for the columns of all entities, where relations are among them.
 * @throws KustoSourceError SCHEMA when the ends of one could never meet their nodes
 */
export async function checkEnds(entities: readonly FeedEntity[], signal: AbortSignal): Promise<void> {
  if (!entities.some(({ config }) => config.kind === 'relation')) return;
  const known: EntityColumns[] = [];
  for (const { config, reader } of entities)
    known.push({ config, columns: await reader.checkSchema(signal) });
  const [problem] = endProblems(known);
  if (problem !== undefined) throw new KustoSourceError('SCHEMA', problem);
}
