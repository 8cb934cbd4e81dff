import { createHash } from 'node:crypto';
import { parseConnectionString, quoteIdentifier, type ConnectionString } from '@drasi-kusto/kusto-client';
import { KustoSourceError } from '../errors.ts';
import { analyzeQuery, type SourceQuery } from '../query/source-query.ts';
import type { PropertyName, PropertyValues } from './properties.ts';
import { didYouMean } from './nearest.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** CHANGE_DETECTION as it may be written in this version. */
export const detectionSettings = ['auto', 'append'] as const;
export type DetectionSetting = (typeof detectionSettings)[number];

export const schemaChanges = ['follow', 'ignore', 'fail'] as const;
/** What becomes of the properties when the query's columns change. */
export type SchemaChange = (typeof schemaChanges)[number];

export const gapReactions = ['stop', 'resnapshot'] as const;
/** What is done when rows may have been missed. */
export type GapReaction = (typeof gapReactions)[number];

/** A checked configuration of one source. */
export interface SourceConfig {
  readonly sourceId: string;
  readonly connection: ConnectionString;
  readonly database: string;
  readonly table: string;
  readonly primaryKey: readonly string[];
  readonly query: SourceQuery;
  readonly pollIntervalMs: number;
  readonly managedIdentity: string | undefined;
  readonly nodeLabel: string;
  readonly changeDetection: DetectionSetting;
  readonly schemaChange: SchemaChange;
  readonly onGap: GapReaction;
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

const defaultPollIntervalMs = 10_000;
const pollIntervalBoundsMs = { min: 100, max: 86_400_000 };

/**
 * Checks the properties of a source and gives them their types.
 * @throws KustoSourceError CONFIGURATION or QUERY, naming the property and what to do, before anything is touched
 */
export function parseConfig(sourceId: string, values: PropertyValues): SourceConfig {
  const warnings: string[] = [];
  checkSourceId(sourceId);
  const connection = readConnection(required(values, 'KUSTO_URI'));
  const database = optional(values, 'KUSTO_DATABASE') ?? connection.database;
  if (database === undefined) throw missing('KUSTO_DATABASE');
  const table = required(values, 'KUSTO_TABLE');
  const nodeLabel = optional(values, 'NODE_LABEL') ?? table;
  if (nodeLabel === 'rel')
    throw configurationError(
      `${optional(values, 'NODE_LABEL') === undefined ? 'KUSTO_TABLE' : 'NODE_LABEL'} is "rel", which the ids of relations begin with: set NODE_LABEL to another name`,
    );
  const changeDetection = readDetection(optional(values, 'CHANGE_DETECTION') ?? 'auto');
  const text = optional(values, 'KUSTO_QUERY') ?? quoteIdentifier(table);
  return {
    sourceId,
    connection,
    database,
    table,
    primaryKey: readPrimaryKey(required(values, 'PRIMARY_KEY')),
    query: analyzeQuery(text, table),
    pollIntervalMs: readPollInterval(values, warnings),
    managedIdentity: optional(values, 'USER_MANAGED_IDENTITY'),
    nodeLabel,
    changeDetection,
    schemaChange: readChoice(values, 'SCHEMA_CHANGE', schemaChanges, 'follow'),
    onGap: readChoice(values, 'ON_GAP', gapReactions, 'stop'),
    bootstrapWindow: readBootstrapWindow(values),
    sliceRows: readCount(values, 'SLICE_ROWS', 250_000, { min: 100, max: 500_000 }),
    sliceParallelism: readCount(values, 'SLICE_PARALLELISM', 2, { min: 1, max: 64 }),
    logLevel: readChoice(values, 'LOG_LEVEL', logLevels, 'info'),
    warnings,
  };
}

/**
 * What stored state belongs to: a checkpoint taken under another fingerprint does not describe this source's feed.
 * Secrets are left out, so a rotated key does not orphan the state.
 */
export function configFingerprint(config: SourceConfig): string {
  const meaning = JSON.stringify({
    cluster: config.connection.uri,
    database: config.database,
    table: config.table,
    key: config.primaryKey,
    query: config.query.text,
    label: config.nodeLabel,
  });
  return createHash('sha256').update(meaning).digest('hex').slice(0, 16);
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
  try {
    return parseConnectionString(kustoUri);
  } catch (error) {
    throw configurationError(`KUSTO_URI: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function readDetection(detection: string): DetectionSetting {
  const setting = detectionSettings.find((known) => known === detection);
  if (setting !== undefined) return setting;
  if (detection === 'latest' || detection === 'reconcile')
    throw configurationError(
      `CHANGE_DETECTION: ${detection} is not available in this version, which has append: new rows and new versions of a key, no deletes`,
    );
  throw configurationError(
    `CHANGE_DETECTION is "${shorten(detection)}" but must be ${detectionSettings.join(' or ')}${didYouMean(detection, detectionSettings)}`,
  );
}

function readPrimaryKey(text: string): readonly string[] {
  const columns = text.split(',').map((column) => column.trim());
  if (columns.some((column) => column === ''))
    throw configurationError(
      'PRIMARY_KEY has an empty column name: write one column, or several separated by commas',
    );
  const repeated = columns.find((column, index) => columns.indexOf(column) !== index);
  if (repeated !== undefined) throw configurationError(`PRIMARY_KEY names the column ${repeated} twice`);
  return columns;
}

function readPollInterval(values: PropertyValues, warnings: string[]): number {
  const seconds = optional(values, 'POLL_INTERVAL');
  const milliseconds = optional(values, 'POLLING_INTERVAL');
  if (seconds !== undefined) {
    if (milliseconds !== undefined)
      warnings.push(
        'POLL_INTERVAL (seconds) and POLLING_INTERVAL (milliseconds) are both set: POLL_INTERVAL wins',
      );
    return checkInterval('POLL_INTERVAL', seconds, 'seconds', 1000);
  }
  if (milliseconds === undefined) return defaultPollIntervalMs;
  warnings.push('POLLING_INTERVAL (milliseconds) is the older name: write POLL_INTERVAL, in seconds');
  return checkInterval('POLLING_INTERVAL', milliseconds, 'milliseconds', 1);
}

function checkInterval(name: PropertyName, text: string, unit: string, factor: number): number {
  const value = decimal(text);
  const milliseconds = value === undefined ? Number.NaN : value * factor;
  const { min, max } = pollIntervalBoundsMs;
  if (!(milliseconds >= min && milliseconds <= max))
    throw configurationError(
      `${name} is "${shorten(text)}" but must be a number of ${unit} between ${min / factor} and ${max / factor}`,
    );
  return Math.round(milliseconds);
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
  if (text === undefined) return standard;
  const choice = choices.find((known) => known === text.toLowerCase());
  if (choice === undefined)
    throw configurationError(
      `${name} is "${shorten(text)}" but must be ${choices.join(', ')}${didYouMean(text, choices)}`,
    );
  return choice;
}

/** A plain decimal number that is not negative; anything else (exponents, hexadecimal, spaces) is undefined. */
function decimal(text: string): number | undefined {
  return /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
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

function configurationError(message: string, cause?: unknown): KustoSourceError {
  return new KustoSourceError('CONFIGURATION', message, { cause });
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
