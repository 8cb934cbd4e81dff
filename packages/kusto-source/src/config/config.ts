import { parseConnectionString, quoteIdentifier, type ConnectionString } from '@drasi-kusto/kusto-client';
import type { KustoSourceError } from '../errors.ts';
import { analyzeQuery, checkPredicate } from '../query/source-query.ts';
import { checkDetection } from './check-detection.ts';
import {
  detectionSettings,
  gapReactions,
  isReservedLabel,
  logLevels,
  onlyEntity,
  rowLevelSecurities,
  schemaChanges,
  type EntityConfig,
  type SharedConfig,
  type SourceConfig,
} from './entity-config.ts';
import type { PropertyName, PropertyValues } from './properties.ts';
import { readEntities } from './entities.ts';
import { columnNames, configurationError, decimal, intervalMs, oneOf, shorten } from './values.ts';

const defaultPollIntervalMs = 10_000;

/**
 * Checks the properties of a source and gives them their types.
 * @throws KustoSourceError CONFIGURATION or QUERY, naming the property and what to do, before anything is touched
 */
export function parseConfig(sourceId: string, values: PropertyValues): SourceConfig {
  const shared = parseShared(sourceId, values);
  const entities = readEntityList(values);
  if (entities === undefined) return { ...shared, entities: [readEntity(shared, values)] };
  return {
    ...shared,
    entities: readEntities(entities, shared, {
      pollIntervalMs: readPollInterval(values),
      changeDetection: readChoice(values, 'CHANGE_DETECTION', detectionSettings, 'auto'),
      reconcileIntervalMs: readReconcileInterval(values),
    }),
  };
}

/** What only a source of one table can say of it. */
const ofOneTable = [
  'KUSTO_TABLE',
  'PRIMARY_KEY',
  'KUSTO_QUERY',
  'NODE_LABEL',
  'VERSION_COLUMN',
  'DELETED_WHEN',
] as const satisfies readonly PropertyName[];

/** The text of ENTITIES, untrimmed: its indentation means something. */
function readEntityList(values: PropertyValues): string | undefined {
  const text = values.ENTITIES;
  if (text === undefined || text.trim() === '') return undefined;
  const both = ofOneTable.find((name) => optional(values, name) !== undefined);
  if (both !== undefined)
    throw configurationError(
      `${both} is set beside ENTITIES: with ENTITIES, tables, queries, keys and labels are named there, an entity each. Remove ${both}, or ENTITIES`,
    );
  return text;
}

function parseShared(sourceId: string, values: PropertyValues): SharedConfig {
  checkSourceId(sourceId);
  const connection = readConnection(required(values, 'KUSTO_URI'));
  const database = optional(values, 'KUSTO_DATABASE') ?? connection.database;
  if (database === undefined) throw missing('KUSTO_DATABASE');
  return {
    sourceId,
    connection,
    database,
    managedIdentity: optional(values, 'USER_MANAGED_IDENTITY'),
    schemaChange: readChoice(values, 'SCHEMA_CHANGE', schemaChanges, 'follow'),
    onGap: readChoice(values, 'ON_GAP', gapReactions, 'stop'),
    rowLevelSecurity: readChoice(values, 'ROW_LEVEL_SECURITY', rowLevelSecurities, 'refuse'),
    deleteLimit: readDeleteLimit(values),
    bootstrapWindow: readBootstrapWindow(values),
    sliceRows: readCount(values, 'SLICE_ROWS', 250_000, { min: 100, max: 500_000 }),
    sliceParallelism: readCount(values, 'SLICE_PARALLELISM', 2, { min: 1, max: 64 }),
    logLevel: readChoice(values, 'LOG_LEVEL', logLevels, 'info'),
    warnings: pollIntervalWarnings(values),
  };
}

function readEntity(shared: SharedConfig, values: PropertyValues): EntityConfig {
  const table = required(values, 'KUSTO_TABLE');
  const label = optional(values, 'NODE_LABEL') ?? table;
  if (isReservedLabel(label))
    throw configurationError(
      `${optional(values, 'NODE_LABEL') === undefined ? 'KUSTO_TABLE' : 'NODE_LABEL'} is ${JSON.stringify(label)}, which begins as the ids of relations do: set NODE_LABEL to another name`,
    );
  const changeDetection = readChoice(values, 'CHANGE_DETECTION', detectionSettings, 'auto');
  const text = optional(values, 'KUSTO_QUERY') ?? quoteIdentifier(table);
  const query = analyzeQuery(text, table);
  const deletedWhen = optional(values, 'DELETED_WHEN');
  if (deletedWhen !== undefined) checkPredicate('DELETED_WHEN', deletedWhen);
  const versionColumn = optional(values, 'VERSION_COLUMN');
  checkDetection(
    { query, changeDetection, versionColumn, deletedWhen },
    { detection: 'CHANGE_DETECTION', versionColumn: 'VERSION_COLUMN', deletedWhen: 'DELETED_WHEN' },
  );
  return {
    ...shared,
    kind: 'node',
    label,
    table,
    primaryKey: columnNames('PRIMARY_KEY', required(values, 'PRIMARY_KEY')),
    query,
    pollIntervalMs: readPollInterval(values),
    changeDetection,
    versionColumn,
    deletedWhen,
    reconcileIntervalMs: readReconcileInterval(values),
  };
}

