import { KustoError } from '@drasi-kusto/kusto-client';
import type { EntityConfig, SourceConfig } from '../config/entity-config.ts';
import { jsonReport, jsonReportOfEntities, type EntityReport } from '../check/json-report.ts';
import { runChecks } from '../check/run-checks.ts';
import { sentence, type CheckResult } from '../check/check-run.ts';
import { checkLines, queryLines, summaryLine, type ReportStyle } from '../check/text-report.ts';
import { describeError } from '../describe-error.ts';
import { KustoSourceError } from '../errors.ts';
import { endProblems } from '../query/end-types.ts';
import { SourceReader } from '../query/source-reader.ts';
import { openLogger } from '../services/loggers.ts';
import { oneLine } from '../text.ts';
import { hasColour } from '../terminal.ts';
import type { CommandContext } from './commands.ts';
import { AlreadyTold, exitCodeOf, exitCodes } from './exit-code.ts';
import { readSourceFile } from './read-source.ts';

/** A person waits: what does not come right soon is told. */
const impatient = { maxAttempts: 3, deadlineMs: 15_000 };
const widestLine = 80;

export interface CheckCommandOptions {
  readonly file: string;
  readonly json: boolean;
  /** Behind the verdict, the queries that will run. JSON has them always. */
  readonly kql: boolean;
}

/**
 * Reads the configuration, asks the service, and writes what it finds to stdout.
 * @throws AlreadyTold with the exit code of the first check that failed
 */
export async function check(context: CommandContext, options: CheckCommandOptions): Promise<void> {
  const { env, signal, stdout } = context;
  const style = styleOf(context);
  const say = (lines: readonly string[]): void => {
    if (!options.json) stdout.write(`${lines.join('\n')}\n`);
  };
  /** Of the source as a whole. */
  const results: CheckResult[] = [];
  const tell = (result: CheckResult): void => {
    results.push(result);
    say(checkLines(result, style));
  };
  const reports: EntityReport[] = [];
  let source: SourceConfig | undefined;
  try {
    source = await readSourceFile(options.file, env);
    const logger = openLogger({ ...context, level: source.logLevel, service: 'check' });
    const several = source.entities.length > 1;
    for (const entity of source.entities) {
      const own: CheckResult[] = [];
      const isFirst = reports.length === 0;
      // Warnings are those of the file, and are told once.
      const config = { ...entity, warnings: isFirst ? source.warnings : [] };
      let headed = !several;
      const tellOwn = (result: CheckResult): void => {
        own.push(result);
        if (!headed && isOfAll(result, isFirst)) {
          if (isFirst) say(checkLines(result, style));
          return;
        }
        if (!headed) say(['', headingOf(config)]);
        headed = true;
        say(checkLines(result, style));
      };
      await using reader = new SourceReader({ config, logger, env, retry: impatient });
      const now = (): number => performance.now();
      const findings = await runChecks({ config, reader, logger, signal, tell: tellOwn, now });
      reports.push({ config, results: own, findings });
      // Where the service cannot be asked, the next entity cannot ask it either.
      if (own.some(({ error }) => isGone(error))) break;
    }
    if (several) tellEnds(reports, { say, tell });
    if (source.deleteLimit !== undefined && scansNowhere(reports)) tell(idleDeleteLimit);
  } catch (error) {
    signal.throwIfAborted();
    if (exitCodeOf(error) !== exitCodes.configuration) throw error;
    tell(configurationFailure(error));
  }
  const all = [...reports.flatMap((report) => report.results), ...results];
  say(['', summaryLine(all)]);
  if (options.kql) say(kqlOf(reports));
  const exitCode = exitCodeOfChecks(all);
  if (options.json) stdout.write(`${asJson(source, reports, results, exitCode)}\n`);
  if (exitCode !== exitCodes.done) throw new AlreadyTold(exitCode);
}

const sharedChecks = new Set(['configuration', 'reachable', 'identity', 'database']);

/** Whether it says the same of every entity, and is told once, above their headings. */
const isOfAll = ({ check: name, status }: CheckResult, isFirst: boolean): boolean =>
  sharedChecks.has(name) && (isFirst || status === 'ok');

/** The queries of every entity, under its heading where there are several. */
function kqlOf(reports: readonly EntityReport[]): readonly string[] {
  return reports.flatMap(({ config, findings: { queries } }) => {
    if (queries === undefined) return [];
    const heading = reports.length > 1 ? ['', headingOf(config)] : [];
    return [...heading, ...queryLines(queries, config.database)];
  });
}

/** Whether it is known of every entity that nothing scans it. */
const scansNowhere = (reports: readonly EntityReport[]): boolean =>
  reports.every(({ findings: { queries } }) => queries !== undefined && queries.scan === undefined);

const idleDeleteLimit: CheckResult = {
  check: 'configuration',
  status: 'warn',
  says: 'DELETE_LIMIT is set, and nothing scans: it limits the deletes of a scan alone.',
  advice: 'Set RECONCILE_INTERVAL, so that scans find what vanished, or leave DELETE_LIMIT out.',
};

const isGone = (error: unknown): boolean =>
  error instanceof KustoError && (error.retryClass === 'denied' || error.retryClass === 'unreachable');

function asJson(
  source: SourceConfig | undefined,
  reports: readonly EntityReport[],
  results: readonly CheckResult[],
  exitCode: number,
): string {
  const [only] = reports;
  if (source !== undefined && source.entities.length > 1)
    return jsonReportOfEntities(source, reports, results, exitCode);
  return jsonReport(only?.config, [...(only?.results ?? []), ...results], only?.findings ?? {}, exitCode);
}

function headingOf({ label, ends }: EntityConfig): string {
  return ends === undefined
    ? `Nodes ${oneLine(label)}:`
    : `Relations ${oneLine(`${ends.start.label} -[${label}]-> ${ends.end.label}`)}:`;
}

/** Whether relations can meet their nodes, as far as types tell. */
function tellEnds(
  reports: readonly EntityReport[],
  {
    say,
    tell,
  }: {
    readonly say: (lines: readonly string[]) => void;
    readonly tell: (result: CheckResult) => void;
  },
): void {
  const known = reports.map(({ config, findings }) => ({ config, columns: findings.columns ?? [] }));
  if (!known.some(({ config, columns }) => config.kind === 'relation' && columns.length > 0)) return;
  say(['']);
  const problems = endProblems(known);
  for (const problem of problems)
    tell({
      check: 'ends',
      status: 'fail',
      says: sentence(`${problem}.`),
      advice: 'The relation would never be seen between its nodes.',
      error: new KustoSourceError('SCHEMA', problem),
    });
  if (problems.length === 0)
    tell({
      check: 'ends',
      status: 'ok',
      says: 'The ends of the relations have types that the keys of their nodes can meet.',
    });
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
  return { width: Math.min(stdout.columns || widestLine, widestLine), colour: hasColour(stdout, env) };
}
