import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import type { KeyedChanges } from '../element/keyed-rows.ts';
import { publishUpserts } from '../key-index/entity-index.ts';
import { defaultSliceLimits, slicesNeeded } from '../snapshot/slice-plan.ts';
import { measureRowBytes } from '../snapshot/snapshot-size.ts';
import { countRows } from './digest-queries.ts';
import { fitIndex } from './fit-index.ts';
import { overColumns } from './over-columns.ts';
import { readPart } from './read-part.ts';
import { endOf, limitsOf, type IndexSource, type ScanSource } from './scan-source.ts';

/**
 * Fills the index with the keys and hashes of all rows, without a word to anyone: for a feed that begins now, before its first
 * checkpoint, when no reader can exist yet (rule R1). Rows are read whole, so that the hash of the element is known too:
 * without it, another hash function of the service would have every row published once more. May be repeated after an error; keys
 * that only a first attempt saw are found gone by the next scan.
 * @returns how many rows were read
 * @throws KustoSourceError KEY_NOT_UNIQUE, ROW_LEVEL_SECURITY, SCHEMA, SLICE
 */
export async function baseline(source: IndexSource, signal: AbortSignal): Promise<number> {
  const { keys } = source.index;
  let rows = 0;
  for await (const { entries } of allRows(source, signal)) {
    rows += entries.length;
    await keys.noteLive(entries);
    await keys.settle(entries);
  }
  // Else the first scan would have to load every bucket to fold the last changes into its digest.
  await keys.compact();
  return rows;
}

/**
 * Publishes every row as an upsert, whatever the index holds of it; the last batch has the source's end. Keys of the index that no row has
 * any more stay, for a scan to find.
 * @throws KustoSourceError KEY_NOT_UNIQUE, ROW_LEVEL_SECURITY, SCHEMA, SLICE
 */
export async function* publishAll(
  source: ScanSource,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, number, void> {
  let rows = 0;
  for await (const read of allRows(source, signal)) {
    rows += read.entries.length;
    yield* publishUpserts(source.index, read);
  }
  yield { changes: [], ...endOf(source) };
  return rows;
}

function allRows(source: IndexSource, signal: AbortSignal): AsyncGenerator<KeyedChanges, void, void> {
  return overColumns(source, signal, () => allRowsOnce(source, signal));
}

async function* allRowsOnce(
  source: IndexSource,
  signal: AbortSignal,
): AsyncGenerator<KeyedChanges, void, void> {
  const { reader, range, config, logger, index } = source;
  const rows = await countRows(source, signal);
  await fitIndex(source, signal, rows);
  const rowBytes =
    rows > config.sliceRows / 10 ? await measureRowBytes(reader, range, logger, signal) : undefined;
  const limits = { ...defaultSliceLimits, rows: limitsOf(source).rows };
  const { byRows, byBytes } = slicesNeeded({ rows, rowBytes }, limits);
  const { bucketCount } = index.keys;
  const buckets = Array.from({ length: bucketCount }, (_, bucket) => bucket);
  const perQuery = Math.max(1, Math.floor(bucketCount / Math.max(byRows, byBytes)));
  for (let from = 0; from < bucketCount; from += perQuery)
    yield* readPart(source, { buckets: buckets.slice(from, from + perQuery) }, signal);
}
