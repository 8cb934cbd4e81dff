import type { Logger } from '@drasi-kusto/kusto-client';
import { entityName, type Detection, type EntityConfig } from '../config/entity-config.ts';
import { termsOf } from '../config/terms.ts';
import { RowKernel } from '../element/row-kernel.ts';
import { KustoSourceError } from '../errors.ts';
import { chooseDetection, dependsOnKeys, explainDetection, knowledgeOf } from '../query/detection.ts';
import type { SnapshotProgress } from './progress.ts';
import { readSlice, type SliceEnd, type SliceRows, type SliceSource } from './read-slice.ts';
import { ReaderWatch } from './reader-watch.ts';
import { SentIds } from './sent-ids.ts';
import { planSlices, type SliceLimits } from './slice-plan.ts';
import type { SlicePermits } from './slice-permits.ts';
import { halves, maxHalvings, tooLarge, type Slice } from './slice.ts';
import { keysOf, measureSnapshot, type SnapshotSize } from './snapshot-size.ts';

export interface SnapshotOptions extends Omit<SliceSource, 'fold' | 'kernel' | 'detection'> {
  /** By default chosen by the query and its keys. */
  readonly detection?: Detection | undefined;
  readonly limits: SliceLimits;
  /** Shared by all snapshots of the process. */
  readonly permits: SlicePermits;
  readonly onProgress?: (progress: SnapshotProgress) => void;
}

interface Task {
  readonly slice: Slice;
  readonly sent: SentIds;
  readonly halvings: number;
}

interface Running {
  readonly task: Task;
  readonly rows: AsyncGenerator<SliceRows, SliceEnd, void>;
  readonly release: () => void;
}

interface Step {
  readonly running: Running;
  readonly result: IteratorResult<SliceRows, SliceEnd>;
}

/**
 * All rows of a range, one a key, in no order: read in slices that stay under the service's limits, as many at a time as there are permits. A slice
 * that meets a limit is read as its halves, one that breaks is read again; no id is given out twice (rule R5).
 * At most one batch a slice is held: a consumer that waits stops the reading. Slices are taken behind the query, by the key: every query can be
 * sliced.
 * @throws KustoError when a slice cannot be completed: what was given out is then not the whole
 * @throws KustoSourceError KEY_NOT_UNIQUE when a query that is not row-local has a key in several rows, of which none is the newest
 */
export async function* readSnapshot(options: SnapshotOptions): AsyncGenerator<SliceRows, void, void> {
  const { logger, limits, clock } = options;
  const { size, detection } = await measured(options);
  const slices = planSlices(size, limits);
  logger.info('reading what is there', { ...size, slices: slices.length });
  checkUnique(options.config, size);
  const abort = new AbortController();
  const signal = AbortSignal.any([options.signal, abort.signal]);
  const source: SliceSource = { ...options, detection, fold: size.fold, kernel: new RowKernel(), signal };
  const waiting: Task[] = slices.map((slice) => ({ slice, sent: new SentIds(), halvings: 0 }));
  const progress = {
    rows: 0,
    expectedRows: size.rows,
    slicesDone: 0,
    slices: slices.length,
    startedAt: clock.now(),
  };
  const report = (): void => options.onProgress?.({ ...progress, now: clock.now() });
  const permits = options.permits.holder();
  const watch = new ReaderWatch(permits, clock, signal);
  const steps = new Map<Running | 'permit', Promise<Step | Running>>();
  /** The slice whose batch the reader holds: it is in no step then, and has to be ended too when the reader leaves. */
  let atReader: Running | undefined;
  const ask = (): void => {
    if (waiting.length > 0 && !steps.has('permit')) steps.set('permit', start(permits.acquire(signal)));
  };
  async function start(permit: Promise<() => void>): Promise<Running> {
    const release = await permit;
    const task = waiting.shift() as Task;
    return { task, rows: readSlice(source, task.slice, task.sent), release };
  }
  report();
  try {
    for (ask(); steps.size > 0; ask()) {
      const event = await Promise.race(steps.values());
      if (!('result' in event)) {
        steps.delete('permit');
        steps.set(event, step(event));
        continue;
      }
      const { running, result } = event;
      // Set anew behind the others, so that the race serves all slices in turn.
      steps.delete(running);
      if (result.done === true) {
        running.release();
        if (result.value === 'too_large') {
          const parts = divide(running.task, logger);
          // Slices of one size are alike: the others would be read up to the limit as well, in vain.
          const rest = waiting
            .splice(0)
            .flatMap((task) => (isLike(task, running.task) ? halved(task) : task));
          waiting.push(...parts, ...rest);
          progress.slices = progress.slicesDone + waiting.length + runningSlices(steps);
        } else progress.slicesDone += 1;
        report();
        continue;
      }
      const { sent } = running.task;
      const before = sent.count;
      atReader = running;
      watch.given();
      try {
        yield result.value;
      } finally {
        watch.taken();
      }
      progress.rows += sent.count - before;
      report();
      steps.set(running, step(running));
      atReader = undefined;
    }
  } finally {
    abort.abort(new Error('the snapshot was left'));
    await Promise.all([settle(steps), atReader === undefined ? undefined : end(atReader)]);
  }
}

