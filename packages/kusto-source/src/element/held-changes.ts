import type { EncodedChange } from '@drasi-kusto/source-sdk';
import type { KeyEntry } from '../key-index/key-entry.ts';
import type { KeyedChanges } from './keyed-rows.ts';

/** Changes that wait for the end of their answer, and what the key index has to know of them. */
export class HeldChanges implements KeyedChanges {
  readonly changes: EncodedChange[] = [];
  readonly entries: KeyEntry[] = [];

  add({ changes, entries }: KeyedChanges): void {
    // No spread: a batch may have more elements than a call takes arguments.
    for (const change of changes) this.changes.push(change);
    for (const entry of entries) this.entries.push(entry);
  }
}
