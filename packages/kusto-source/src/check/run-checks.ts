import { chooseDetection, explainDetection } from '../query/detection.ts';
import type { Position } from '../query/source-reader.ts';
import { keysOf } from '../snapshot/snapshot-size.ts';
import { queriesOf } from './check-queries.ts';
import { CheckRun, EndOfChecks, type CheckFindings, type CheckOptions } from './check-run.ts';
import { checkFeed } from './feed-checks.ts';
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
    const from = await checkFeed(run, columns);
    const snapshot = await checkSnapshot(run, from);
    tellDetection(run, snapshot === undefined ? 'unknown' : keysOf(snapshot.size));
    if (snapshot !== undefined) {
      const { slices, size } = snapshot;
      const to = await positionNow(run);
      run.findings.queries = queriesOf(run.config, columns, { from, to }, { slices, fold: size.fold });
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

function tellDetection(run: CheckRun, keys: Parameters<typeof chooseDetection>[1]): void {
  const choice = chooseDetection(run.config, keys);
  run.findings.detection = choice;
  const text = explainDetection(choice);
  run.ok('detection', `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`);
}
