import { KustoError, quoteIdentifier, type KustoColumn } from '@drasi-kusto/kusto-client';
import { termsOf } from '../config/terms.ts';
import type { Position } from '../query/cursors.ts';
import { isTimeCursor } from '../query/time-cursor.ts';
import { grouped } from '../text.ts';
import { emptyWindowQueries, policyCommand, undatedQuery } from './check-queries.ts';
import { textCell, type CheckRun } from './check-run.ts';
import type { CheckedDetection } from './detection-checks.ts';

/** Whether the feed will see what arrives: cursors and ingestion times. @throws EndOfChecks */
export async function checkFeed(run: CheckRun): Promise<Position> {
  const position = await checkCursors(run);
  await checkPolicy(run);
  await checkUndatedRows(run);
  return position;
}

async function checkCursors(run: CheckRun): Promise<Position> {
  try {
    const position = await run.reader.position(run.signal);
    run.findings.position = position;
    if (isTimeCursor(position.cursor))
      run.warn(
        'cursors',
        'The service has no database cursors: new rows are told by their ingestion time.',
        'Nothing is to be done: what is committed late is found by scans, which such a source always has.',
      );
    else run.ok('cursors', `The service has database cursors; the one of now is ${position.cursor}.`);
    return position;
  } catch (error) {
    const words = run.wordsOf('cursors', error);
    const cause = error instanceof KustoError && error.code === 'KUSTO_BAD_REQUEST' ? undefined : error;
    return run.end(
      'cursors',
      `The service gives no database cursor: ${words}.`,
      'Old rows are told from new ones by cursors or by ingestion times, and the service gives neither.',
      cause,
    );
  }
}

async function checkPolicy(run: CheckRun): Promise<void> {
  const { table } = run.config;
  const answer = await run.askIfAllowed(policyCommand(run.config));
  const enabled = answer === undefined ? undefined : isEnabled(textCell(answer, 'Policy'));
  if (enabled === true) run.ok('ingestion time', 'The ingestion-time policy is on: new rows are seen.');
  else if (enabled === false)
    run.fail(
      'ingestion time',
      'The ingestion-time policy is off: new rows get no cursor value, and the feed never sees them.',
      `Turn it on: .alter table ${quoteIdentifier(table)} policy ingestiontime true. Rows that came before stay without.`,
    );
  else
    run.warn(
      'ingestion time',
      'The service does not tell whether the ingestion-time policy is on.',
      `The feed sees nothing where it is off: ask an admin for ${policyCommand(run.config)}.`,
    );
}

/** The policy as the service shows it, JSON; one that is not set is off. Undefined for a text that says neither. */
function isEnabled(policy: string | undefined): boolean | undefined {
  if (policy === undefined || policy === 'null') return false;
  try {
    const value: unknown = JSON.parse(policy);
    if (typeof value !== 'object' || value === null || !('IsEnabled' in value)) return undefined;
    return typeof value.IsEnabled === 'boolean' ? value.IsEnabled : undefined;
  } catch {
    return undefined;
  }
}

async function checkUndatedRows(run: CheckRun): Promise<void> {
  let rows: number;
  try {
    rows = Number(textCell(await run.ask(undatedQuery(run.config)), 'Rows') ?? 0);
  } catch (error) {
    const words = run.wordsOf('undated rows', error);
    run.warn(
      'undated rows',
      `Rows without an ingestion time could not be counted: ${words}.`,
      'There may be rows that are in a bootstrap and never in the feed.',
    );
    return;
  }
  run.findings.undatedRows = rows;
  if (rows === 0) run.ok('undated rows', 'Every row has an ingestion time.');
  else
    run.warn(
      'undated rows',
      `${rows === 1 ? 'One row has' : `${grouped(rows)} rows have`} no ingestion time: taken in while the policy was off.`,
      run.config.bootstrapWindow === undefined
        ? 'They are in every bootstrap and never in the feed: nothing is to be done unless you need them as changes.'
        : 'With BOOTSTRAP_WINDOW they are in no bootstrap, nor in the feed: leave it out if you need them.',
    );
}

/** Whether the service takes the texts of a window. @throws EndOfChecks */
export async function checkWindow(
  run: CheckRun,
  checked: CheckedDetection,
  columns: readonly KustoColumn[],
  at: Position,
): Promise<void> {
  try {
    for (const text of emptyWindowQueries(checked, columns, at)) await run.ask(text);
    run.ok('window', 'The service takes the queries of a window and of a slice.');
  } catch (error) {
    const words = run.wordsOf('window', error);
    run.fail(
      'window',
      `The service refuses the query of a window: ${words}.`,
      `The feed cannot read: try the KQL of a window by hand, and simplify ${termsOf(run.config).query}.`,
      error,
    );
  }
}