/** What there is to read, as the detection reads it: for latest, a row that fails the filter counts as the newest of its key. */
async function measured({
  reader,
  range,
  logger,
  signal,
  config,
  detection,
}: SnapshotOptions): Promise<{ readonly size: SnapshotSize; readonly detection: Detection }> {
  // Before the filters where the choice depends on it: a key of which one version passes and another does not is repeated.
  const over =
    detection ?? (dependsOnKeys(config) && config.query.notForLatest === undefined ? 'latest' : 'append');
  const size = await measureSnapshot(reader, range, logger, signal, over);
  if (detection !== undefined) return { size, detection };
  const choice = chooseDetection(config, dependsOnKeys(config) ? knowledgeOf(size) : keysOf(size));
  logger.info(explainDetection(choice));
  const isMeasured = (choice.detection === 'latest') === (over === 'latest');
  return {
    size: isMeasured ? size : await measureSnapshot(reader, range, logger, signal, choice.detection),
    detection: choice.detection,
  };
}

function checkUnique(config: EntityConfig, { mostOfOneKey = 1 }: SnapshotSize): void {
  if (config.query.notRowLocal === undefined || mostOfOneKey <= 1) return;
  throw new KustoSourceError(
    'KEY_NOT_UNIQUE',
    `a key of ${entityName(config)} is in ${mostOfOneKey} rows of the query: ${termsOf(config).key} has to name columns that tell all its rows apart`,
  );
}

async function step(running: Running): Promise<Step> {
  return { running, result: await running.rows.next() };
}

/** Ends every slice under way and gives its permit back. */
async function settle(steps: Map<Running | 'permit', Promise<Step | Running>>): Promise<void> {
  const ended = [...steps].map(async ([key, pending]) => {
    const event = await pending.catch(() => undefined);
    const running = key === 'permit' ? event : key;
    if (running === undefined || 'result' in running) return;
    await end(running);
  });
  await Promise.all(ended);
}

async function end(running: Running): Promise<void> {
  await running.rows.return('done').catch(() => undefined);
  running.release();
}

function divide(task: Task, logger: Logger): readonly Task[] {
  if (task.halvings >= maxHalvings) throw tooLarge(task.slice);
  const { modulus, index } = task.slice;
  logger.info('a slice is too large and is read as its halves', { modulus, index, sent: task.sent.count });
  return halved(task);
}

/** Of the same size, and not begun. */
function isLike(task: Task, other: Task): boolean {
  return task.slice.modulus === other.slice.modulus && task.halvings < maxHalvings;
}

function runningSlices(steps: ReadonlyMap<Running | 'permit', unknown>): number {
  return steps.size - (steps.has('permit') ? 1 : 0);
}

function halved(task: Task): readonly Task[] {
  // What the slice sent before it met the limit is not sent again by its halves.
  task.sent.retry();
  return halves(task.slice).map((slice) => ({
    slice,
    sent: new SentIds(task.sent),
    halvings: task.halvings + 1,
  }));
}
