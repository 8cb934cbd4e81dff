import { describeError } from '../describe-error.ts';
import { entityName, type EntityConfig, type SharedConfig } from '../config/entity-config.ts';
import type { CheckFindings, CheckResult } from './check-run.ts';

/** What was found of one entity. */
export interface EntityReport {
  readonly config: EntityConfig;
  readonly results: readonly CheckResult[];
  readonly findings: CheckFindings;
}

/** The whole report as one JSON object, for programs. Members that are not known are left out. */
export function jsonReport(
  config: EntityConfig | undefined,
  results: readonly CheckResult[],
  findings: CheckFindings,
  exitCode: number,
): string {
  return JSON.stringify({
    ok: exitCode === 0,
    exitCode,
    ...(config === undefined ? {} : { ...sourceMembers(config), ...entityMembers(config) }),
    checks: results.map(withError),
    ...membersOf(findings),
  });
}

/** That of a source of several entities: one object for each under `entities`, and the checks that are of none of them. */
export function jsonReportOfEntities(
  config: SharedConfig,
  reports: readonly EntityReport[],
  results: readonly CheckResult[],
  exitCode: number,
): string {
  return JSON.stringify({
    ok: exitCode === 0,
    exitCode,
    ...sourceMembers(config),
    checks: results.map(withError),
    entities: reports.map((report) => ({
      entity: entityName(report.config),
      ...entityMembers(report.config),
      checks: report.results.map(withError),
      ...membersOf(report.findings),
    })),
  });
}

const sourceMembers = ({ sourceId, connection, database }: SharedConfig): object => ({
  source: sourceId,
  cluster: connection.uri,
  database,
});

const entityMembers = ({ table, label, primaryKey }: EntityConfig): object => ({ table, label, primaryKey });

function membersOf({ position, ...known }: CheckFindings): object {
  return { ...known, ...(position === undefined ? {} : { cursor: position.cursor }) };
}

function withError({ error, ...result }: CheckResult): object {
  return { ...result, ...errorOf(error) };
}

function errorOf(error: unknown): Record<string, unknown> {
  if (error === undefined) return {};
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return { error: { ...(typeof code === 'string' ? { code } : {}), message: describeError(error) } };
}
