import type { SourceConfig } from '../config/entity-config.ts';
import type { FeedEntity } from '../feed/feed.ts';
import { sourceClient, type SourceClientOptions } from '../query/source-client.ts';
import { SourceReader } from '../query/source-reader.ts';

/** All entities of a source, read by one client: connections and tokens are shared. */
export interface SourceEntities extends AsyncDisposable {
  readonly entities: readonly FeedEntity[];
  /** The labels that the source answers for. */
  readonly ownedLabels: { readonly nodes: readonly string[]; readonly relations: readonly string[] };
}

export function openEntities(source: SourceConfig, options: SourceClientOptions): SourceEntities {
  const client = sourceClient(source, options);
  const labels = (kind: 'node' | 'relation'): readonly string[] =>
    source.entities.filter((entity) => entity.kind === kind).map(({ label }) => label);
  return {
    entities: source.entities.map((config) => ({
      config,
      reader: new SourceReader({ ...options, config, client }),
    })),
    ownedLabels: { nodes: labels('node'), relations: labels('relation') },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
