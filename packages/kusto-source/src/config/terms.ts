import type { EntityConfig } from './entity-config.ts';

/** What a person has to look for in the configuration. */
export interface ConfigTerms {
  readonly table: string;
  readonly query: string;
  readonly key: string;
}

/** The names of an entity's settings as the configuration has them: properties of the Source, or places in ENTITIES. */
export function termsOf({ place }: Pick<EntityConfig, 'place'>): ConfigTerms {
  return place === undefined
    ? { table: 'KUSTO_TABLE', query: 'KUSTO_QUERY', key: 'PRIMARY_KEY' }
    : { table: `${place}.table`, query: `${place}.query`, key: `${place}.key` };
}
