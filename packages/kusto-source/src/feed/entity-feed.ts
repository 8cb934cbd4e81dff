import type { AbandonedSession, ChangeBatch, MonitorContext } from '@drasi-kusto/source-sdk';
import type { EntityIndex } from '../key-index/entity-index.ts';
import { scanIntervalMs } from '../query/detection.ts';
import type { Position } from '../query/cursors.ts';
import { isTimeCursor } from '../query/time-cursor.ts';
import { beginFeed, positionOf, type BegunFeed, type FeedRun } from './begin-feed.ts';
import { checkFeed, closeGap, republishDropped } from './check-feed.ts';
import { isBounded, type Feed, type FeedEntity } from './feed.ts';
import { pauseAfter, type PollResult } from './poll-pace.ts';
import type { QuestionsBeside } from './questions-beside.ts';
import { readWindow, type WindowEnd, type WindowRange, type WindowSource } from './read-window.ts';
import { republish, scanFeed } from './republish.ts';
import { ScanBeside, type FeedPlace } from './scan-beside.ts';
import type { SlicedWindow } from './sliced-window.ts';

/**
 * The change feed of one entity: windows (c0, c1] by the database cursor, where the detection reads the rows that come, and scans
 * between them, where it has an index, whose long query they do not wait for. c0 becomes c1 only with the acknowledgement of the window's last
 * change (invariant I2).
 */
export class EntityFeed {
  readonly #feed: Feed;
  readonly #source: WindowSource;
  readonly #context: MonitorContext;
  readonly #questions: QuestionsBeside;
  readonly #scanEveryMs: number;
  #cursor: string;
  #begun: SlicedWindow | undefined;
  /** What an earlier process published behind its last checkpoint may not have come again yet. */
  #inDoubt: boolean;
  #pauseMs: number;
  /** After a start nobody knows how much has come meanwhile. */
  #countFirst = true;
  /** When to poll and when to scan, by the clock. */
  #pollAt: number;
  #scanAt: number;
  #scan: ScanBeside | undefined;

  private constructor({ context, questions }: FeedRun, { feed, position, scannedAt }: BegunFeed) {
    this.#feed = feed;
    this.#context = context;
    this.#questions = questions;
    this.#source = { ...feed, signal: context.signal };
    this.#cursor = position.cursor;
    this.#begun = position.window;
    const { config, detection, index } = feed;
    this.#pauseMs = config.pollIntervalMs;
    this.#scanEveryMs = scanIntervalMs(config, detection, position.cursor) ?? Number.POSITIVE_INFINITY;
    this.#inDoubt = detection !== 'reconcile';
    this.#pollAt = detection === 'reconcile' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.#scanAt = index === undefined ? Number.POSITIVE_INFINITY : scannedAt + this.#scanEveryMs;
  }

  /** Begins an entity, or goes on from its checkpoint. @throws KustoSourceError */
  static async *begin(entity: FeedEntity, run: FeedRun): AsyncGenerator<ChangeBatch, EntityFeed, void> {
    return new EntityFeed(run, yield* beginFeed(entity, run));
  }

  get label(): string {
    return this.#feed.config.label;
  }

