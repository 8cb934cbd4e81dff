import type { StoredEntity } from './source-runner.ts';

/** What ON_GAP says. */
export type OnGap = 'stop' | 'resnapshot';

/**
 * Invariant I10: a feed never goes on behind a gap as if there was none. What it goes on from is the checkpoint, which says what
 * its cursor belongs to: only the one behind a whole comparison may belong to another table, or forget that the policy was off.
 */
export class GapJudge {
  /** The first thing that was wrong. */
  broken: Error | undefined;
  #before: StoredEntity | undefined;
  /** Rows came while the policy was off, and the feed has not ended since. */
  #unseen = false;
  /** Whether the feed ended with `GAP` since the checkpoint took over what it belongs to. */
  #ended = false;

  /** The ingestion-time policy is off, and stays so until a person was told. */
  policyOff(): void {
    this.#unseen = true;
  }

  /** The feed ended with the code `GAP`. */
  ended(): void {
    this.#unseen = false;
    this.#ended = true;
  }

  /**
   * A checkpoint is stored.
   * @param onGap what the configuration in force says
   */
  stored(checkpoint: StoredEntity, onGap: OnGap): void {
    const before = this.#before;
    this.#before = checkpoint;
    if (before === undefined) return;
    const { tableId: was, policyOff: wasOff } = before.origin ?? {};
    const { tableId: is, policyOff: isOff } = checkpoint.origin ?? {};
    const isOther = was !== undefined && is !== was;
    if (!isOther && (wasOff !== true || isOff === true)) return;
    const what = isOther ? `the table ${was} became ${is}` : 'that the policy was off is forgotten';
    if (onGap === 'stop') this.#break(`${what}, and ON_GAP is stop`);
    if (checkpoint.scannedAt === undefined || checkpoint.scannedAt === before.scannedAt)
      this.#break(`${what}, and nothing was published again`);
    if (wasOff === true && !this.#ended) this.#break(`${what}, and the feed never ended`);
    this.#ended = false;
  }

  /**
   * Whether every gap is behind the feed.
   * @param tableId of the table that is there
   */
  isClosed(tableId: string): boolean {
    const { origin } = this.#before ?? {};
    return !this.#unseen && origin?.tableId === tableId && origin.policyOff !== true;
  }

  #break(what: string): void {
    this.broken ??= new Error(`I10: ${what}`);
  }
}
