import { isBounded } from '../feed/feed.ts';
import type { Position } from '../query/cursors.ts';
import { queriesOf } from './check-queries.ts';
import { CheckRun, EndOfChecks, type CheckFindings, type CheckOptions } from './check-run.ts';
import { checkDetection } from './detection-checks.ts';
import { checkFeed, checkWindow } from './feed-checks.ts';
import { checkScan } from './scan-checks.ts';
import { checkService } from './service-checks.ts';
import { checkSnapshot } from './snapshot-checks.ts';
import { checkTable } from './table-checks.ts';

/**
 * Asks the service everything a source needs of it, from the address to the slices of a bootstrap, and tells each result as it
 * comes. Nothing is changed anywhere. A failed check that leaves nothing to be asked ends the rest.
 * @throws only when told to stop, or for a defect of this program: what the service answers becomes a result
 */
export async function runChecks(options: CheckOptions): Promise<CheckFindings> {
  const run = new CheckRun(options);
  try {
    tellConfiguration(run);
    await checkService(run);
    const columns = await checkTable(run);
    // A query that is not row-local has no windows: everything is read, whatever the cursor.
    const bounded = isBounded(run.config);
    const from = bounded ? await checkFeed(run) : nowhere;
    const checked = await checkDetection(run, from);
    if (checked.detection !== 'reconcile') await checkWindow(run, checked, columns, from);
    const snapshot = await checkSnapshot(run, from, checked.detection);
    if (snapshot !== undefined) {
      const { slices, size } = snapshot;
      const buckets = await checkScan(run, checked, columns, from, size.rows);
      const at = { from, to: bounded ? await positionNow(run) : nowhere };
      run.findings.queries = queriesOf(checked, columns, at, { slices, fold: size.fold, buckets });
    }
  } catch (error) {
    if (!(error instanceof EndOfChecks)) throw error;
  }
  return run.findings;
}

async function positionNow(run: CheckRun): Promise<Position> {
  try {
    return await run.reader.position(run.signal);
  } catch (error) {
    const words = run.wordsOf('cursors', error);
    return run.end(
      'cursors',
      `The service gave a cursor once, and then none: ${words}.`,
      'Try again.',
      error,
    );
  }
}

function tellConfiguration(run: CheckRun): void {
  const { warnings, sourceId } = run.config;
  for (const warning of warnings) run.warn('configuration', `${warning}.`, 'The source starts nevertheless.');
  if (warnings.length === 0)
    run.ok('configuration', `The Source ${sourceId} is well-formed, and so are its properties.`);
}

/** Of queries that no cursor bounds. */
const nowhere: Position = { cursor: '', now: '' };
