import { ByteReader, ByteWriter } from './byte-cursor.ts';
import type { KeyEntry, KeyPlace } from './key-entry.ts';

/** What happened to a key: it may be live in this state, or it has left. */
export type KeyChange = KeyEntry | (KeyPlace & { readonly removed: true });

/** The most bytes of one blob before base64: 933,336 characters of JSON, under the 1 MB of rule R9. */
export const MAX_BLOB_BYTES = 700_000;

/** 1 had no ends; it is read too. */
const FORMAT = 2;
const ROW = 1;
const LOCAL = 2;
const REMOVED = 4;
const ENDS = 8;

/** Entries, and the bucket count that their buckets belong to. */
export interface EncodedKeys {
  readonly bucketCount: number;
  readonly entries: readonly KeyChange[];
}

/**
 * Entries in their order, as parts of at most `maxBytes`: what a log segment, a journal segment and a hand-over hold.
 * @throws RangeError for one entry that is larger than a part
 */
export function encodeEntries(
  bucketCount: number,
  entries: Iterable<KeyChange>,
  maxBytes = MAX_BLOB_BYTES,
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const part = new ByteWriter();
  const one = new ByteWriter();
  const begin = (): void => {
    part.clear();
    part.byte(FORMAT);
    part.varint(bucketCount);
  };
  begin();
  const header = part.length;
  for (const entry of entries) {
    one.clear();
    writeEntry(one, entry);
    if (one.length + header > maxBytes)
      throw new RangeError(`a key of ${one.length} bytes is too large to be kept in the index`);
    if (part.length + one.length > maxBytes) {
      parts.push(Uint8Array.from(part.bytes()));
      begin();
    }
    part.raw(one.bytes());
  }
  if (part.length > header) parts.push(Uint8Array.from(part.bytes()));
  return parts;
}

/** @throws RangeError when the bytes are not what {@link encodeEntries} wrote */
export function decodeEntries(bytes: Uint8Array): EncodedKeys {
  const reader = new ByteReader(bytes);
  const format = reader.byte();
  if (format !== FORMAT && format !== 1)
    throw new RangeError(`entries of format ${format}, this version knows ${FORMAT}`);
  const bucketCount = reader.varint();
  const entries: KeyChange[] = [];
  while (reader.left > 0) entries.push(readEntry(reader));
  return { bucketCount, entries };
}

function writeEntry(to: ByteWriter, entry: KeyChange): void {
  const id = Buffer.from(entry.id, 'utf8');
  to.varint(entry.bucket);
  to.varint(id.length);
  to.raw(id);
  if ('removed' in entry) {
    to.byte(REMOVED);
    return;
  }
  to.byte(
    (entry.row === undefined ? 0 : ROW) |
      (entry.local === undefined ? 0 : LOCAL) |
      (entry.ends === undefined ? 0 : ENDS),
  );
  if (entry.row !== undefined) {
    to.uint64(entry.row.first);
    to.uint64(entry.row.second);
  }
  if (entry.local !== undefined) to.uint64(entry.local);
  if (entry.ends !== undefined) to.uint64(entry.ends);
}

function readEntry(from: ByteReader): KeyChange {
  const bucket = from.varint();
  const id = from.raw(from.varint()).toString('utf8');
  const flags = from.byte();
  if (flags === REMOVED) return { id, bucket, removed: true };
  if ((flags & ~(ROW | LOCAL | ENDS)) !== 0) throw new RangeError(`an entry with the flags ${flags}`);
  return {
    id,
    bucket,
    row: (flags & ROW) === 0 ? undefined : { first: from.uint64(), second: from.uint64() },
    local: (flags & LOCAL) === 0 ? undefined : from.uint64(),
    ...((flags & ENDS) === 0 ? {} : { ends: from.uint64() }),
  };
}
