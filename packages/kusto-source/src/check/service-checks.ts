import { KustoError } from '@drasi-kusto/kusto-client';
import { adviceForCredential, adviceForDenied, adviceForUnreachable } from '../advice.ts';
import { didYouMean } from '../config/nearest.ts';
import { describeError } from '../describe-error.ts';
import { KustoSourceError } from '../errors.ts';
import { identityQueries, reachableQuery } from './check-queries.ts';
import { textCell, textColumn, type CheckRun } from './check-run.ts';

/** A person waits: an address that does not answer has to be told within a minute. */
const firstAnswerMs = 40_000;

/** Whether the service answers, to whom, and has the database. @throws EndOfChecks */
export async function checkService(run: CheckRun): Promise<void> {
  const { config, reader, signal } = run;
  const began = run.now();
  try {
    await reader.firstAnswer((inTime) => reader.ask(reachableQuery, inTime), signal, firstAnswerMs);
  } catch (error) {
    await explainFirstFailure(run, error);
  }
  const answerMs = run.now() - began;
  run.findings.answerMs = Math.round(answerMs);
  run.ok(
    'reachable',
    `${config.connection.uri} answered in ${(answerMs / 1000).toFixed(2)} s, signing in included.`,
  );
  await tellIdentity(run);
  run.ok('database', `The database ${config.database} is there and may be queried.`);
}

async function explainFirstFailure(run: CheckRun, failure: unknown): Promise<never> {
  const { config, signal } = run;
  // What the reader says of a missing database is meant for other commands: here the service's own word is looked at.
  const error = failure instanceof KustoSourceError ? (failure.cause ?? failure) : failure;
  signal.throwIfAborted();
  const words = describeError(error);
  const { uri } = config.connection;
  if (!(error instanceof KustoError))
    return run.end('reachable', `Asking failed: ${words}.`, 'This is unexpected: please report it.', error);
  if (error.code === 'KUSTO_CREDENTIAL')
    return run.end('identity', `Nobody could be signed in: ${words}.`, adviceForCredential, error);
  if (error.retryClass === 'denied') {
    run.ok('reachable', `${uri} answers.`);
    return run.end('identity', `It does not let this identity in: ${words}.`, adviceForDenied, error);
  }
  // A Kusto endpoint says what it refuses by a code; an address that merely speaks HTTP does not.
  if (error.code === 'KUSTO_BAD_REQUEST' && error.kustoCode !== undefined) {
    run.ok('reachable', `${uri} answers.`);
    const names = textColumn(await run.askIfAllowed('.show databases'), 'DatabaseName');
    return run.end(
      'database',
      `The database ${config.database} cannot be queried: ${words}.`,
      `Correct KUSTO_DATABASE (names are case-sensitive)${didYouMean(config.database, names) || '.'}`,
      error,
    );
  }
  return run.end(
    'reachable',
    `${uri} gave no usable answer: ${words}.`,
    error.retryClass === 'unreachable'
      ? adviceForUnreachable
      : error.permanent
        ? 'Check that KUSTO_URI is the address for queries (https://NAME.REGION.kusto.windows.net).'
        : 'The service is busy or failing: try again later.',
    error,
  );
}

/** Silent where the service does not tell: not every one knows these functions. */
async function tellIdentity(run: CheckRun): Promise<void> {
  for (const text of identityQueries) {
    const answer = await run.askIfAllowed(text);
    const identity = textCell(answer, 'Identity');
    if (identity === undefined) continue;
    const name = textCell(answer, 'Name');
    run.findings.identity = identity;
    run.ok('identity', `Signed in as ${name === undefined ? '' : `${name}, `}${identity}.`);
    return;
  }
}
