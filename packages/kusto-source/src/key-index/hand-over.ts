import { ErrorCode, FatalSourceError, MAX_HAND_OVER_BYTES } from '@drasi-kusto/source-sdk';
import { ByteReader, ByteWriter } from './byte-cursor.ts';
import { decodeEntries, encodeEntries, MAX_BLOB_BYTES } from './entry-codec.ts';
import type { KeyEntry } from './key-entry.ts';

/** What a bootstrap is about to send of one entity. */
export interface HandOver {
  /** The entity's name (`entityName`). */
  readonly entity: string;
  /** What the buckets of its entries were computed for. */
  readonly bucketCount: number;
  readonly entries: readonly KeyEntry[];
}

const FORMAT = 1;
/** The longest label Kusto has room for, and then some: the room that the head of a payload takes. */
const MAX_NAME_BYTES = 16_384;

/**
 * The payloads of a hand-over: each under {@link MAX_HAND_OVER_BYTES}, and one blob of the journal (rule R9). A byte with the format, the
 * entity's name behind its length, and the entries.
 * @throws RangeError for a name or a key beyond any use
 */
export function encodeHandOver({ entity, bucketCount, entries }: HandOver): Uint8Array[] {
  const name = Buffer.from(entity, 'utf8');
  if (name.length > MAX_NAME_BYTES) throw new RangeError(`the name of an entity has ${name.length} bytes`);
  const most = Math.min(MAX_BLOB_BYTES, MAX_HAND_OVER_BYTES - MAX_NAME_BYTES - 16);
  return encodeEntries(bucketCount, entries, most).map((part) => {
    const payload = new ByteWriter(part.length + name.length + 16);
    payload.byte(FORMAT);
    payload.varint(name.length);
    payload.raw(name);
    payload.raw(part);
    return payload.bytes();
  });
}

/**
 * @throws FatalSourceError HAND_OVER_REFUSED when it is not what {@link encodeHandOver} of this version writes: the bootstrap has
 *   to end, as what it hands over would not be in the index
 */
export function decodeHandOver(payload: Uint8Array): HandOver {
  try {
    const reader = new ByteReader(payload);
    const format = reader.byte();
    if (format !== FORMAT)
      throw new RangeError(
        `it has format ${format}, this version knows ${FORMAT}: proxy and reactivator must be of one version`,
      );
    const entity = reader.raw(reader.varint()).toString('utf8');
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
