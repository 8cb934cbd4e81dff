import type { EntityConfig } from '../config/entity-config.ts';
import { knowledgeOf, type KeyKnowledge } from './detection.ts';
import type { Position } from './cursors.ts';
import type { SourceReader } from './source-reader.ts';

/**
 * What the rows say of their keys, where `auto` depends on it. Counted before the filters where that can be: a key of which one version
 * passes and another does not is repeated.
 * @throws KustoError
 */
export async function knowKeys(
  { config, reader }: { readonly config: EntityConfig; readonly reader: SourceReader },
  { cursor }: Position,
  signal: AbortSignal,
): Promise<KeyKnowledge> {
  const over = config.query.notForLatest === undefined ? 'latest' : 'append';
  return knowledgeOf(await reader.countKeys({ upTo: cursor }, signal, over));
}
