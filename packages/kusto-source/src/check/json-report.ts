import { describeError } from '../describe-error.ts';
import type { EntityConfig } from '../config/entity-config.ts';
import type { CheckFindings, CheckResult } from './check-run.ts';

/** The whole report as one JSON object, for programs. Members that are not known are left out. */
export function jsonReport(
  config: EntityConfig | undefined,
  results: readonly CheckResult[],
  findings: CheckFindings,
  exitCode: number,
): string {
  const { position, ...known } = findings;
  return JSON.stringify({
    ok: exitCode === 0,
    exitCode,
    ...(config === undefined
      ? {}
      : {
          source: config.sourceId,
          cluster: config.connection.uri,
          database: config.database,
          table: config.table,
          label: config.label,
          primaryKey: config.primaryKey,
        }),
    checks: results.map(({ error, ...result }) => ({ ...result, ...errorOf(error) })),
    ...known,
    ...(position === undefined ? {} : { cursor: position.cursor }),
  });
}

function errorOf(error: unknown): Record<string, unknown> {
  if (error === undefined) return {};
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return { error: { ...(typeof code === 'string' ? { code } : {}), message: describeError(error) } };
}
