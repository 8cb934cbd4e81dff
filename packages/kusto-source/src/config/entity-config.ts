import type { ConnectionString } from '@drasi-kusto/kusto-client';
import { relationPrefix } from '../element/element-id.ts';
import type { SourceQuery } from '../query/source-query.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** How changes are found; `auto` chooses one of the others (`chooseDetection`). */
export const detectionSettings = ['auto', 'append', 'latest', 'reconcile'] as const;
export type DetectionSetting = (typeof detectionSettings)[number];
export type Detection = Exclude<DetectionSetting, 'auto'>;

export const schemaChanges = ['follow', 'ignore', 'fail'] as const;
/** What becomes of the properties when the query's columns change. */
export type SchemaChange = (typeof schemaChanges)[number];

export const gapReactions = ['stop', 'resnapshot'] as const;
/** What is done when rows may have been missed. */
export type GapReaction = (typeof gapReactions)[number];

export const rowLevelSecurities = ['refuse', 'allow'] as const;
/** Whether deletes may be read off a table whose row-level security may hide rows (rule R19). */
export type RowLevelSecurity = (typeof rowLevelSecurities)[number];

/** What all entities of a source have in common. */
export interface SharedConfig {
  readonly sourceId: string;
  readonly connection: ConnectionString;
  readonly database: string;
  readonly managedIdentity: string | undefined;
  readonly schemaChange: SchemaChange;
  readonly onGap: GapReaction;
  readonly rowLevelSecurity: RowLevelSecurity;
  /** How many keys one scan may delete; undefined: half of the live keys, and at least 100 (rule R19). */
  readonly deleteLimit: number | undefined;
  /** Seconds back by ingestion time; undefined: everything. */
  readonly bootstrapWindow: number | undefined;
  /** Rows of one query of a snapshot, about. */
  readonly sliceRows: number;
  /** Queries of snapshots that run at a time. */
  readonly sliceParallelism: number;
  readonly logLevel: LogLevel;
  /** Things worth telling the user that do not stop the start. */
  readonly warnings: readonly string[];
}

/** Where a relation starts or ends: the node of this label whose key is in these columns of the relation's own query. */
export interface RelationEnd {
  readonly label: string;
  readonly key: readonly string[];
}

/** A property of an element: the value of a column, under a name of its own. */
export interface ElementProperty {
  readonly name: string;
  readonly column: string;
}

/** One kind of element: a query whose rows are the nodes, or the relations, of one label. */
export interface EntityConfig extends SharedConfig {
  readonly kind: 'node' | 'relation';
  /** The one label of its elements. */
  readonly label: string;
  /** Of a relation. */
  readonly ends?: { readonly start: RelationEnd; readonly end: RelationEnd };
  readonly table: string;
  /** Columns of the query's result that tell its rows apart. */
  readonly primaryKey: readonly string[];
  readonly query: SourceQuery;
  /** In their order; undefined: all columns of the query, under their own names. */
  readonly properties?: readonly ElementProperty[] | undefined;
  /** Where in the configuration it is described, such as `ENTITIES: nodes[1]`; undefined: in properties of its own. */
  readonly place?: string | undefined;
  readonly pollIntervalMs: number;
  readonly changeDetection: DetectionSetting;
  /** A column of the query's result by which the newest row of a key is told; undefined: by ingestion. */
  readonly versionColumn: string | undefined;
  /** A KQL predicate over the table's columns: a key whose newest row meets it is gone. */
  readonly deletedWhen: string | undefined;
  /** Between two scans; undefined: no scans, unless the detection is `reconcile`. */
  readonly reconcileIntervalMs: number | undefined;
}

/** A checked configuration of one source. */
export interface SourceConfig extends SharedConfig {
  /** At least one, each label once a kind. */
  readonly entities: readonly EntityConfig[];
}

/** Between two scans of `reconcile` where RECONCILE_INTERVAL is not set. */
export const defaultReconcileIntervalMs = 300_000;

/** The name of an entity in state and log, unique in a source: ids of its elements begin with it. */
export function entityName({ kind, label }: Pick<EntityConfig, 'kind' | 'label'>): string {
  return kind === 'relation' ? `${relationPrefix}${label}` : label;
}

/** Names and ids of relations begin so: a node whose label does could be taken for one. */
export function isReservedLabel(label: string): boolean {
  return label === 'rel' || label.startsWith(relationPrefix);
}

/** The one entity of a configuration that has no other. @throws RangeError */
export function onlyEntity({ entities }: SourceConfig): EntityConfig {
  const [entity, ...others] = entities;
  if (entity === undefined || others.length > 0)
    throw new RangeError(`the source has ${entities.length} entities, not one`);
  return entity;
}
