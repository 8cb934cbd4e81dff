import type { JsonValue } from '@drasi-kusto/source-sdk';
import { emptyDigest, type BucketDigest } from './bucket-digest.ts';
import { ByteReader, ByteWriter } from './byte-cursor.ts';
import { MAX_BUCKETS } from './key-entry.ts';
import { bytesOf, corrupt } from './state-blobs.ts';

/** Where a bucket is stored: `parts` blobs that one write made. 0 parts: an empty bucket. */
export interface BucketRow {
  readonly write: number;
  readonly parts: number;
  readonly digest: BucketDigest;
}

/** Blobs that may exist and are not, or not yet, part of the index. */
export interface BlobRef {
  readonly write: number;
  readonly bucket: number;
  readonly parts: number;
}

/** What names all blobs of the index. Whoever replaces it (by its ETag) has the index. */
export interface Manifest {
  /** Counts bucket counts. */
  readonly generation: number;
  /** The configuration that the hashes belong to. */
  readonly epoch: string;
  /** What Kusto's hash functions gave for fixed values: another answer, and no stored row hash can be compared. */
  readonly probe: string;
  /** One a bucket. */
  readonly buckets: readonly BucketRow[];
  /** The number of the next write of buckets. */
  readonly nextWrite: number;
  /** Row hashes, and local ones, in blobs of an earlier write are unknown. */
  readonly rowsSince: number;
  readonly localsSince: number;
  /** The log's oldest segment that is in use, and the oldest that may exist. */
  readonly logFirst: number;
  readonly logOldest: number;
  readonly doubtful: readonly BlobRef[];
}

export function firstManifest(bucketCount: number, epoch: string, probe: string): Manifest {
  return {
    generation: 1,
    epoch,
    probe,
    buckets: emptyBuckets(bucketCount),
    nextWrite: 1,
    rowsSince: 0,
    localsSince: 0,
    logFirst: 0,
    logOldest: 0,
    doubtful: [],
  };
}

/** @throws RangeError for a count that a manifest cannot hold */
export function emptyBuckets(count: number): BucketRow[] {
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_BUCKETS)
    throw new RangeError(`a bucket count of ${count}: it must be a whole number from 1 to ${MAX_BUCKETS}`);
  return Array.from({ length: count }, () => ({ write: 0, parts: 0, digest: emptyDigest }));
}

type Content = { readonly [key: string]: JsonValue };

/** About 30 bytes a bucket, before base64. */
export function encodeManifest(manifest: Manifest): Content {
  const { buckets, doubtful, ...rest } = manifest;
  const rows = new ByteWriter(buckets.length * 40);
  rows.varint(buckets.length);
  for (const { write, parts, digest } of buckets) {
    rows.varint(write);
    rows.varint(parts);
    rows.varint(digest.count);
    rows.varint(digest.unknown);
    rows.uint64(digest.sumHigh);
    rows.uint64(digest.sumLow);
    rows.uint64(digest.xor);
  }
  const refs = new ByteWriter();
  for (const { write, bucket, parts } of doubtful) {
    refs.varint(write);
    refs.varint(bucket);
    refs.varint(parts);
  }
  return { ...rest, buckets: rows.bytes().toString('base64'), doubtful: refs.bytes().toString('base64') };
}

/** @throws FatalSourceError STATE_CORRUPT */
export function decodeManifest(key: string, content: Content): Manifest {
  const number = (name: string): number => {
    const value = content[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw corrupt(key);
    return value;
  };
  const text = (name: string): string => {
    const value = content[name];
    if (typeof value !== 'string') throw corrupt(key);
    return value;
  };
  try {
    return {
      generation: number('generation'),
      epoch: text('epoch'),
      probe: text('probe'),
      buckets: readBuckets(new ByteReader(bytesOf(key, content['buckets']))),
      nextWrite: number('nextWrite'),
      rowsSince: number('rowsSince'),
      localsSince: number('localsSince'),
      logFirst: number('logFirst'),
      logOldest: number('logOldest'),
      doubtful: readRefs(new ByteReader(bytesOf(key, content['doubtful']))),
    };
  } catch (error) {
    if (error instanceof RangeError) throw corrupt(key, error);
    throw error;
  }
}

function readBuckets(reader: ByteReader): BucketRow[] {
  const buckets = Array.from({ length: reader.varint() }, () => ({
    write: reader.varint(),
    parts: reader.varint(),
    digest: {
      count: reader.varint(),
      unknown: reader.varint(),
      sumHigh: reader.uint64(),
      sumLow: reader.uint64(),
      xor: reader.uint64(),
    },
  }));
  if (reader.left > 0 || buckets.length === 0) throw new RangeError('not a list of buckets');
  return buckets;
}

function readRefs(reader: ByteReader): BlobRef[] {
  const refs: BlobRef[] = [];
  while (reader.left > 0)
    refs.push({ write: reader.varint(), bucket: reader.varint(), parts: reader.varint() });
  return refs;
}