  /** When it has something to do, by the clock. */
  get due(): number {
    return Math.min(this.#pollAt, this.#scanDue);
  }

  /** Of a scan that was begun: as soon as its question has an answer. */
  get #scanDue(): number {
    if (this.#scan === undefined) return this.#scanAt;
    return this.#scan.isAnswered ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  /**
   * Ends the window that an earlier process began, before anything else: a repair would read at the old cursor, and publish older
   * states over those of the slices that are done (invariant I3).
   */
  async *finishWindow(): AsyncGenerator<ChangeBatch, void, void> {
    const begun = this.#begun;
    if (begun === undefined) return;
    const range = { after: this.#cursor, upTo: begun.upTo };
    const { cursor } = yield* step(this.#source, range, { begun, countFirst: true });
    this.#cursor = cursor;
    this.#begun = undefined;
  }

  /** Between two windows: what bootstraps handed over goes into the index, whether anything is due or not, so that no more is kept twice. */
  async takeHandOvers(): Promise<void> {
    const { index } = this.#feed;
    if (index === undefined) return;
    if (index.journal.pending > 0) await index.journal.fold(index.keys, index.bucketOf);
    else if (index.quiet?.() === true) index.keys.touched.clear();
  }

  /** What else comes between two windows: gaps, and columns that are gone. */
  async *maintain(): AsyncGenerator<ChangeBatch, void, void> {
    const { signal } = this.#context;
    const { gaps, config } = this.#feed;
    if (!isBounded(config)) return;
    if (gaps.due) this.#cursor = (yield* checkFeed(this.#feed, { cursor: this.#cursor }, signal)).cursor;
    // Read at this cursor, older states would be published over those of the window behind it (invariant I3).
    if (!this.#inDoubt) yield* republishDropped(this.#feed, this.#cursor, signal);
  }

  /**
   * What is due: the window up to a cursor of this tick, and then a scan, at the feed's own cursor or, where there are no windows, at a new one.
   * @param ofDatabase the cursor of this tick, which is that of all entities
   * @param began when the tick began, by the clock
   */
  async *tick(
    ofDatabase: () => Promise<string>,
    began: number,
    now: number,
  ): AsyncGenerator<ChangeBatch, void, void> {
    if (this.#pollAt <= now) {
      const { reader } = this.#feed;
      const isOwn = isTimeCursor(this.#cursor);
      yield* this.#poll(isOwn ? await reader.cursor(this.#context.signal) : await ofDatabase(), began);
    }
    if (this.#scanDue <= now) yield* this.#scanOn();
  }

  async *#poll(next: string, began: number): AsyncGenerator<ChangeBatch, void, void> {
    let result: PollResult = 'idle';
    // The same text is the same cursor, and (c, c] is empty. Whether another text is later is not ours to tell.
    if (next !== this.#cursor) {
      const range = { after: this.#cursor, upTo: next };
      const end: StepEnd = yield* step(this.#source, range, { countFirst: this.#countFirst });
      this.#cursor = end.cursor;
      this.#countFirst = end.large;
      result = resultOf(end);
    }
    this.#inDoubt = false;
    this.#pauseMs = pauseAfter(result, this.#pauseMs, this.#feed.config.pollIntervalMs);
    this.#pollAt = began + this.#pauseMs;
  }

  /**
   * Begins a scan, or ends the one whose answer is there. Where everything may have to be published again it is one scan in one part, for which
   * the windows wait: a change of columns, or of what the index stands for.
   */
  async *#scanOn(): AsyncGenerator<ChangeBatch, void, void> {
    const { index, clock, schema } = this.#feed;
    const { signal } = this.#context;
    if (index === undefined) return;
    const begun = this.#scan;
    if (begun === undefined && !schema.mustRepublish) {
      this.#scan = await ScanBeside.begin(this.#feed, index, this.#place, this.#questions, signal);
      return;
    }
    const end = begun === undefined ? 'anew' : yield* begun.end(this.#place, signal);
    this.#scan = undefined;
    this.#cursor = (end === 'anew' ? yield* this.#scanAnew(index) : end).cursor;
    this.#scanAt = clock.now() + this.#scanEveryMs;
  }

  async *#scanAnew(index: EntityIndex): AsyncGenerator<ChangeBatch, { readonly cursor: string }, void> {
    const position = await this.#position();
    const { cursor } = position;
    this.#feed.logger.info('a scan reads everything before the next window', { label: this.label });
    yield* scanFeed(this.#feed, index, position, this.#context.signal, { cursor });
    return { cursor };
  }

  get #place(): FeedPlace {
    return { cursor: this.#cursor, position: () => this.#position() };
  }

  /**
   * Where scans and repairs read. With windows at the feed's own cursor, between two of them: nothing published is then older than what the
   * feed already sent (invariant I3).
   */
  async #position(): Promise<Position> {
    const { detection } = this.#feed;
    const position = await positionOf(this.#feed, this.#context.signal);
    return detection === 'reconcile' ? position : { ...position, cursor: this.#cursor };
  }

  /** Publishes again what broken bootstraps may not have delivered (rule R2). */
  async *republish(settles: readonly string[]): AsyncGenerator<ChangeBatch, void, void> {
    const position = await this.#position();
    const { cursor } = position;
    yield* republish(this.#feed, position, this.#context.signal, { cursor, settles });
    this.#cursor = cursor;
  }

  /** Nothing of these sessions is to be published again: they are settled. */
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
