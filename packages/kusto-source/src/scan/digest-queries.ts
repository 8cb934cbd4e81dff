import { cellToken, quoteIdentifier, type RowBatch } from '@drasi-kusto/kusto-client';
import type { BucketDigest } from '../key-index/bucket-digest.ts';
import type { RowHashes } from '../key-index/key-entry.ts';
import { keyColumns } from '../query/key-columns.ts';
import { bucketExpression, identityColumns } from '../query/row-identity.ts';
import type { ReadOptions } from '../query/source-reader.ts';
import { askInParts } from './ask-in-parts.ts';
import type { IndexSource } from './scan-source.ts';

/** The parts of a bucket that are compared on their own: the rows whose first hash ends in the same seven bits. */
export const groupsOfBucket = 128;

/** Groups are numbered through all buckets. */
export const groupOf = (bucket: number, { first }: RowHashes): number =>
  bucket * groupsOfBucket + Number(first & BigInt(groupsOfBucket - 1));

const [bucketColumn, first, second] = [
  identityColumns.bucket,
  identityColumns.first,
  identityColumns.second,
].map(quoteIdentifier) as [string, string, string];
const groupColumn = quoteIdentifier('__drasi_group');
const groupKql = `${bucketColumn} * ${groupsOfBucket} + binary_and(${first}, ${groupsOfBucket - 1})`;

/** Kusto's side of `BucketDigest` (rule R17), a row a group; the group is the first column. */
function digestBy(group: string): string {
  const low = '4294967295';
  const sums = [
    '__drasi_count = count()',
    `__drasi_high = sum(binary_and(binary_shift_right(${first}, 32), ${low}))`,
    `__drasi_low = sum(binary_and(${first}, ${low}))`,
    `__drasi_xor = binary_all_xor(${second})`,
  ];
  return `| summarize ${sums.join(', ')} by ${group}`;
}

/** What stands behind the rows in the one query of a scan that finds nothing. */
export const bucketDigestOperator = digestBy(bucketColumn);

/**
 * The digests of all buckets that have rows: the one query of a scan that finds nothing, or several where the service has not
 * the memory or the time for one.
 */
export function bucketDigests(source: IndexSource, signal: AbortSignal): Promise<Map<number, BucketDigest>> {
  const all = Array.from({ length: source.index.keys.bucketCount }, (_, bucket) => bucket);
  return inParts(source, all, async (buckets) => {
    const slice = await inBuckets(source, buckets, signal);
    return await readDigests(source, { signal, slice, operators: [bucketDigestOperator] });
  });
}

/** Those of the groups of some buckets. */
export function groupDigests(
  source: IndexSource,
  buckets: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, BucketDigest>> {
  return inParts(source, buckets, (some) => readGroups(source, some, signal));
}

/** What meets a limit of the service is asked for in halves. */
async function inParts(
  { logger }: IndexSource,
  buckets: readonly number[],
  read: (buckets: readonly number[]) => Promise<Map<number, BucketDigest>>,
): Promise<Map<number, BucketDigest>> {
  const digests = new Map<number, BucketDigest>();
  const ask = async (part: readonly number[]): Promise<void> => {
    for (const [group, digest] of await read(part)) digests.set(group, digest);
  };
  await askInParts(buckets, ask, logger);
  return digests;
}

async function readGroups(
  source: IndexSource,
  buckets: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, BucketDigest>> {
  const slice = await inBuckets(source, buckets, signal);
  return await readDigests(source, { signal, slice, operators: [digestBy(`${groupColumn} = ${groupKql}`)] });
}

async function readDigests(source: IndexSource, options: ReadOptions): Promise<Map<number, BucketDigest>> {
  const digests = new Map<number, BucketDigest>();
  for await (const batch of query(source, options))
    for (let row = 0; row < batch.rowCount; row++)
      digests.set(Number(cellToken(batch, row, 0)), {
        count: Number(cellToken(batch, row, 1)),
        unknown: 0,
        sumHigh: BigInt(cellToken(batch, row, 2)),
        sumLow: BigInt(cellToken(batch, row, 3)),
        xor: unsigned(cellToken(batch, row, 4)),
      });
  return digests;
}

/** The hashes of the rows of some buckets, by bucket; with `groups`, of these groups alone. */
export async function rowHashes(
  source: IndexSource,
  buckets: readonly number[],
  groups: readonly number[] | undefined,
  signal: AbortSignal,
): Promise<Map<number, RowHashes[]>> {
  const hashes = new Map<number, RowHashes[]>();
  const slice = await inBuckets(source, buckets, signal);
  const where = groups === undefined ? undefined : `${groupKql} in (${groups.join(', ')})`;
  const operators = [`| project ${bucketColumn}, ${first}, ${second}`];
  for await (const batch of query(source, { signal, slice, where, operators }))
    for (let row = 0; row < batch.rowCount; row++) {
      const bucket = Number(cellToken(batch, row, 0));
      const hash = { first: unsigned(cellToken(batch, row, 1)), second: unsigned(cellToken(batch, row, 2)) };
      const ofBucket = hashes.get(bucket);
      if (ofBucket === undefined) hashes.set(bucket, [hash]);
      else ofBucket.push(hash);
    }
  return hashes;
}

/** How many rows there are, one a key. */
export async function countRows(source: IndexSource, signal: AbortSignal): Promise<number> {
  let count = 0;
  for await (const batch of query(source, { signal, operators: ['| summarize __drasi_count = count()'] }))
    for (let row = 0; row < batch.rowCount; row++) count += Number(cellToken(batch, row, 0));
  return count;
}

/** The predicate of some buckets, over the key alone, so that no other row is folded or hashed; undefined for all. */
export async function inBuckets(
  { reader, config, index: { keys } }: IndexSource,
  buckets: readonly number[],
  signal: AbortSignal,
): Promise<string | undefined> {
  if (buckets.length === keys.bucketCount) return undefined;
  const key = keyColumns(config, await reader.columns(signal));
  return `${bucketExpression(key, keys.bucketCount)} in (${buckets.join(', ')})`;
}

/** The predicate of rows by their first hashes. */
export function firstHashIn(hashes: readonly bigint[]): string {
  return `${first} in (${hashes.map((hash) => BigInt.asIntN(64, hash)).join(', ')})`;
}

/** The predicate of the rows whose first hash leaves `rest` when divided by a power of two. */
export const firstHashLeaves = (modulus: number, rest: number): string =>
  `binary_and(${first}, ${modulus - 1}) == ${rest}`;

async function* query(source: IndexSource, options: ReadOptions): AsyncGenerator<RowBatch, void, void> {
  const { reader, schema, range, detection, index, alive } = source;
  const omitted = schema.omitted(await reader.columns(options.signal));
  const identity = { bucketCount: index.keys.bucketCount };
  await using result = await reader.rows(
    range,
    true,
    { ...options, identity, identityAlone: true, detection },
    omitted,
  );
  for await (const batch of result) {
    alive?.();
    yield batch;
  }
}

/** Of the predicates that there are; undefined of none. */
export function conjunction(predicates: readonly (string | undefined)[]): string | undefined {
  const present = predicates.filter((predicate) => predicate !== undefined);
  return present.length === 0 ? undefined : present.join(' and ');
}

const unsigned = (token: string): bigint => BigInt.asUintN(64, BigInt(token));
