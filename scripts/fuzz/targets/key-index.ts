// What a proxy hands over to the reactivator, and what the state store gives back of the key index: understood, or refused with its own errors.
import assert from 'node:assert/strict';
import { SourceError } from '@drasi-kusto/source-sdk';
import { BucketTable } from '../../../packages/kusto-source/src/key-index/bucket-table.ts';
import {
  decodeHandOver,
  encodeHandOver,
  encodeHandOverEnd,
} from '../../../packages/kusto-source/src/key-index/hand-over.ts';
import type { KeyEntry } from '../../../packages/kusto-source/src/key-index/key-entry.ts';
import { decodeTable, encodeTable } from '../../../packages/kusto-source/src/key-index/table-codec.ts';
import { documented, type Target } from '../target.ts';

const files =
  /\/kusto-source\/src\/key-index\/(?:hand-over|entry-codec|table-codec|byte-cursor|bucket-table)/;

const entries: readonly KeyEntry[] = [
  'StormEvents:1',
  'StormEvents:12',
  'StormEvents:%D0%BA,2',
  'rel:IN:3',
].map((id, place) => ({
  id,
  bucket: place,
  row: place === 1 ? undefined : { first: 2n ** 63n + BigInt(place), second: BigInt(place) },
  local: place === 2 ? undefined : 7n,
  ...(place === 3 ? { ends: 9n } : {}),
}));
const withoutEnds = entries.slice(0, 3);

/** Bytes of numbers that are long, or large. */
const tokens = [
  Buffer.alloc(8, 0x80),
  // So long that its value is none.
  Buffer.alloc(160, 0x80),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.alloc(9, 0xff),
  Buffer.of(0),
  Buffer.of(2),
].map((token) => token.toString('latin1'));

function readHandOver(payload: Uint8Array): void {
  let read: ReturnType<typeof decodeHandOver>;
  try {
    read = decodeHandOver(payload);
  } catch (error) {
    documented(error, [SourceError]);
    return;
  }
  if ('sent' in read) {
    const again = decodeHandOver(encodeHandOverEnd(read));
    assert.ok('sent' in again && again.entity === read.entity, 'written again it says something else');
    return;
  }
  for (const { bucket, id } of read.entries)
    assert.ok(
      id !== '' && Number.isSafeInteger(bucket) && bucket >= 0 && bucket < read.bucketCount,
      `an entry of bucket ${bucket} of ${read.bucketCount}`,
    );
  if (read.entries.length === 0 || Buffer.byteLength(read.entity) > 16_384) return;
  const [again] = encodeHandOver(read);
  assert.deepEqual(decodeHandOver(again ?? Buffer.of()), read, 'written again it says something else');
}

function readTable(part: Uint8Array): void {
  let table: BucketTable;
  try {
    table = decodeTable([part]);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (error instanceof RangeError || (typeof code === 'string' && code.startsWith('Z_'))) return;
    throw new Error('an error that is neither a RangeError nor of zlib', { cause: error });
  }
  const read = Array.from({ length: table.size }, (_, place) => table.entry(place, 0));
  const again = decodeTable(encodeTable(table));
  assert.deepEqual(
    Array.from({ length: again.size }, (_, place) => again.entry(place, 0)),
    read,
    'written again it says something else',
  );
}

const synchronous = (
  name: string,
  corpus: readonly Uint8Array[],
  read: (input: Uint8Array) => void,
): Target => ({
  name,
  corpus,
  tokens,
  files,
  limitMs: 3_000,
  open: async () => ({ run: async (input) => read(input), close: async () => undefined }),
});

export const handOverTarget = (): Target =>
  synchronous(
    'hand-over',
    [entries, withoutEnds].flatMap((some) =>
      encodeHandOver({ entity: 'StormEvents', bucketCount: 4, entries: some }).map((bytes) =>
        Buffer.from(bytes),
      ),
    ),
    readHandOver,
  );

export const keyTableTarget = (): Target =>
  synchronous(
    'key-table',
    [entries, withoutEnds].flatMap((some) => encodeTable(BucketTable.empty.with(some))),
    readTable,
  );
