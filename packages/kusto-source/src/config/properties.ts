/**
 * Every property a Source can have: one table that the parser, the error messages and the reference page share.
 * On Kubernetes the Drasi platform turns `spec.properties` of the Source into environment variables of the same names.
 */
export interface PropertyDescription {
  readonly name: string;
  readonly required: boolean;
  /** As a reader would say it: what it is, its unit, its default. */
  readonly description: string;
}

export const properties = [
  {
    name: 'KUSTO_URI',
    required: true,
    description: 'The cluster: a URI (https://NAME.REGION.kusto.windows.net) or a Kusto connection string.',
  },
  {
    name: 'KUSTO_DATABASE',
    required: false,
    description: 'The database. Required unless KUSTO_URI names it (Initial Catalog).',
  },
  {
    name: 'KUSTO_TABLE',
    required: false,
    description: 'The table whose rows become nodes. Required unless ENTITIES is set.',
  },
  {
    name: 'PRIMARY_KEY',
    required: false,
    description:
      'Required unless ENTITIES is set: the column that identifies a row, or several separated by commas. Names are case-sensitive.',
  },
  {
    name: 'KUSTO_QUERY',
    required: false,
    description:
      'The rows Drasi works with: KUSTO_TABLE followed by row-local operators. Default: the whole table.',
  },
  {
    name: 'POLL_INTERVAL',
    required: false,
    description:
      'Seconds between two looks at the table while nothing changes, at most; after a change a tenth of it, growing again. Default 10.',
  },
  {
    name: 'POLLING_INTERVAL',
    required: false,
    description: 'The older name, in milliseconds. POLL_INTERVAL wins when both are given.',
  },
  {
    name: 'USER_MANAGED_IDENTITY',
    required: false,
    description:
      'The client id of the user-assigned managed identity (or workload identity) to sign in with.',
  },
  { name: 'NODE_LABEL', required: false, description: 'The label of the nodes. Default: KUSTO_TABLE.' },
  {
    name: 'ENTITIES',
    required: false,
    description:
      'Several tables or queries in place of one, as nodes and relations: a YAML text (docs/entities.md).',
  },
  {
    name: 'CHANGE_DETECTION',
    required: false,
    description:
      'auto, append, latest or reconcile: how changes are found. Default auto, which chooses by the query and its keys and says why.',
  },
  {
    name: 'VERSION_COLUMN',
    required: false,
    description:
      'A column of the query: the newest row of a key is the one with the greatest value in it. Default: the one that was ingested last.',
  },
  {
    name: 'DELETED_WHEN',
    required: false,
    description:
      'A KQL predicate over the columns of KUSTO_TABLE, such as IsDeleted == true: a key whose newest row meets it is deleted.',
  },
  {
    name: 'RECONCILE_INTERVAL',
    required: false,
    description:
      'Seconds between two scans, which find what vanished by any other way. Default 300 with reconcile, no scans with append and latest.',
  },
  {
    name: 'DELETE_LIMIT',
    required: false,
    description:
      'How many elements one scan may delete before it stops and asks. Default: half of the live ones, and at least 100.',
  },
  {
    name: 'ROW_LEVEL_SECURITY',
    required: false,
    description:
      'refuse or allow: whether deletes are read off a table with row-level security, whose change looks like deletes. Default refuse.',
  },
  {
    name: 'SCHEMA_CHANGE',
    required: false,
    description:
      'follow, ignore or fail: whether properties follow columns that come, go or change type, stay, or the feed stops. Default follow.',
  },
  {
    name: 'ON_GAP',
    required: false,
    description:
      'stop or resnapshot: what to do when rows may have been missed (a table made again, a policy switched off). Default stop.',
  },
  {
    name: 'BOOTSTRAP_WINDOW',
    required: false,
    description: 'How many seconds back a bootstrap reaches, by ingestion time. Default: everything.',
  },
  {
    name: 'SLICE_ROWS',
    required: false,
    description:
      'About how many rows one query of a bootstrap, or of a large window, reads; Kusto cuts a result at 500,000. Default 250000.',
  },
  {
    name: 'SLICE_PARALLELISM',
    required: false,
    description: 'How many queries all bootstraps of this source may have running at once. Default 2.',
  },
  { name: 'LOG_LEVEL', required: false, description: 'debug, info, warn or error. Default info.' },
] as const satisfies readonly PropertyDescription[];

export type PropertyName = (typeof properties)[number]['name'];

/** Properties as text, the way an environment holds them. */
export type PropertyValues = Partial<Record<PropertyName, string>>;

export const propertyNames: readonly PropertyName[] = properties.map((property) => property.name);
