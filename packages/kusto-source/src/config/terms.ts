import type { EntityConfig } from './entity-config.ts';

/** What a person has to look for in the configuration. */
export interface ConfigTerms {
  readonly table: string;
  readonly query: string;
  readonly key: string;
  readonly versionColumn: string;
  readonly deletedWhen: string;
}

/** The names of an entity's settings as the configuration has them: properties of the Source, or places in ENTITIES. */
export function termsOf({ place }: Pick<EntityConfig, 'place'>): ConfigTerms {
  return place === undefined
    ? {
        table: 'KUSTO_TABLE',
        query: 'KUSTO_QUERY',
        key: 'PRIMARY_KEY',
        versionColumn: 'VERSION_COLUMN',
        deletedWhen: 'DELETED_WHEN',
      }
    : {
        table: `${place}.table`,
        query: `${place}.query`,
        key: `${place}.key`,
        versionColumn: `${place}.versionColumn`,
        deletedWhen: `${place}.deletedWhen`,
      };
}
