import { type Detection, type EntityConfig } from '../config/entity-config.ts';
import { termsOf } from '../config/terms.ts';
import { KustoSourceError } from '../errors.ts';
import {
  chooseDetection,
  dependsOnKeys,
  explainDetection,
  scanIntervalMs,
  type KeyKnowledge,
} from '../query/detection.ts';
import { tokenizeKql } from '../query/kql-tokens.ts';
import { knowKeys } from '../query/know-keys.ts';
import type { Position } from '../query/cursors.ts';
import { askRowSecurity, type RowSecurity } from '../scan/row-security.ts';
import type { CheckRun } from './check-run.ts';

/** How the changes of the entity are found, as the feed would choose it now. */
export interface CheckedDetection {
  readonly config: EntityConfig;
  readonly detection: Detection;
  /** The feed keeps a key index: it publishes deletes. */
  readonly indexed: boolean;
  /** Between two scans; undefined: there are none. */
  readonly scanEveryMs: number | undefined;
}

/** Which detection the feed works with, and why; and where it publishes deletes, whether it may. @throws EndOfChecks */
export async function checkDetection(run: CheckRun, at: Position): Promise<CheckedDetection> {
  const { config } = run;
  const choice = chooseDetection(config, dependsOnKeys(config) ? await askKeys(run, at) : 'unknown');
  run.findings.detection = choice;
  const text = explainDetection(choice);
  const says = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
  if (choice.detection === 'append' && dependsOnKeys(config))
    run.warn(
      'detection',
      says,
      'If a newer row can take its key out of the filter, set CHANGE_DETECTION to latest: then it is deleted in Drasi.',
    );
  else run.ok('detection', says);
  const { detection } = choice;
  const scanEveryMs = scanIntervalMs(config, detection, at.cursor);
  const indexed = detection !== 'append' || scanEveryMs !== undefined;
  if (indexed) await checkRowSecurity(run);
  return { config, detection, indexed, scanEveryMs };
}

/** As the feed counts them. */
async function askKeys(run: CheckRun, at: Position): Promise<KeyKnowledge> {
  try {
    return await knowKeys(run, at, run.signal);
  } catch (error) {
    const words = run.wordsOf('detection', error);
    return run.end(
      'detection',
      `The rows could not be grouped by their keys, on which CHANGE_DETECTION=auto depends: ${words}.`,
      'Set CHANGE_DETECTION to append or latest: then nothing has to be counted.',
      error,
    );
  }
}

async function checkRowSecurity(run: CheckRun): Promise<void> {
  const { config, reader, logger, signal } = run;
  const { table } = config;
  let kind: RowSecurity['kind'] = 'unknown';
  try {
    ({ kind } = await askRowSecurity(reader, config, logger, signal));
  } catch (error) {
    run.wordsOf('row security', error);
  }
  if (kind === 'off' && !namesTable(config.query.text, table)) {
    const terms = termsOf(config);
    run.warn(
      'row security',
      `The query does not name ${table}, and row-level security is asked of ${table} alone: what the query reads may have a policy of its own.`,
      `Set ${terms.table} to the table that ${terms.query} reads. Of a view, ask by hand: .show materialized-view NAME policy row_level_security; with one, rows that the identity may not see would be deleted in Drasi.`,
    );
  } else if (kind === 'off') run.ok('row security', `${table} has no row-level security.`);
  else if (kind === 'unknown')
    run.warn(
      'row security',
      `The service does not tell whether ${table} has row-level security.`,
      'With it, rows that the identity may not see would be deleted in Drasi: ask an admin.',
    );
  else if (config.rowLevelSecurity === 'allow')
    run.warn(
      'row security',
      `${table} has row-level security, and ROW_LEVEL_SECURITY is allow.`,
      'Rows that the identity may not see are no elements, and another policy may delete some: let the identity see all rows.',
    );
  else
    run.fail(
      'row security',
      `${table} has row-level security: rows that the identity may not see would be deleted in Drasi.`,
      'Give the identity a role that the policy exempts, and set ROW_LEVEL_SECURITY to allow.',
      new KustoSourceError('ROW_LEVEL_SECURITY', `the table ${table} has row-level security`),
    );
}

/** Whether the query mentions the table: by its name, or in a string, as `table('T')` does. */
function namesTable(query: string, table: string): boolean {
  return tokenizeKql(query).some(({ kind, text }) =>
    kind === 'string' ? text.replaceAll(/^[^"'`~]*["'`~]+|["'`~]+$/g, '') === table : text === table,
  );
}
