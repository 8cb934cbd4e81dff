import type { ChangeBatch, EncodedChange } from '@drasi-kusto/source-sdk';
import type { KeyedChanges } from '../element/keyed-rows.ts';
import { publishUpserts } from '../key-index/entity-index.ts';
import { agrees, isSame, type KeyEntry } from '../key-index/key-entry.ts';
import { readPart, type RowPart } from './read-part.ts';
import { checkUnique } from './check-unique.ts';
import type { IndexSource } from './scan-source.ts';

export interface TakenRows {
  readonly read: number;
  readonly published: number;
}

/**
 * Reads rows and publishes those that are not what the index holds. A row that agrees by the hash of its element alone, since the
 * service's hashes are not known, is settled without a word to the readers.
 * @param unmatched by bucket, the keys of the index that no row was found for so far; those that are read leave it
 * @throws KustoSourceError KEY_NOT_UNIQUE
 */
export async function* takeRows(
  source: IndexSource,
  part: RowPart,
  unmatched: ReadonlyMap<number, Set<string>>,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, TakenRows, void> {
  const { keys } = source.index;
  let [read, published] = [0, 0];
  for await (const rows of readPart(source, part, signal)) {
    read += rows.entries.length;
    const stored = await keys.find(rows.entries);
    const { changed, settled, twice } = compare(rows, stored, unmatched);
    // Folded rows are one a key, whatever was read before: another version came meanwhile.
    if (twice.length > 0 && source.config.query.notRowLocal !== undefined)
      await checkUnique(source, twice, signal);
    if (settled.length > 0) {
      await keys.noteLive(settled);
      await keys.settle(settled);
    }
    if (changed.entries.length === 0) continue;
    published += changed.entries.length;
    yield* publishUpserts(source.index, changed);
  }
  return { read, published };
}

interface Comparison {
  readonly changed: KeyedChanges;
  readonly settled: readonly KeyEntry[];
  /** Ids whose state in the index another row had. */
  readonly twice: readonly string[];
}

function compare(
  { changes, entries }: KeyedChanges,
  stored: ReadonlyMap<string, KeyEntry>,
  unmatched: ReadonlyMap<number, Set<string>>,
): Comparison {
  const changed = { changes: [] as EncodedChange[], entries: [] as KeyEntry[] };
  const settled: KeyEntry[] = [];
  const twice: string[] = [];
  for (const [place, entry] of entries.entries()) {
    const before = stored.get(entry.id);
    const wasOpen = unmatched.get(entry.bucket)?.delete(entry.id) === true;
    if (before !== undefined && !wasOpen) twice.push(entry.id);
    if (before !== undefined && agrees(before, entry)) {
      if (!isSame(before, entry)) settled.push(entry);
      continue;
    }
    const change = changes[place];
    if (change === undefined) throw new RangeError('there are more entries than changes');
    changed.changes.push(change);
    changed.entries.push(entry);
  }
  return { changed, settled, twice };
}
