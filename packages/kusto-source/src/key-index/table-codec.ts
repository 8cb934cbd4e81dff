import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ENDS_KNOWN, LOCAL_KNOWN, ROW_KNOWN, TableBuilder } from './bucket-table.ts';
import type { BucketTable } from './bucket-table.ts';
import { ByteReader, ByteWriter } from './byte-cursor.ts';
import { MAX_BLOB_BYTES } from './entry-codec.ts';

/**
 * A bucket as parts of at most `maxBytes`. A part is the number of keys, the ids (what each shares with the one before, then
 * its rest; deflated), the flags (two bits a key) and the hashes that are known. Where ends are kept it begins with a zero, which no
 * number of keys is, and 2, the format; flags then are four bits a key.
 */
export function encodeTable(table: BucketTable, maxBytes = MAX_BLOB_BYTES): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = 0;
  while (from < table.size) {
    let to = from;
    let bound = PART_OVERHEAD;
    while (to < table.size) {
      bound += table.idLength(to) + KEY_OVERHEAD + (table.hasEnds ? ENDS_OVERHEAD : 0);
      if (bound > maxBytes && to > from) break;
      to += 1;
    }
    parts.push(encodePart(table, from, to));
    from = to;
  }
  return parts;
}

/** More than what a part takes besides its keys; more than a key takes besides its id, also where deflate does not help. */
const PART_OVERHEAD = 64;
const KEY_OVERHEAD = 36;
const ENDS_OVERHEAD = 9;
const WITH_ENDS = 2;
/** Of the ids of a part, inflated: more than any part has. */
const MOST_ID_BYTES = 2 * MAX_BLOB_BYTES;

/** How many parts a table of so many bytes ({@link BucketTable.byteSize}) has at most: each two neighbours fill more than one. */
export function mostParts(byteSize: number, maxBytes = MAX_BLOB_BYTES): number {
  return 2 * Math.ceil((byteSize * 1.5) / (maxBytes - PART_OVERHEAD)) + 1;
}

function encodePart(table: BucketTable, from: number, to: number): Uint8Array {
  const ids = new ByteWriter((to - from) * 16);
  const bits = table.hasEnds ? 4 : 2;
  const flags = Buffer.alloc(Math.ceil(((to - from) * bits) / 8));
  const hashes = new ByteWriter((to - from) * 24);
  for (let index = from; index < to; index++) {
    const shared = index === from ? 0 : table.sharedWithPrevious(index);
    ids.varint(shared);
    ids.varint(table.idLength(index) - shared);
    ids.raw(table.idBytes(index).subarray(shared));
    const known = table.flags(index);
    const bit = (index - from) * bits;
    flags[bit >> 3] = (flags[bit >> 3] ?? 0) | (known << (bit & 7));
    if ((known & ROW_KNOWN) !== 0) {
      hashes.uint64(table.hash(index, 0));
      hashes.uint64(table.hash(index, 1));
    }
    if ((known & LOCAL_KNOWN) !== 0) hashes.uint64(table.hash(index, 2));
    if ((known & ENDS_KNOWN) !== 0) hashes.uint64(table.ends(index));
  }
  const packed = deflateRawSync(ids.bytes(), { level: 6 });
  const part = new ByteWriter(packed.length + flags.length + hashes.length + PART_OVERHEAD);
  if (table.hasEnds) {
    part.byte(0);
    part.byte(WITH_ENDS);
  }
  part.varint(to - from);
  part.varint(packed.length);
  part.raw(packed);
  part.raw(flags);
  part.raw(hashes.bytes());
  return Uint8Array.from(part.bytes());
}

/**
 * @param without flags of hashes that no longer mean anything: they are read as unknown
 * @throws RangeError, or an error of zlib, when the bytes are not what {@link encodeTable} wrote
 */
export function decodeTable(parts: readonly Uint8Array[], without = 0): BucketTable {
  const read = parts.map((part) => {
    const reader = new ByteReader(part);
    const first = reader.varint();
    if (first === 0) checkFormat(reader.byte());
    const count = first === 0 ? reader.varint() : first;
    const ids = inflateRawSync(reader.raw(reader.varint()), { maxOutputLength: MOST_ID_BYTES });
    const bits = first === 0 ? 4 : 2;
    // Before room is made for so many keys: a count that is wrong is not among the bytes.
    const flags = reader.raw(Math.ceil((count * bits) / 8));
    return { reader, count, ids, bits, flags };
  });
  const total = read.reduce((sum, part) => sum + part.count, 0);
  const builder = new TableBuilder(
    total,
    read.reduce((sum, part) => sum + part.ids.length, 0),
  );
  for (const { reader, count, ids, bits, flags } of read) {
    const idReader = new ByteReader(ids);
    for (let place = 0; place < count; place++) {
      const shared = idReader.varint();
      const rest = idReader.raw(idReader.varint());
      const bit = place * bits;
      const known = ((flags[bit >> 3] as number) >> (bit & 7)) & ((1 << bits) - 1);
      const first = (known & ROW_KNOWN) === 0 ? 0n : reader.uint64();
      const second = (known & ROW_KNOWN) === 0 ? 0n : reader.uint64();
      const local = (known & LOCAL_KNOWN) === 0 ? 0n : reader.uint64();
      const ends = (known & ENDS_KNOWN) === 0 ? 0n : reader.uint64();
      builder.put(shared, rest, known & ~without, first, second, local, ends);
    }
    if (reader.left > 0 || idReader.left > 0)
      throw new RangeError('there is more than the keys that were counted');
  }
  return builder.build();
}

function checkFormat(format: number): void {
  if (format !== WITH_ENDS)
    throw new RangeError(`a table of format ${format}, this version knows ${WITH_ENDS}`);
}
