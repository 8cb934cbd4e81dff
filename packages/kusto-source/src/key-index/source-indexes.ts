import {
  ErrorCode,
  isFatal,
  SourceError,
  systemClock,
  type Clock,
  type Random,
  type StateStore,
} from '@drasi-kusto/source-sdk';
import type { EntityIndex } from './entity-index.ts';
import { entityStateName } from './entity-state-name.ts';
import { decodeHandOver, refused } from './hand-over.ts';
import { HandOverJournal } from './hand-over-journal.ts';
import { IndexRoster } from './index-roster.ts';
import type { BucketOf } from './key-entry.ts';
import { KeyIndex } from './key-index.ts';
import { ReopenedJournal } from './reopened-journal.ts';
import { StateBlobs, gap } from './state-blobs.ts';

export interface SourceIndexesOptions {
  readonly store: StateStore;
  readonly clock?: Clock;
  readonly random?: Random;
  /** How many bytes of buckets of one entity stay in memory. Default 16 MB. */
  readonly cacheBytes?: number;
}

/** Of the first start, all but `bucketOf`: see `KeyIndexOptions`. */
export interface IndexPlan {
  readonly bucketCount: number;
  readonly epoch: string;
  readonly probe: string;
  readonly bucketOf: BucketOf;
  /** The checkpoint says that there is one: that there is none is lost state then, not a first start (rule R23). */
  readonly mustExist?: boolean;
}

/**
 * The key indexes of one source, an index and a journal of hand-overs an entity, in the one process that writes them (rule R8). The
 * store is not closed.
 */
export class SourceIndexes {
  readonly #options: SourceIndexesOptions;
  readonly #blobs: StateBlobs;
  readonly #roster: IndexRoster;
  readonly #keys = new Map<string, KeyIndex>();
  readonly #journals = new Map<string, ReopenedJournal>();
  #destroying: Error | undefined;

  constructor(options: SourceIndexesOptions) {
    this.#options = options;
    const { store, clock = systemClock, random = Math.random } = options;
    this.#blobs = new StateBlobs({ store, clock, random });
    this.#roster = new IndexRoster(this.#blobs);
  }

  /** The entities of which something is stored, also those that the configuration no longer has. @throws FatalSourceError GAP */
  names(): Promise<readonly string[]> {
    return this.#roster.names();
  }

  /**
   * The index of an entity, read from the store by each run of the monitor: after an error of the store, what is in memory may be
   * behind it. The one of the run before must not be used any more.
   * @throws FatalSourceError GAP, STATE_CORRUPT, STATE_TOO_NEW, ANOTHER_REACTIVATOR
   * @throws SourceError DEPROVISIONED once {@link destroy} was called (rule R24)
   */
  async open(entity: string, plan: IndexPlan): Promise<EntityIndex> {
    this.#checkAlive();
    const { bucketCount, epoch, probe, bucketOf, mustExist = false } = plan;
    const name = indexKey(entity);
    if (mustExist && (await this.#blobs.read(name)) === undefined) throw gap(name);
    await this.#roster.add(entity);
    // Its last request must not come behind the first of its successor.
    await this.#keys
      .get(entity)
      ?.find([])
      .catch(() => undefined);
    this.#checkAlive();
    const keys = await KeyIndex.open({ ...this.#options, name, bucketCount, epoch, probe });
    this.#keys.set(entity, keys);
    const journal = await this.#journalOf(entity).reopen();
    return { keys, journal, bucketOf };
  }

  /**
   * The same, or an index without keys in the place of one of which a part is lost (rule R23); what was handed over stays.
   * @param mayRenew whether that is to be done: asked when one is lost
   * @returns whether it was lost
   * @throws as {@link SourceIndexes.open} does, FatalSourceError GAP where a lost one is not to be renewed
   */
  async openOrRenew(
    entity: string,
    plan: IndexPlan,
    mayRenew: () => boolean,
  ): Promise<{ readonly index: EntityIndex; readonly lost: boolean }> {
    try {
      return { index: await this.open(entity, plan), lost: false };
    } catch (error) {
      const isLost = isFatal(error) && error instanceof SourceError && error.code === 'GAP';
      if (!isLost || !mayRenew()) throw error;
      this.#keys.delete(entity);
      await KeyIndex.destroy({ ...this.#options, name: indexKey(entity) });
      return { index: await this.open(entity, { ...plan, mustExist: false }), lost: true };
    }
  }

  /**
   * `handOver` of `ReactivatorOptions`: resolves when the entries are durable in the journal, without waiting for the monitor (rules R6, R8).
   * @throws FatalSourceError HAND_OVER_REFUSED for a payload that cannot be read, or of an entity that has no index
   */
  async handOver(sessionId: string, payload: Uint8Array): Promise<void> {
    this.#checkAlive();
    const handOver = decodeHandOver(payload);
    const { entity } = handOver;
    if (!(await this.#roster.names()).includes(entity))
      throw refused(`"${entity}" has no key index here: proxy and reactivator must have one configuration`);
    this.#checkAlive();
    const journal = this.#journalOf(entity);
    if ('sent' in handOver) await journal.appendEnd(sessionId, handOver.sent);
    else await journal.append(sessionId, handOver.bucketCount, handOver.entries);
  }

  /**
   * Deletes everything that is stored, of every entity there ever was (rule R24). Monitor and hand-overs must have ended. May be called
   * again after an error.
   */
  async destroy(): Promise<void> {
    this.#destroying ??= new SourceError(ErrorCode.Deprovisioned, 'the key indexes are deleted');
    await Promise.all([...this.#journals.values()].map((journal) => journal.idle()));
    await this.#roster.destroy(async (entity) => {
      await KeyIndex.destroy({ ...this.#options, name: indexKey(entity) });
      await HandOverJournal.destroy({ ...this.#options, name: journalKey(entity) });
    });
  }

  #journalOf(entity: string): ReopenedJournal {
    let journal = this.#journals.get(entity);
    if (journal === undefined) {
      journal = new ReopenedJournal({ ...this.#options, name: journalKey(entity) });
      this.#journals.set(entity, journal);
    }
    return journal;
  }

  #checkAlive(): void {
    if (this.#destroying !== undefined) throw this.#destroying;
  }
}

const indexKey = (entity: string): string => `key-index-${entityStateName(entity)}`;
const journalKey = (entity: string): string => `hand-overs-${entityStateName(entity)}`;
