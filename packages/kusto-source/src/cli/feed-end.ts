import type { ChangePublisher, JsonValue } from '@drasi-kusto/source-sdk';
import { readCheckpoint } from '../feed/checkpoint.ts';
import { grouped } from '../text.ts';

/** A publisher that counts what its receiver took. */
export interface CountingPublisher extends ChangePublisher {
  readonly changes: number;
}

export function counting(publisher: ChangePublisher): CountingPublisher {
  let changes = 0;
  return {
    maxBatchBytes: publisher.maxBatchBytes,
    get changes() {
      return changes;
    },
    publish: async (batch, signal, lastCall) => {
      await publisher.publish(batch, signal, lastCall);
      changes += batch.length;
    },
    close: () => publisher.close(),
  };
}

export interface FeedEnd {
  /** Why it ended: `stopped by SIGINT`, `60 s are over`. */
  readonly why: string;
  readonly changes: number;
  /** The last one stored; undefined before the feed began. */
  readonly checkpoint: JsonValue | undefined;
  /** Where it is kept; undefined where it is gone with the process. */
  readonly state: string | undefined;
}

/** The last line of a feed that was told to end: what it has done, where it stands, and what a new start does. */
export function feedEndLine({ why, changes, checkpoint, state }: FeedEnd): string {
  if (checkpoint === undefined) return `${why} before the feed began: nothing was sent`;
  const sent =
    changes === 0 ? 'no changes came' : `${grouped(changes)} ${changes === 1 ? 'change' : 'changes'} sent`;
  const cursors = cursorsOf(checkpoint);
  const place = cursors.length === 1 ? `, up to the cursor ${cursors[0]}` : '';
  const next =
    state === undefined
      ? 'the position was not kept: with --state DIR the next start would go on from there'
      : `the next start with --state ${state} goes on from there`;
  return `${why}: ${sent}${place}; ${next}`;
}

/** The cursors up to which the entities are published: several where their windows end at different times, none of scans alone. */
function cursorsOf(checkpoint: JsonValue): readonly string[] {
  const cursors = [...readCheckpoint(checkpoint, '').values()].map(({ cursor }) => cursor);
  return [...new Set(cursors.filter((cursor) => cursor !== ''))];
}
