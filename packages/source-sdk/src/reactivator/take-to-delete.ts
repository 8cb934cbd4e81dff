import type { JsonValue } from '../elements.ts';
import { StateConflictError, isFatal, messageOf } from '../errors.ts';
import { isGone } from '../state/process-liveness.ts';
import { LeaseWatch, renewAfter } from './lease.ts';
import type { LeaseTimes } from './lease.ts';
import { STATE_KEY, parseRecord } from './state-record.ts';
import type { StateRecord } from './state-record.ts';
import { StoredRecord } from './stored-record.ts';
import type { StoredRecordOptions } from './stored-record.ts';

const RETRY_MS = 1_000;

/** `end`: the source is to be deleted, whatever there is of it. `finish`: only what is left of an end that broke off. */
export type EndAim = 'end' | 'finish';

export interface TakeToDeleteOptions extends StoredRecordOptions {
  readonly lease: LeaseTimes;
}

/**
 * Resolves when the record is this process's to delete, or is gone. A record that another reactivator holds is marked as ending first:
 * the holder finds the mark at its next write, drains, and releases the lease; one that is dead lets it run out (rules R21, R24).
 * @param aim - `finish`: an end that was begun and left behind, and nothing else
 * @returns false when there is nothing to finish any more: another reactivator was faster, and a new source may have begun
 * @throws FatalSourceError STATE_TOO_NEW, STATE_CORRUPT: what is not understood is not deleted
 */
export async function takeToDelete(
  options: TakeToDeleteOptions,
  signal: AbortSignal,
  aim: EndAim = 'end',
): Promise<boolean> {
  const { state, owner, clock, logger } = options;
  const stored = new StoredRecord(options);
  const watch = new LeaseWatch(clock, isGone);
  for (;;) {
    const found = await stored.read(signal);
    if (found === undefined) return aim === 'end';
    const record = parseRecord(found.value);
    if (aim === 'finish' && record.ending !== true) return false;
    if (record.ending === true && record.owner === owner && record.lease?.released !== true) return true;
    const wait = watch.look(record, found.etag, 'end');
    if (wait > 0 && record.ending === true) {
      await clock.sleep(wait, signal);
      continue;
    }
    if (wait > 0)
      logger.info('another reactivator holds the lease of this source: it is asked to end', {
        holder: record.owner,
        term: record.lease?.term,
      });
    const next: StateRecord = { ...record, ending: true, ...(wait > 0 ? {} : taken(options, record)) };
    try {
      await state.set(STATE_KEY, next as unknown as JsonValue, found.etag);
    } catch (error) {
      // Someone wrote in between, or the answer was lost: the next look tells.
      if (isFatal(error)) throw error;
      if (!(error instanceof StateConflictError)) await clock.sleep(RETRY_MS, signal);
    }
  }
}

/**
 * Renews the record that was taken to be deleted until `done` is aborted, so that others see how long someone is at work on it. Resolves when
 * no write is under way. Nothing else of this process may write it.
 */
export async function keepWhileDeleting(options: TakeToDeleteOptions, done: AbortSignal): Promise<void> {
  const { state, owner, lease, clock, logger } = options;
  while (!done.aborted) {
    try {
      await clock.sleep(renewAfter(lease), done);
    } catch {
      return;
    }
    try {
      const found = await state.get(STATE_KEY);
      const record = found && parseRecord(found.value);
      if (found === undefined || record?.owner !== owner) return;
      const next = { ...record, revision: record.revision + 1 };
      await state.set(STATE_KEY, next as unknown as JsonValue, found.etag);
    } catch (error) {
      logger.warn('the record that is being deleted could not be renewed', { error: messageOf(error) });
    }
  }
}

function taken({ state, owner, lease }: TakeToDeleteOptions, record: StateRecord): Partial<StateRecord> {
  const mine = { owner, revision: record.revision + 1 };
  if (state.exclusive === true) return mine;
  return { ...mine, lease: { term: (record.lease?.term ?? 0) + 1, ...lease } };
}
