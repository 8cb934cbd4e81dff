import type { SourceConfig } from '../config/entity-config.ts';
import type { FeedEntity } from '../feed/feed.ts';
import { sourceClient, type SourceClientOptions } from '../query/source-client.ts';
import { SourceReader } from '../query/source-reader.ts';
import type { BootstrapEntity } from '../snapshot/bootstrap.ts';

/** All entities of a source, read by one client: connections and tokens are shared. */
export interface SourceEntities extends AsyncDisposable {
  readonly entities: readonly FeedEntity[];
  /** The same as bootstraps read them: Kusto's lists of queries tell the two apart. */
  readonly bootstraps: readonly BootstrapEntity[];
  /** The labels that the source answers for. */
  readonly ownedLabels: { readonly nodes: readonly string[]; readonly relations: readonly string[] };
}

export function openEntities(source: SourceConfig, options: SourceClientOptions): SourceEntities {
  const client = sourceClient(source, options);
  const labels = (kind: 'node' | 'relation'): readonly string[] =>
    source.entities.filter((entity) => entity.kind === kind).map(({ label }) => label);
  const readFor = (service: 'feed' | 'bootstrap'): readonly FeedEntity[] =>
    source.entities.map((config) => ({
      config,
      reader: new SourceReader({ ...options, config, client, service }),
    }));
  return {
    entities: readFor('feed'),
    bootstraps: readFor('bootstrap'),
    ownedLabels: { nodes: labels('node'), relations: labels('relation') },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