/** A configuration of one entity. Throws as {@link parseConfig} does. */
export function parseEntity(sourceId: string, values: PropertyValues): EntityConfig {
  return onlyEntity(parseConfig(sourceId, values));
}

function checkSourceId(sourceId: string): void {
  if (sourceId.toLowerCase() === 'drasi')
    throw configurationError(
      'the source is named "drasi", which Drasi reserves for itself: give it another name',
    );
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(sourceId))
    throw configurationError(
      `the source's name "${shorten(sourceId)}" must be lower-case letters, digits and hyphens, and begin and end with a letter or digit`,
    );
}

function readConnection(kustoUri: string): ConnectionString {
  // In the address alone: a key could have such characters, and is never repeated.
  const placeholder = /:\/\/[^;/]*?(<[\w -]+>)/.exec(kustoUri)?.[1];
  if (placeholder !== undefined)
    throw configurationError(`KUSTO_URI: write the name of your own in place of ${placeholder}`);
  try {
    return parseConnectionString(kustoUri);
  } catch (error) {
    throw configurationError(`KUSTO_URI: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function readPollInterval(values: PropertyValues): number {
  const seconds = optional(values, 'POLL_INTERVAL');
  if (seconds !== undefined) return intervalMs('POLL_INTERVAL', seconds, 'seconds', 1000);
  const milliseconds = optional(values, 'POLLING_INTERVAL');
  if (milliseconds === undefined) return defaultPollIntervalMs;
  return intervalMs('POLLING_INTERVAL', milliseconds, 'milliseconds', 1);
}

function pollIntervalWarnings(values: PropertyValues): readonly string[] {
  if (optional(values, 'POLLING_INTERVAL') === undefined) return [];
  return [
    optional(values, 'POLL_INTERVAL') === undefined
      ? 'POLLING_INTERVAL (milliseconds) is the older name: write POLL_INTERVAL, in seconds'
      : 'POLL_INTERVAL (seconds) and POLLING_INTERVAL (milliseconds) are both set: POLL_INTERVAL wins',
  ];
}

function readReconcileInterval(values: PropertyValues): number | undefined {
  const seconds = optional(values, 'RECONCILE_INTERVAL');
  return seconds === undefined ? undefined : intervalMs('RECONCILE_INTERVAL', seconds, 'seconds', 1000);
}

function readDeleteLimit(values: PropertyValues): number | undefined {
  if (optional(values, 'DELETE_LIMIT') === undefined) return undefined;
  return readCount(values, 'DELETE_LIMIT', 0, { min: 0, max: 1_000_000_000 });
}

function readBootstrapWindow(values: PropertyValues): number | undefined {
  const text = optional(values, 'BOOTSTRAP_WINDOW');
  if (text === undefined) return undefined;
  const seconds = decimal(text);
  if (seconds === undefined || !Number.isInteger(seconds) || seconds > 3_155_760_000)
    throw configurationError(
      `BOOTSTRAP_WINDOW is "${shorten(text)}" but must be a whole number of seconds (0: no history at all)`,
    );
  return seconds;
}

function readCount(
  values: PropertyValues,
  name: PropertyName,
  standard: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const text = optional(values, name);
  if (text === undefined) return standard;
  const count = decimal(text);
  if (count === undefined || !Number.isInteger(count) || count < min || count > max)
    throw configurationError(
      `${name} is "${shorten(text)}" but must be a whole number between ${min} and ${max}`,
    );
  return count;
}

function readChoice<T extends string>(
  values: PropertyValues,
  name: PropertyName,
  choices: readonly T[],
  standard: T,
): T {
  const text = optional(values, name);
  return text === undefined ? standard : oneOf(name, text, choices);
}

function required(values: PropertyValues, name: PropertyName): string {
  const value = optional(values, name);
  if (value === undefined) throw missing(name);
  return value;
}

function optional(values: PropertyValues, name: PropertyName): string | undefined {
  const value = values[name]?.trim();
  return value === '' ? undefined : value;
}

function missing(name: PropertyName): KustoSourceError {
  return configurationError(
    `${name} is missing: set it under spec.properties of the Source, or in the environment`,
  );
}
