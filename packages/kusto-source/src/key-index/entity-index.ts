import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import type { EntityConfig } from '../config/entity-config.ts';
import { deleteChange } from '../element/delete-change.ts';
import type { KeyedChanges } from '../element/keyed-rows.ts';
import type { HandOverJournal } from './hand-over-journal.ts';
import type { BucketOf, KeyPlace } from './key-entry.ts';
import type { KeyIndex } from './key-index.ts';

/** The record of one entity's keys that may be live, while its feed runs. */
export interface EntityIndex {
  readonly keys: KeyIndex;
  readonly journal: HandOverJournal;
  /** Asks the service. */
  readonly bucketOf: BucketOf;
}

/** What becomes true with the acknowledgement of the changes. */
export type BatchEnd = Omit<ChangeBatch, 'changes'>;

/** Upserts in the order that rule R6 asks for: in the index before any byte leaves, their hashes in it after the acknowledgement. */
export async function* publishUpserts(
  { keys }: Pick<EntityIndex, 'keys'>,
  { changes, entries }: KeyedChanges,
  end: BatchEnd = {},
): AsyncGenerator<ChangeBatch, void, void> {
  await keys.noteLive(entries);
  yield { changes, ...end };
  await keys.settle(entries);
}

/** Deletes in that order: they leave the index after the acknowledgement. */
export async function* publishDeletes(
  { keys }: Pick<EntityIndex, 'keys'>,
  entity: Pick<EntityConfig, 'kind' | 'label'>,
  places: readonly KeyPlace[],
  timestampNs: bigint,
  end: BatchEnd = {},
): AsyncGenerator<ChangeBatch, void, void> {
  await keys.noteLive(places.map(({ id, bucket }) => ({ id, bucket, row: undefined, local: undefined })));
  yield { changes: places.map(({ id }) => deleteChange(entity, id, timestampNs)), ...end };
  await keys.remove(places);
}
