import { ErrorCode, FatalSourceError, MAX_HAND_OVER_BYTES } from '@drasi-kusto/source-sdk';
import { ByteReader, ByteWriter } from './byte-cursor.ts';
import { decodeEntries, encodeEntries, MAX_BLOB_BYTES } from './entry-codec.ts';
import type { KeyEntry } from './key-entry.ts';
import { SentKeys } from './sent-keys.ts';

/** What a bootstrap is about to send of one entity. */
export interface HandOver {
  /** The entity's name (`entityName`). */
  readonly entity: string;
  /** What the buckets of its entries were computed for. */
  readonly bucketCount: number;
  readonly entries: readonly KeyEntry[];
}

/** The last of a bootstrap's hand-overs of one entity: all that it sent. */
export interface HandOverEnd {
  readonly entity: string;
  readonly sent: SentKeys;
}

/** What a payload holds. Its end is that of one entity. */
const ENTRIES = 1;
const END = 2;
/** The longest label Kusto has room for, and then some: the room that the head of a payload takes. */
const MAX_NAME_BYTES = 16_384;

/**
 * The payloads of a hand-over: each under {@link MAX_HAND_OVER_BYTES}, and one blob of the journal (rule R9). A byte with the format, the
 * entity's name behind its length, and the entries.
 * @throws RangeError for a name or a key beyond any use
 */
export function encodeHandOver({ entity, bucketCount, entries }: HandOver): Uint8Array[] {
  const most = Math.min(MAX_BLOB_BYTES, MAX_HAND_OVER_BYTES - MAX_NAME_BYTES - 16);
  return encodeEntries(bucketCount, entries, most).map((part) => payloadOf(ENTRIES, entity, part));
}

/** The payload that says that a bootstrap has handed over all that it sends of an entity. @throws RangeError for a name beyond any use */
export function encodeHandOverEnd({ entity, sent }: HandOverEnd): Uint8Array {
  return payloadOf(END, entity, sent.encode());
}

function payloadOf(kind: number, entity: string, part: Uint8Array): Uint8Array {
  const name = Buffer.from(entity, 'utf8');
  if (name.length > MAX_NAME_BYTES) throw new RangeError(`the name of an entity has ${name.length} bytes`);
  const payload = new ByteWriter(part.length + name.length + 16);
  payload.byte(kind);
  payload.varint(name.length);
  payload.raw(name);
  payload.raw(part);
  return payload.bytes();
}

/**
 * @throws FatalSourceError HAND_OVER_REFUSED when it is not what this version writes: the bootstrap has
 *   to end, as what it hands over would not be in the index
 */
export function decodeHandOver(payload: Uint8Array): HandOver | HandOverEnd {
  try {
    const reader = new ByteReader(payload);
    const format = reader.byte();
    if (format !== ENTRIES && format !== END)
      throw new RangeError(
        `it has format ${format}, this version knows ${ENTRIES} and ${END}: proxy and reactivator must be of one version`,
      );
    const entity = reader.raw(reader.varint()).toString('utf8');
    if (format === END) return { entity, sent: SentKeys.decode(reader.raw(reader.left)) };
    const { bucketCount, entries } = decodeEntries(reader.raw(reader.left));
    return { entity, bucketCount, entries: entries.map((entry) => checked(entry, bucketCount)) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refused(`it cannot be read: ${error.message}`, error);
  }
}

export function refused(reason: string, cause?: unknown): FatalSourceError {
  return new FatalSourceError(ErrorCode.HandOverRefused, `a hand-over is refused: ${reason}`, { cause });
}

function checked(entry: ReturnType<typeof decodeEntries>['entries'][number], bucketCount: number): KeyEntry {
  if ('removed' in entry) throw new RangeError(`"${entry.id}" is handed over as removed`);
  if (entry.id === '' || entry.bucket >= bucketCount)
    throw new RangeError(`"${entry.id}" is in bucket ${entry.bucket} of ${bucketCount}`);
  return entry;
}
