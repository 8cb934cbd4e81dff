import { styleText } from 'node:util';
import { oneLine, wrap } from '../text.ts';
import type { CheckedQueries } from './check-queries.ts';
import type { CheckResult } from './check-run.ts';

export interface ReportStyle {
  /** Characters a line may have; undefined where nobody reads on a terminal: a check is one line there. */
  readonly width: number | undefined;
  readonly colour: boolean;
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
const nameWidth = 15;
const indent = 6 + nameWidth;

/** `ok    reachable      https://… answered in 0.12 s.`, with the advice behind it, wrapped under itself. */
export function checkLines(result: CheckResult, { width, colour }: ReportStyle): readonly string[] {
  const { check, status, says, advice } = result;
  // Texts of a service end up here: they must not move the cursor of a terminal.
  const text = oneLine(advice === undefined ? says : `${says} ${advice}`).replaceAll(/\s+/g, ' ');
  const mark = colour ? styleText(colours[status], status, { validateStream: false }) : status;
  const head = `${mark}${' '.repeat(6 - status.length)}${check.padEnd(nameWidth)}`;
  if (width === undefined) return [`${head}${text}`];
  const [first = '', ...others] = wrap(text, Math.max(20, width - indent), 0);
  return [`${head}${first}`, ...others.map((line) => `${' '.repeat(indent)}${line}`)];
}

/** The queries as they are sent, each under a comment, to be pasted into Kusto. */
export function queryLines(queries: CheckedQueries, database: string): readonly string[] {
  const section = (comment: string, text: string): readonly string[] => ['', `// ${comment}`, text];
  const optional = (comment: string, text: string | undefined): readonly string[] =>
    text === undefined ? [] : section(comment, text);
  return [
    '',
    `The KQL it runs in the database ${oneLine(database)}, ready to paste:`,
    ...section('The position, at every poll', queries.position),
    ...optional('One window; put an older cursor into cursor_after to see rows', queries.window),
    ...optional('The keys that leave in it', queries.leavers),
    ...optional('A scan: the digests of all rows', queries.scan),
    ...section('The first slice of a bootstrap', queries.slice),
  ];
}

/** `11 ok, 1 warn, 0 fail` as a sentence. */
export function summaryLine(results: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']): number =>
    results.filter((result) => result.status === status).length;
  const [failed, warned] = [count('fail'), count('warn')];
  if (failed > 0)
    return `${failed === 1 ? 'One check' : `${failed} checks`} failed: the source does not work like this.`;
  if (warned > 0)
    return `The source works; ${warned === 1 ? 'one warning is' : `${warned} warnings are`} worth a look.`;
  return 'The source works.';
}
