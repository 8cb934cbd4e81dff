import assert from 'node:assert/strict';
import type { KustoRequest, RequestKind } from '../kusto-request.ts';
import type { Invariant, RunEvent, StoredCheckpoint } from './invariant.ts';

const ofWindows: ReadonlySet<RequestKind> = new Set(['window rows', 'window size']);
const ofEverything: ReadonlySet<RequestKind> = new Set([
  'digest',
  'hashes',
  'scan rows',
  're-check',
  'snapshot rows',
]);

/** I6: where the feed begins is stored before a window or a bootstrap is read, and the feed needs no bootstrap for that. */
export class BeginsWithTheProcess implements Invariant {
  readonly name = 'I6';
  #stored = false;

  take(event: RunEvent): void {
    if (event.what === 'checkpoint ends') this.#stored = true;
    if (event.what !== 'request begins' || this.#stored) return;
    const { service, kind } = event.request;
    assert.ok(!ofWindows.has(kind), 'a window is read, and where the feed begins is not stored');
    assert.ok(
      service === 'feed' || kind !== 'snapshot rows',
      'a bootstrap is read, and where the feed begins is not stored',
    );
  }
}

/** I7: a feed has one query for rows in flight, and beside it the digests of one scan; of two processes the later one publishes. */
export class OneInFlight implements Invariant {
  readonly name = 'I7';
  readonly #flying = new Map<number, readonly KustoRequest[]>();
  #publisher = 0;

  take(event: RunEvent, life: number): void {
    switch (event.what) {
      case 'publish begins':
        assert.ok(life >= this.#publisher, `life ${life} publishes after life ${this.#publisher} has`);
        this.#publisher = life;
        break;
      case 'request begins': {
        const { request } = event;
        if (!isOfFeed(request)) break;
        const others = this.#flying.get(life) ?? [];
        const all = [...others, request];
        this.#flying.set(life, all);
        // Of digests it is not told whether they are asked for beside the loop. What is published again without an index is a snapshot, whose
        // slices are read side by side: they are one question.
        const snapshots = all.filter(({ kind }) => kind === 'snapshot rows').slice(1);
        const ofLoop = all.filter((each) => each.kind !== 'digest' && !snapshots.includes(each));
        const kinds = others.map(({ kind }) => kind).join(' and ');
        assert.ok(
          ofLoop.length < 2 && all.length - snapshots.length < 3,
          `${request.kind} are asked for, and ${kinds} have not come`,
        );
        break;
      }
      case 'request ends':
        this.#flying.set(
          life,
          (this.#flying.get(life) ?? []).filter((each) => each !== event.request),
        );
        break;
      default:
    }
  }
}

/** Whether the feed asks for rows, or for what they come to. */
export const isOfFeed = ({ service, kind }: KustoRequest): boolean =>
  service === 'feed' && (ofWindows.has(kind) || ofEverything.has(kind));

/**
 * I9: an answer that broke advances nothing. A checkpoint at the end of a window, or of a complete scan, comes only when whatever of it broke
 * was read whole since, by the same question or, where the feed began anew, by another one.
 */
export class WholeAnswers implements Invariant {
  readonly name = 'I9';
  /** Texts of questions, by the end of the window; a feed that began anew owes any of them. */
  readonly #windows = new Map<string, Set<string>>();
  readonly #scan = new Set<string>();
  readonly #several: boolean;
  #before: StoredCheckpoint['entities'] = {};

  /** @param several there are several entities: the digests of one may break while the scan of another ends */
  constructor(several: boolean) {
    this.#several = several;
  }

  take(event: RunEvent): void {
    switch (event.what) {
      case 'life begins':
        this.#windows.clear();
        this.#scan.clear();
        break;
      case 'request begins':
        if (event.request.service === 'feed' && event.request.kind === 'schema') this.#beginAnew();
        break;
      case 'request ends':
        if (isOfFeed(event.request)) this.#ended(event.request, event.whole);
        break;
      case 'checkpoint begins':
        this.#advances(event.checkpoint.entities);
        break;
      default:
    }
  }

  #beginAnew(): void {
    for (const texts of [...this.#windows.values(), this.#scan])
      if (texts.size > 0) {
        texts.clear();
        texts.add(anyText);
      }
  }

  #ended({ kind, text, upTo = '' }: KustoRequest, whole: boolean): void {
    // Whose digests these are is not told.
    if (kind === 'digest' && this.#several && !whole) return;
    const ofWindow = ofWindows.has(kind);
    // What reads everything reads the window as well.
    if (!ofWindow && whole) this.#windows.delete(upTo);
    const broken = ofWindow ? (this.#windows.get(upTo) ?? new Set()) : this.#scan;
    if (ofWindow) this.#windows.set(upTo, broken);
    if (whole) {
      broken.delete(text);
      broken.delete(anyText);
    } else broken.add(text);
  }

  #advances(entities: StoredCheckpoint['entities']): void {
    const before = this.#before;
    this.#before = entities;
    for (const [name, { cursor, scannedAt }] of Object.entries(entities)) {
      const { cursor: from, scannedAt: last } = before[name] ?? {};
      const broken = this.#windows.get(cursor)?.size ?? 0;
      assert.ok(
        cursor === from || broken === 0,
        `${name} moves to ${cursor}, and of that window an answer broke`,
      );
      assert.ok(
        scannedAt === last || this.#scan.size === 0,
        `the scan of ${name} counts as complete, and an answer of it broke`,
      );
    }
  }
}

const anyText = '(any)';
