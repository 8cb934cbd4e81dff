import type { JsonValue } from '@drasi-kusto/source-sdk';
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

export interface Checkpoint extends FeedPosition {
  /** What the cursor belongs to. Format 1 had none. */
  readonly origin?: Origin | undefined;
  /** The columns that the published elements have. Format 1 had none. */
  readonly schema?: KnownSchema | undefined;
}

/** 2, since a version that knows 1 would go on over a gap and leave dropped columns as they are. */
const format = 2;

export function writeCheckpoint({ cursor, window, origin, schema }: Checkpoint): JsonValue {
  return {
    format,
    cursor,
    ...(window === undefined ? {} : { window: writeWindow(window) }),
    ...(origin === undefined ? {} : { origin: { ...origin } }),
    ...(schema === undefined ? {} : { schema: writeSchema(schema) }),
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
 * Format 1, which held the position alone, is read too: the rest is taken from the service as it is then.
 * @throws KustoSourceError CHECKPOINT when another version wrote it, or something else than this program
 */
export function readCheckpoint(value: JsonValue): Checkpoint {
  if (!isRecord(value)) throw damaged();
  const { format: version, cursor, window, origin, schema } = value;
  if (typeof version === 'number' && version > format)
    throw new KustoSourceError(
      'CHECKPOINT',
      `the checkpoint has format ${version}, this version knows ${format}: run the version that wrote it`,
    );
  if ((version !== 1 && version !== format) || typeof cursor !== 'string') throw damaged();
  return {
    cursor,
    ...(window === undefined ? {} : { window: readWindow(window) }),
    ...(origin === undefined ? {} : { origin: readOrigin(origin) }),
    ...(schema === undefined ? {} : { schema: readSchema(schema) }),
  };
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
