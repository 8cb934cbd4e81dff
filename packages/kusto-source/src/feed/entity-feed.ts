import type { AbandonedSession, ChangeBatch, Clock, Logger, MonitorContext } from '@drasi-kusto/source-sdk';
import { entityFingerprint } from '../config/fingerprint.ts';
import { RowKernel } from '../element/row-kernel.ts';
import { KustoSourceError } from '../errors.ts';
import { checkFeed, checkStart, closeGap, republishDropped } from './check-feed.ts';
import type { CheckpointBook } from './checkpoint-book.ts';
import type { FeedPosition } from './checkpoint.ts';
import { openMode } from './feed-mode.ts';
import { createFeed, type Feed, type FeedEntity } from './feed.ts';
import { pauseAfter, type PollResult } from './poll-pace.ts';
import { readWindow, type WindowEnd, type WindowRange, type WindowSource } from './read-window.ts';
import { republish } from './republish.ts';
import type { SlicedWindow } from './sliced-window.ts';

/** What the feeds of a source's entities have in common. */
export interface FeedRun {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where an entity begins without a checkpoint: with every row its query returns, or after them. */
  readonly from: 'beginning' | 'now';
  readonly book: CheckpointBook;
  readonly told: Set<string>;
  readonly context: MonitorContext;
}

/**
 * The change feed of one entity: windows (c0, c1] by the database cursor. c0 becomes c1 only with the acknowledgement of the
 * window's last change (invariant I2).
 */
export class EntityFeed {
  readonly #feed: Feed;
  readonly #source: WindowSource;
  readonly #context: MonitorContext;
  #cursor: string;
  #pauseMs: number;
  /** After a start nobody knows how much has come meanwhile. */
  #countFirst = true;
  #begun: SlicedWindow | undefined;
  /** When it is to be polled, by the clock. */
  #due = Number.NEGATIVE_INFINITY;

  private constructor(feed: Feed, context: MonitorContext, position: FeedPosition) {
    this.#feed = feed;
    this.#context = context;
    this.#source = { ...feed, kernel: new RowKernel(), signal: context.signal };
    this.#cursor = position.cursor;
    this.#begun = position.window;
    this.#pauseMs = feed.config.pollIntervalMs;
  }

  /** Begins an entity, or goes on from its checkpoint. @throws KustoSourceError */
  static async *begin(entity: FeedEntity, run: FeedRun): AsyncGenerator<ChangeBatch, EntityFeed, void> {
    const { book, told, context, clock, logger, from } = run;
    const { signal } = context;
    const { reader, config } = entity;
    const columns = await reader.checkSchema(signal);
    const stored = book.of(config);
    if (stored?.meaning !== undefined && stored.meaning !== entityFingerprint(config))
      throw new KustoSourceError(
        'CHECKPOINT',
        `the configuration of ${config.label} is another one than that of its checkpoint, and what was published under the old one cannot be taken back: restore the configuration, or delete the Source with its queries and create them again`,
      );
    const mode = await openMode(entity, stored, logger, signal);
    const feed = createFeed({ reader, config, clock, logger }, mode, book, told);
    const begin = async function* (): AsyncGenerator<ChangeBatch, FeedPosition, void> {
      if (stored !== undefined) {
        const { cursor, window } = stored;
        logger.info('the feed goes on from its checkpoint', { cursor });
        return yield* checkFeed(feed, { cursor, window }, signal, columns);
      }
      const orphans = book.names.length > 0 ? 0 : context.abandonedSessions().length;
      const gap = await checkStart(feed, orphans, signal);
      if (gap !== undefined) return yield* closeGap(feed, gap, undefined, signal);
      feed.schema.shape(columns);
      const position = await reader.position(signal);
      const { cursor } = position;
      logger.info('the feed begins', { from, cursor });
      if (from === 'beginning') yield* republish(feed, position, signal, { cursor });
      else yield { changes: [], checkpoint: feed.checkpoint({ cursor }) };
      return { cursor };
    };
    return new EntityFeed(feed, context, yield* begin());
  }

  get label(): string {
    return this.#feed.config.label;
  }

  get due(): number {
    return this.#due;
  }

  /** Ends the window that an earlier process began, before anything else: a repair would read at the old cursor, and publish older
   * states over those of the slices that are done (invariant I3). */
  async *finishWindow(): AsyncGenerator<ChangeBatch, void, void> {
    const begun = this.#begun;
    if (begun === undefined) return;
    const range = { after: this.#cursor, upTo: begun.upTo };
    const { cursor } = yield* step(this.#source, range, { begun, countFirst: true });
    this.#cursor = cursor;
    this.#begun = undefined;
  }

  /** What comes between two windows: gaps, and columns that are gone. */
  async *maintain(): AsyncGenerator<ChangeBatch, void, void> {
    const { signal } = this.#context;
    if (this.#feed.gaps.due)
      this.#cursor = (yield* checkFeed(this.#feed, { cursor: this.#cursor }, signal)).cursor;
    yield* republishDropped(this.#feed, this.#cursor, signal);
  }

  /** The window up to `next`, a cursor of this tick. @param began when the tick began, by the clock */
  async *poll(next: string, began: number): AsyncGenerator<ChangeBatch, void, void> {
    let result: PollResult = 'idle';
    // The same text is the same cursor, and (c, c] is empty. Whether another text is later is not ours to tell.
    if (next !== this.#cursor) {
      const range = { after: this.#cursor, upTo: next };
      const end: StepEnd = yield* step(this.#source, range, { countFirst: this.#countFirst });
      this.#cursor = end.cursor;
      this.#countFirst = end.large;
      result = resultOf(end);
    }
    this.#pauseMs = pauseAfter(result, this.#pauseMs, this.#feed.config.pollIntervalMs);
    this.#due = began + this.#pauseMs;
  }

  /**
   * Publishes again what broken bootstraps may not have delivered (rule R2). Read at the feed's own cursor, between two
   * windows: nothing published here is older than what the feed already sent (invariant I3).
   */
  async *republish(settles: readonly string[]): AsyncGenerator<ChangeBatch, void, void> {
    const { now } = await this.#feed.reader.position(this.#context.signal);
    const position = { cursor: this.#cursor, now };
    yield* republish(this.#feed, position, this.#context.signal, { cursor: this.#cursor, settles });
  }

  /** Nothing of these sessions is this entity's: they are settled. */
  settle(sessions: readonly AbandonedSession[]): ChangeBatch {
    return {
      changes: [],
      settles: sessions.map(({ id }) => id),
      checkpoint: this.#feed.checkpoint({ cursor: this.#cursor }),
    };
  }
}

interface StepEnd extends WindowEnd {
  /** The feed goes on from here. */
  readonly cursor: string;
}

/** Publishes a window, or what ON_GAP says where the service refuses it. */
async function* step(
  source: WindowSource,
  range: WindowRange,
  how: { readonly begun?: SlicedWindow | undefined; readonly countFirst: boolean },
): AsyncGenerator<ChangeBatch, StepEnd, void> {
  try {
    const end = yield* readWindow(source, range, how);
    return { ...end, cursor: range.upTo };
  } catch (error) {
    const gap = await source.gaps.explain(error, range.after, source.signal);
    const at = { cursor: range.after, window: how.begun };
    const { cursor } = yield* closeGap(source, gap, at, source.signal);
    // Everything there is was published: what comes is likely to be little.
    return { rows: 0, large: false, cursor };
  }
}

/** The cursor is the database's: that it moved says nothing of this table. */
function resultOf({ rows, large }: WindowEnd): PollResult {
  if (rows === 0) return 'idle';
  return large ? 'full' : 'changed';
}
