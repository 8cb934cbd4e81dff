import { KustoError } from '@drasi-kusto/kusto-client';
import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import type { EntityIndex } from '../key-index/entity-index.ts';
import type { Position } from '../query/cursors.ts';
import { beginScan, findBuckets, finishScan, type BegunScan } from '../scan/scan-in-phases.ts';
import type { ComparedDigests } from '../scan/scan.ts';
import type { Feed } from './feed.ts';
import type { Question, QuestionsBeside } from './questions-beside.ts';
import { endOf, logScan, scanSource } from './republish.ts';

/** Where a feed is when it ends a scan. */
export interface FeedPlace {
  /** The feed's own cursor. */
  readonly cursor: string;
  /** Where it reads now. */
  readonly position: () => Promise<Position>;
}

/** A scan of a feed whose windows go on while the service computes its digests (`scan-in-phases.ts`). */
export class ScanBeside {
  readonly #feed: Feed;
  readonly #index: EntityIndex;
  readonly #begun: BegunScan;
  readonly #question: Question<ComparedDigests>;
  /** Where it reads, and the feed's own cursor when it was begun. */
  readonly #at: Position;
  readonly #from: string;

  private constructor(
    feed: Feed,
    index: EntityIndex,
    begun: BegunScan,
    question: Question<ComparedDigests>,
    at: Position,
    from: string,
  ) {
    this.#feed = feed;
    this.#index = index;
    this.#begun = begun;
    this.#question = question;
    this.#at = at;
    this.#from = from;
  }

  /** Between two windows. */
  static async begin(
    feed: Feed,
    index: EntityIndex,
    { cursor: from, position }: FeedPlace,
    questions: QuestionsBeside,
    signal: AbortSignal,
  ): Promise<ScanBeside> {
    const at = await position();
    // What goes on beside the loop is no sign of the loop's life.
    const source = { ...scanSource(feed, index, at, {}), alive: () => undefined };
    const begun = await beginScan(source, signal);
    const question = questions.ask((asking) => findBuckets(source, begun, asking));
    return new ScanBeside(feed, index, begun, question, at, from);
  }

  get isAnswered(): boolean {
    return this.#question.end !== undefined;
  }

  /**
   * Between two windows, once it is answered.
   * @returns where the feed is by then; 'anew' when a scan in one part has to say what there is: columns, keys or policy are others than
   *   when it was begun, or the service refused the question
   * @throws KustoError of the question, when it may go well the next time: nothing was published, and nothing advances (invariant I9)
   */
  async *end(
    { cursor, position }: FeedPlace,
    signal: AbortSignal,
  ): AsyncGenerator<ChangeBatch, { readonly cursor: string } | 'anew', void> {
    const feed = this.#feed;
    const { end } = this.#question;
    if (end === undefined) throw new RangeError('the question has no answer yet');
    if ('error' in end) {
      // Of a table or a column that is not there any more, say: what that means now is told by asking now.
      if (end.error instanceof KustoError && end.error.permanent) return 'anew';
      throw end.error;
    }
    // Values are gone from rows of all buckets (rule R20).
    if (feed.schema.mustRepublish) return 'anew';
    const at = end.value.differing.length > 0 ? await position() : this.#place(cursor);
    const source = scanSource(feed, this.#index, at, () =>
      endOf(feed, { cursor: at.cursor, scannedAt: feed.clock.now() }),
    );
    const scanned = yield* finishScan(source, this.#begun, end.value, signal);
    if (scanned === 'changed') return 'anew';
    logScan(feed, scanned);
    return { cursor: at.cursor };
  }

  /** Without windows the feed is where the scan compared everything, unless it went on by something else. */
  #place(cursor: string): Position {
    return cursor === this.#from ? this.#at : { ...this.#at, cursor };
  }
}
