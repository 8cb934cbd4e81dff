import type { JsonValue } from '@drasi-kusto/source-sdk';
import type { Detection } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import type { Slice } from '../snapshot/slice.ts';
import type { Origin } from './gap-check.ts';
import type { KnownSchema, SchemaColumn } from './schema-drift.ts';
import type { SlicedWindow } from './sliced-window.ts';

/**
 * How far the feed is: everything up to `cursor` is published and acknowledged, and of the window that begins there all but what `window`
 * says is left. The text of a cursor is opaque (Kusto's database cursors).
 */
export interface FeedPosition {
  readonly cursor: string;
  readonly window?: SlicedWindow | undefined;
}

/** What is stored of one entity. */
export interface EntityCheckpoint extends FeedPosition {
  /** What the cursor belongs to. Format 1 had none. */
  readonly origin?: Origin | undefined;
  /** The columns that the published elements have. Format 1 had none. */
  readonly schema?: KnownSchema | undefined;
  /** Chosen when the feed began. Before format 3 there was only append. */
  readonly detection?: Detection | undefined;
  /** Of the configuration that was in force (`entityFingerprint`). */
  readonly meaning?: string | undefined;
  /** Of an entity with a key index: what bootstraps have to know of it. */
  readonly index?: { readonly bucketCount: number } | undefined;
  /** When the last complete scan ended, in milliseconds since 1970. */
  readonly scannedAt?: number | undefined;
}

/** The checkpoint of a source: that of each entity by its name (`entityName`). */
export type SourceCheckpoint = ReadonlyMap<string, EntityCheckpoint>;

/** 3, since a version that knows 2 would go on with one entity of many, and without deletes. */
const format = 3;

export function writeCheckpoint(source: SourceCheckpoint): JsonValue {
  return {
    format,
    entities: Object.fromEntries([...source].map(([name, part]) => [name, writeEntity(part)])),
  };
}

function writeEntity({
  window,
  origin,
  schema,
  detection,
  meaning,
  index,
  scannedAt,
  cursor,
}: EntityCheckpoint): JsonValue {
  return {
    cursor,
    ...(window === undefined ? {} : { window: writeWindow(window) }),
    ...(origin === undefined ? {} : { origin: { ...origin } }),
    ...(schema === undefined ? {} : { schema: writeSchema(schema) }),
    ...(detection === undefined ? {} : { detection }),
    ...(meaning === undefined ? {} : { meaning }),
    ...(index === undefined ? {} : { index: { bucketCount: index.bucketCount } }),
    ...(scannedAt === undefined ? {} : { scannedAt }),
  };
}

function writeWindow({ upTo, hash, modulus, next, parts }: SlicedWindow): JsonValue {
  return { upTo, hash, modulus, next, parts: parts.map((part) => [part.modulus, part.index]) };
}

function writeSchema({ columns, gone, republish }: KnownSchema): JsonValue {
  return {
    columns: columns.map(({ name, type }) => [name, type]),
    ...(gone.length === 0 ? {} : { gone: [...gone] }),
    ...(republish ? { republish } : {}),
  };
}

/**
 * Reads any format so far. What a format did not have is taken from the service as it is then.
 * @param only the name of the entity that a checkpoint before format 3, which had one without a name, belongs to
 * @throws KustoSourceError CHECKPOINT when another version wrote it, or something else than this program
 */
export function readCheckpoint(value: JsonValue, only: string): SourceCheckpoint {
  if (!isRecord(value)) throw damaged();
  const { format: version, entities } = value;
  if (typeof version === 'number' && version > format)
    throw new KustoSourceError(
      'CHECKPOINT',
      `the checkpoint has format ${version}, this version knows ${format}: run the version that wrote it`,
    );
  if (version === 1 || version === 2) return new Map([[only, readEntity(value)]]);
  if (version !== format || !isRecord(entities)) throw damaged();
  return new Map(Object.entries(entities).map(([name, part]) => [name, readEntity(part)]));
}

function readEntity(value: unknown): EntityCheckpoint {
  if (!isRecord(value)) throw damaged();
  const { cursor, window, origin, schema, detection, meaning, index, scannedAt } = value;
  if (typeof cursor !== 'string') throw damaged();
  return {
    cursor,
    ...(window === undefined ? {} : { window: readWindow(window) }),
    ...(origin === undefined ? {} : { origin: readOrigin(origin) }),
    ...(schema === undefined ? {} : { schema: readSchema(schema) }),
    ...(detection === undefined ? {} : { detection: readDetection(detection) }),
    ...(meaning === undefined ? {} : { meaning: readName(meaning) }),
    ...(index === undefined ? {} : { index: readIndex(index) }),
    ...(isCount(scannedAt) ? { scannedAt } : {}),
  };
}

function readDetection(value: unknown): Detection {
  if (value !== 'append' && value !== 'latest' && value !== 'reconcile') throw damaged();
  return value;
}

function readIndex(value: unknown): { readonly bucketCount: number } {
  if (!isRecord(value) || !isCount(value['bucketCount']) || value['bucketCount'] === 0) throw damaged();
  return { bucketCount: value['bucketCount'] };
}

function readWindow(value: unknown): SlicedWindow {
  if (!isRecord(value)) throw damaged();
  const { upTo, hash, modulus, next, parts } = value;
  if (typeof upTo !== 'string' || typeof hash !== 'string' || !isCount(modulus) || !isCount(next))
    throw damaged();
  if (!Array.isArray(parts)) throw damaged();
  return { upTo, hash, modulus, next, parts: parts.map(readSlice) };
}

function readSlice(value: unknown): Slice {
  const [modulus, index]: unknown[] = Array.isArray(value) ? value : [];
  if (!isCount(modulus) || !isCount(index) || index >= modulus) throw damaged();
  return { modulus, index };
}

function readOrigin(value: unknown): Origin {
  if (!isRecord(value)) throw damaged();
  const { databaseId, tableId, policyOff } = value;
  return {
    ...(typeof databaseId === 'string' ? { databaseId } : {}),
    ...(typeof tableId === 'string' ? { tableId } : {}),
    ...(policyOff === true ? { policyOff } : {}),
  };
}

function readSchema(value: unknown): KnownSchema {
  if (!isRecord(value)) throw damaged();
  const { columns, gone = [], republish } = value;
  if (!Array.isArray(columns) || !Array.isArray(gone)) throw damaged();
  return { columns: columns.map(readColumn), gone: gone.map(readName), republish: republish === true };
}

function readColumn(value: unknown): SchemaColumn {
  const [name, type]: unknown[] = Array.isArray(value) ? value : [];
  return { name: readName(name), type: readName(type) };
}

function readName(value: unknown): string {
  if (typeof value !== 'string') throw damaged();
  return value;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function damaged(): KustoSourceError {
  return new KustoSourceError(
    'CHECKPOINT',
    'what is stored as the checkpoint is not one: restore or delete the state',
  );
}
