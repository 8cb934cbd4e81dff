import type { ChangeBatch, EncodedChange } from '@drasi-kusto/source-sdk';
import type { EntityConfig } from '../config/entity-config.ts';
import { deleteBefore, deleteChange } from '../element/delete-change.ts';
import type { KeyedChanges } from '../element/keyed-rows.ts';
import type { HandOverJournal } from './hand-over-journal.ts';
import { agrees, unknownKey, type BucketOf, type KeyPlace } from './key-entry.ts';
import type { KeyIndex } from './key-index.ts';

/** The record of one entity's keys that may be live, while its feed runs. */
export interface EntityIndex {
  readonly keys: KeyIndex;
  readonly journal: HandOverJournal;
  /** Asks the service. */
  readonly bucketOf: BucketOf;
  /** Whether no bootstrap is under way. Absent: one may be. */
  readonly quiet?: (() => boolean) | undefined;
}

/** What becomes true with the acknowledgement of the changes. */
export type BatchEnd = Omit<ChangeBatch, 'changes'>;

/**
 * Upserts in the order that rule R6 asks for: in the index before any byte leaves, their hashes in it after the acknowledgement. A
 * relation is deleted before its upsert unless all readers that may hold it are known to hold the same ends (rule R22). While a
 * bootstrap is under way, or what it handed over is not in the index yet, that is not known: it may have read ends that
 * came and went between two windows.
 */
export async function* publishUpserts(
  index: Pick<EntityIndex, 'keys'> & Partial<EntityIndex>,
  { changes, entries }: KeyedChanges,
  end: BatchEnd = {},
): AsyncGenerator<ChangeBatch, void, void> {
  const { keys } = index;
  const moved = await withMoves(keys, { changes, entries }, isQuiet(index));
  await keys.noteLive(entries);
  yield { changes: moved, ...end };
  await keys.settle(entries);
}

/** No bootstrap is under way, and what was handed over is in the index. */
const isQuiet = ({ journal, quiet }: Partial<EntityIndex>): boolean =>
  quiet?.() === true && journal?.pending === 0;

/**
 * Of these upserts those that say something new: a state that every reader is known to hold is left out. While a bootstrap is under way
 * that is known of none: it may have read while the key was away, and only at its end it is told what it did not send (rule R7).
 */
export async function* publishNews(
  index: Pick<EntityIndex, 'keys'> & Partial<EntityIndex>,
  { changes, entries }: KeyedChanges,
  end: BatchEnd = {},
): AsyncGenerator<ChangeBatch, void, void> {
  const stored = isQuiet(index) ? await index.keys.find(entries) : undefined;
  const isNew = entries.map((entry) => {
    const before = stored?.get(entry.id);
    return before === undefined || !agrees(before, entry);
  });
  const news = {
    changes: changes.filter((_, place) => isNew[place]),
    entries: entries.filter((_, place) => isNew[place]),
  };
  yield* publishUpserts(index, news, end);
}

async function withMoves(
  keys: KeyIndex,
  { changes, entries }: KeyedChanges,
  quiet: boolean,
): Promise<readonly EncodedChange[]> {
  if (entries.every(({ ends }) => ends === undefined)) return changes;
  const held = new Map<string, bigint | undefined>();
  for (const { id, ends } of (await keys.find(entries)).values()) held.set(id, ends);
  return entries.flatMap(({ id, ends, endsOfKey }, place) => {
    const change = changes[place];
    if (change === undefined) throw new RangeError('there are more entries than changes');
    const isSame = held.has(id) && held.get(id) === ends;
    // A key that the index has not may be with a reader all the same, unless there is nothing that it could be between.
    const stays = endsOfKey === true ? isSame || !held.has(id) : isSame && quiet;
    held.set(id, ends);
    return stays ? [change] : [deleteBefore(change), change];
  });
}

/** A key to be deleted, and when it went, in nanoseconds since 1970; absent: see `publishDeletes`. */
export interface DeletedKey extends KeyPlace {
  readonly timestampNs?: bigint;
}

/**
 * Deletes in that order: they leave the index after the acknowledgement.
 * @param timestampNs of those keys that have no time of their own
 */
export async function* publishDeletes(
  { keys }: Pick<EntityIndex, 'keys'>,
  entity: Pick<EntityConfig, 'kind' | 'label'>,
  deleted: readonly DeletedKey[],
  timestampNs = 0n,
  end: BatchEnd = {},
): AsyncGenerator<ChangeBatch, void, void> {
  await keys.noteLive(deleted.map(unknownKey));
  const changes = deleted.map((key) => deleteChange(entity, key.id, key.timestampNs ?? timestampNs));
  yield { changes, ...end };
  await keys.remove(deleted);
}
