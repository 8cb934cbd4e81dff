import { onlyEntity, type EntityConfig } from '../config/entity-config.ts';
import { jsonReport } from '../check/json-report.ts';
import { runChecks } from '../check/run-checks.ts';
import { sentence, type CheckFindings, type CheckResult } from '../check/check-run.ts';
import { checkLines, queryLines, summaryLine, type ReportStyle } from '../check/text-report.ts';
import { describeError } from '../describe-error.ts';
import { KustoSourceError } from '../errors.ts';
import { SourceReader } from '../query/source-reader.ts';
import { humanLogger } from '../services/loggers.ts';
import type { CommandContext } from './commands.ts';
import { ChecksFailed, exitCodeOf, exitCodes } from './exit-code.ts';
import { readSourceFile } from './read-source.ts';

/** A person waits: what does not come right soon is told. */
const impatient = { maxAttempts: 3, deadlineMs: 15_000 };
const widestLine = 80;

export interface CheckCommandOptions {
  readonly file: string;
  readonly json: boolean;
}

/**
 * Reads the configuration, asks the service, and writes what it finds to stdout.
 * @throws ChecksFailed with the exit code of the first check that failed
 */
export async function check(context: CommandContext, options: CheckCommandOptions): Promise<void> {
  const { env, signal, stdout } = context;
  const style = styleOf(context);
  const results: CheckResult[] = [];
  const say = (lines: readonly string[]): void => {
    if (!options.json) stdout.write(`${lines.join('\n')}\n`);
  };
  const tell = (result: CheckResult): void => {
    results.push(result);
    say(checkLines(result, style));
  };
  let config: EntityConfig | undefined;
  let findings: CheckFindings = {};
  try {
    config = onlyEntity(await readSourceFile(options.file, env));
    const logger = humanLogger(config.logLevel, context.stderr);
    await using reader = new SourceReader({ config, logger, env, retry: impatient });
    findings = await runChecks({ config, reader, logger, signal, tell, now: () => performance.now() });
  } catch (error) {
    signal.throwIfAborted();
    if (exitCodeOf(error) !== exitCodes.configuration) throw error;
    tell(configurationFailure(error));
  }
  if (config !== undefined && findings.queries !== undefined)
    say(queryLines(findings.queries, config.database));
  say(['', summaryLine(results)]);
  const exitCode = exitCodeOfChecks(results);
  if (options.json) stdout.write(`${jsonReport(config, results, findings, exitCode)}\n`);
  if (exitCode !== exitCodes.done) throw new ChecksFailed(exitCode);
}

function configurationFailure(error: unknown): CheckResult {
  const isQuery = error instanceof KustoSourceError && error.code === 'QUERY';
  return {
    check: isQuery ? 'query' : 'configuration',
    status: 'fail',
    says: sentence(`${describeError(error)}.`),
    advice: 'Nothing was asked of the service: correct this first.',
    error,
  };
}

/** That of the first check that failed; the others follow from it more often than not. */
export function exitCodeOfChecks(results: readonly CheckResult[]): number {
  const failed = results.find((result) => result.status === 'fail');
  if (failed === undefined) return exitCodes.done;
  return failed.error === undefined ? exitCodes.failure : exitCodeOf(failed.error);
}

function styleOf({ stdout, env }: CommandContext): ReportStyle {
  if (stdout.isTTY !== true) return { width: undefined, colour: false };
  // A terminal that does not know its size says 0.
  const width = Math.min(stdout.columns || widestLine, widestLine);
  return { width, colour: (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb' };
}
