import type { Detection } from '../config/entity-config.ts';
import { termsOf } from '../config/terms.ts';
import { KustoSourceError } from '../errors.ts';
import type { Position } from '../query/cursors.ts';
import { bootstrapRange } from '../snapshot/bootstrap.ts';
import { defaultSliceLimits, planSlices, slicesNeeded } from '../snapshot/slice-plan.ts';
import { measureRowBytes, measureSnapshot, type SnapshotSize } from '../snapshot/snapshot-size.ts';
import { grouped } from '../text.ts';
import type { CheckRun } from './check-run.ts';

export interface CheckedSnapshot {
  readonly size: SnapshotSize;
  readonly slices: number;
}

/** What a bootstrap would read: rows, keys, and the slices they take. Undefined when it could not be told. */
export async function checkSnapshot(
  run: CheckRun,
  at: Position,
  detection: Detection = 'append',
): Promise<CheckedSnapshot | undefined> {
  const { config, reader, logger, signal, findings } = run;
  const range = bootstrapRange(config, at);
  let size: SnapshotSize;
  try {
    size = await measureSnapshot(reader, range, logger, signal, detection);
  } catch (error) {
    const words = run.wordsOf('keys', error);
    const advice = `A bootstrap begins by counting, and would fail as well: narrow ${termsOf(run.config).query}.`;
    run.fail('keys', `The rows could not be counted: ${words}.`, advice, error);
    return undefined;
  }
  findings.rows = size.rows;
  if (size.mostOfOneKey !== undefined) findings.mostOfOneKey = size.mostOfOneKey;
  if (!tellKeys(run, size, detection)) return undefined;
  const limits = { ...defaultSliceLimits, rows: config.sliceRows };
  const slices = planSlices(size, limits).length;
  findings.slices = slices;
  // Of a small table a bootstrap does not ask for the bytes: they are told, and play no part in the plan.
  const rowBytes =
    size.rowBytes ?? (size.rows > 0 ? await measureRowBytes(reader, range, logger, signal) : undefined);
  if (rowBytes !== undefined) findings.rowBytes = Math.round(rowBytes);
  const weight = rowBytes === undefined ? '' : ` of about ${grouped(Math.round(rowBytes))} bytes`;
  const what = `${grouped(size.rows)} ${size.rows === 1 ? 'row' : 'rows'}${weight}`;
  const { byRows, byBytes } = slicesNeeded(size, limits);
  const megabytes = limits.bytes / 1024 / 1024;
  const why =
    slices === 1
      ? `one query is enough for up to ${grouped(limits.rows)} rows (SLICE_ROWS) and ${megabytes} MB`
      : byRows >= byBytes
        ? `each takes up to ${grouped(limits.rows)} rows (SLICE_ROWS)`
        : `each takes up to ${megabytes} MB, half of what the service allows a result`;
  const together = Math.min(slices, config.sliceParallelism);
  const pace = slices === 1 ? '' : `, ${together} at a time (SLICE_PARALLELISM)`;
  run.ok(
    'slices',
    `A bootstrap reads ${what} in ${grouped(slices)} ${slices === 1 ? 'slice' : 'slices'}${pace}: ${why}.`,
  );
  return { size, slices };
}

/** Whether a bootstrap can be read. */
function tellKeys(run: CheckRun, { rows, mostOfOneKey }: SnapshotSize, detection: Detection): boolean {
  const key = run.config.primaryKey.join(',');
  if (rows === 0)
    run.warn(
      'keys',
      'The query gives no rows now.',
      run.config.bootstrapWindow === undefined
        ? `That is right for a table that is still empty; otherwise check ${termsOf(run.config).query}.`
        : `Check ${termsOf(run.config).query} and BOOTSTRAP_WINDOW unless nothing came in that time.`,
    );
  else if (mostOfOneKey === undefined)
    run.warn(
      'keys',
      `The ${grouped(rows)} rows have too many keys to be grouped at once: whether ${key} is unique is not known.`,
      'Every slice of a bootstrap is folded to the newest row of a key, which costs the service more.',
    );
  else if (mostOfOneKey > 1 && run.config.query.notRowLocal !== undefined) {
    run.fail(
      'keys',
      `${key} repeats: one key has ${grouped(mostOfOneKey)} of the ${grouped(rows)} rows, and none of them is the newest.`,
      `Add columns to ${termsOf(run.config).key}, or let the query return one row a key, as summarize arg_max(…) by ${key} does.`,
      new KustoSourceError('KEY_NOT_UNIQUE', `${key} is not unique`),
    );
    return false;
  } else if (mostOfOneKey > 1 && detection === 'latest')
    run.ok(
      'keys',
      `${key} repeats, as it may with latest detection: one key has ${grouped(mostOfOneKey)} of the ${grouped(rows)} rows, and the newest by ${run.config.versionColumn ?? 'ingestion time'} is its element.`,
    );
  else if (mostOfOneKey > 1)
    run.warn(
      'keys',
      `${key} repeats: one key has ${grouped(mostOfOneKey)} of the ${grouped(rows)} rows.`,
      `Only the newest row of a key is its element, by ingestion time. Add a column to ${termsOf(run.config).key} if each row should be one.`,
    );
  else run.ok('keys', `${key} is unique: ${grouped(rows)} rows, and no key twice.`);
  return true;
}
