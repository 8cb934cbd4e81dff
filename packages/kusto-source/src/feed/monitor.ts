import { KustoError } from '@drasi-kusto/kusto-client';
import {
  FatalSourceError,
  type ChangeBatch,
  type Clock,
  type Logger,
  type Monitor,
  type MonitorContext,
} from '@drasi-kusto/source-sdk';
import { entityName } from '../config/entity-config.ts';
import { entityLogger } from '../entity-logger.ts';
import { KustoSourceError } from '../errors.ts';
import type { SourceIndexes } from '../key-index/source-indexes.ts';
import { checkEnds } from './check-ends.ts';
import { CheckpointBook } from './checkpoint-book.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { FeedRun } from './begin-feed.ts';
import { EntityFeed } from './entity-feed.ts';
import { QuestionsBeside } from './questions-beside.ts';
import { dropRemovedEntities } from './removed-entities.ts';
import type { FeedEntity } from './feed.ts';

export interface MonitorOptions {
  /** All of one database. */
  readonly entities: readonly FeedEntity[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where an entity begins without a checkpoint: with every row its query returns, or after them. */
  readonly from: 'beginning' | 'now';
  /** Where the key indexes are kept: needed by entities that publish deletes. */
  readonly indexes?: SourceIndexes | undefined;
}

/**
 * The change feed of a source. Its entities take turns, one query in flight, and beside it the digests of one scan at most, which no window waits
 * for; one look at the database's cursor serves all that are due.
 * How soon an entity is asked again follows what came (`poll-pace.ts`).
 */
export function createMonitor(options: MonitorOptions): Monitor {
  const told = new Set<string>();
  return async function* monitor(context) {
    try {
      yield* follow(options, context, told);
    } catch (error) {
      if (context.signal.aborted) return;
      throw asFatal(error);
    }
  };
}

async function* follow(
  { entities, ...options }: MonitorOptions,
  context: MonitorContext,
  told: Set<string>,
): AsyncGenerator<ChangeBatch, void, void> {
  const [first] = entities;
  if (first === undefined) throw new RangeError('a monitor needs an entity');
  const { signal, checkpoint } = context;
  const book = new CheckpointBook(
    checkpoint === undefined ? undefined : readCheckpoint(checkpoint, entityName(first.config)),
  );
  await using questions = new QuestionsBeside();
  const run: FeedRun = { ...options, book, told, context, questions };
  await checkEnds(entities, signal);
  const feeds: EntityFeed[] = [];
  for (const entity of entities) {
    const logger = entityLogger(options.logger, entity.config, entities.length);
    feeds.push(yield* EntityFeed.begin(entity, { ...run, logger }));
  }
  for (const feed of feeds) yield* feed.finishWindow();
  if (options.indexes !== undefined) {
    const configs = entities.map(({ config }) => config);
    yield* dropRemovedEntities({ ...options, indexes: options.indexes, entities: configs, book });
  }
  for (let slept = false; ;) {
    const began = options.clock.now();
    // A timer may end a little early. At the start nothing is due before its time: a scan is not made at every restart.
    const now = slept ? Math.max(began, nextDue(feeds)) : began;
    const due = feeds.filter((feed) => feed.due <= now);
    for (const feed of feeds) await feed.takeHandOvers();
    for (const feed of due) yield* feed.maintain();
    let cursor: Promise<string> | undefined;
    const ofDatabase = (): Promise<string> => (cursor ??= first.reader.cursor(signal));
    for (const feed of due) yield* feed.tick(ofDatabase, began, now);
    // Behind the first windows: what an earlier process published beyond its checkpoint comes again with them, and a repair before them
    // would publish older states over it (invariant I3).
    yield* repairSessions(feeds, context, options.logger);
    const rest = nextDue(feeds) - options.clock.now();
    slept = rest > 0 && rest <= longestSleepMs;
    // An answer that ends it early is due before everything, so that nothing else is taken for due.
    if (rest > 0) await context.sleep(Math.min(rest, longestSleepMs), questions.nextEnd());
  }
}

/** A bootstrap that broke is repaired this late at worst, however rare polls and scans are: a look that asks nobody. */
const longestSleepMs = 10_000;

const nextDue = (feeds: readonly EntityFeed[]): number => Math.min(...feeds.map(({ due }) => due));

/** Bootstraps that broke: each entity they read publishes its rows again, and the last of them settles the sessions. */
async function* repairSessions(
  feeds: readonly EntityFeed[],
  context: MonitorContext,
  logger: Logger,
): AsyncGenerator<ChangeBatch, void, void> {
  const sessions = context.abandonedSessions();
  const [any] = feeds;
  if (sessions.length === 0 || any === undefined) return;
  const settles = sessions.map(({ id }) => id);
  logger.warn('a bootstrap broke: its rows are published again', { sessions: settles });
  const labels = new Set(sessions.flatMap((session) => session.labels));
  const broken = feeds.filter(({ label }) => labels.has(label));
  for (const feed of broken.slice(0, -1)) yield* feed.republish([]);
  const last = broken.at(-1);
  if (last === undefined) yield any.settle(sessions);
  else yield* last.republish(settles);
}

/** What a repetition cannot mend stops the process with its message; everything else starts the monitor again. */
function asFatal(error: unknown): unknown {
  if (error instanceof KustoError && error.permanent)
    return new FatalSourceError(error.code, error.message, { cause: error });
  if (error instanceof KustoSourceError)
    return new FatalSourceError(error.code, error.message, { cause: error });
  return error;
}
