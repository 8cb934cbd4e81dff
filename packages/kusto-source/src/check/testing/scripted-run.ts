/** For tests: checks against an endpoint that answers by what is asked. */
import { v1Body, v2Body, type Column } from '../../../../kusto-client/src/testing/bodies.ts';
import { FakeKusto, type ScriptedAnswer } from '../../../../kusto-client/src/testing/fake-kusto.ts';
import { parseEntity } from '../../config/config.ts';
import type { EntityConfig } from '../../config/entity-config.ts';
import { SourceReader } from '../../query/source-reader.ts';
import { CheckRun, EndOfChecks, type CheckFindings, type CheckResult } from '../check-run.ts';

/** The first rule whose pattern is in the question answers it. */
export type Rule = readonly [pattern: { test(question: string): boolean }, answer: ScriptedAnswer];

export function table(columns: readonly Column[], ...rows: readonly (readonly string[])[]): ScriptedAnswer {
  return { body: v2Body({ columns, rows }) };
}

/** The answer of a command. */
export function commandTable(
  columns: readonly Column[],
  ...rows: readonly (readonly string[])[]
): ScriptedAnswer {
  return { body: v1Body({ columns, rows }) };
}

export function refused(
  message: string,
  { status = 400, code = 'General_BadRequest' }: { status?: number; code?: string } = {},
): ScriptedAnswer {
  return { status, body: JSON.stringify({ error: { code, '@message': message, '@permanent': true } }) };
}

/** How many rows there are, and how many of them the commonest key has. */
export const counted = (rows: number, most: number): Rule => [
  /Most =/,
  table(
    [
      ['Rows', 'long'],
      ['Most', 'long'],
    ],
    [String(rows), String(most)],
  ),
];

/** What the table's data is said to weigh: `bytes` as the service writes a real. */
export const weighed = (rows: number, bytes: string): Rule => [
  /details/,
  commandTable(
    [
      ['TotalRowCount', 'long'],
      ['TotalOriginalSize', 'real'],
    ],
    [String(rows), bytes],
  ),
];

/** The policy, as its own JSON text, that a command whose text matches shows. */
export const policy = (pattern: RegExp, text: string): Rule => [
  pattern,
  commandTable([['Policy', 'string']], [JSON.stringify(text)]),
];

export const columns: readonly Column[] = [
  ['k', 'long'],
  ['v', 'string'],
];

/** A service where everything is as it should be: three rows, each with a key of its own. */
export const sound: readonly Rule[] = [
  [/current_principal/, table([['Identity', 'string']], ['"aadapp=1;2"'])],
  [
    /^print Cursor/,
    table(
      [
        ['Cursor', 'string'],
        ['Now', 'datetime'],
      ],
      ['"7"', '"2026-01-01T00:00:00Z"'],
    ),
  ],
  [/^print/, table([['Now', 'datetime']], ['"2026-01-01T00:00:00Z"'])],
  policy(/policy ingestiontime/, '{"IsEnabled":true}'),
  weighed(3, '120.0'),
  [/where isnull\(/, table([['Rows', 'long']], ['0'])],
  [/cursor_after/, table([...columns, ['__drasi_ingested', 'datetime']])],
  counted(3, 1),
  [/binary_all_xor/, table([['__drasi_bucket', 'long']])],
  [/take 0$/, table(columns)],
];

export interface ScriptedRun {
  readonly results: readonly CheckResult[];
  readonly findings: CheckFindings;
  /** The checks ended early. */
  readonly ended: boolean;
  readonly asked: readonly string[];
}

/** Runs checks against the rules, the earlier ones first; `sound` answers the rest. */
export async function scriptedRun<T>(
  rules: readonly Rule[],
  work: (run: CheckRun) => Promise<T>,
  properties: Readonly<Record<string, string>> = {},
): Promise<ScriptedRun> {
  await using kusto = await FakeKusto.start();
  const asked: string[] = [];
  const byQuestion: ScriptedAnswer = {
    write: (response, request) => {
      const { csl } = JSON.parse(request.body) as { csl: string };
      asked.push(csl);
      const answer = [...rules, ...sound].find(([pattern]) => pattern.test(csl))?.[1] ?? { status: 500 };
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      response.end(answer.body ?? '');
    },
  };
  kusto.answer(...Array.from({ length: 50 }, () => byQuestion));
  return { ...(await checkedRun(scriptedConfig(kusto.uri, properties), work)), asked };
}

export function scriptedConfig(uri: string, more: Readonly<Record<string, string>> = {}): EntityConfig {
  return parseEntity('storms', {
    KUSTO_URI: uri,
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'k',
    ...more,
  });
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

export async function checkedRun<T>(
  config: EntityConfig,
  work: (run: CheckRun) => Promise<T>,
): Promise<Omit<ScriptedRun, 'asked'>> {
  await using reader = new SourceReader({ config, logger: quiet, env: {}, retry: { maxAttempts: 1 } });
  const results: CheckResult[] = [];
  let time = 0;
  const run = new CheckRun({
    config,
    reader,
    logger: quiet,
    signal: new AbortController().signal,
    now: () => (time += 125),
    tell: (result) => results.push(result),
  });
  try {
    await work(run);
  } catch (error) {
    if (!(error instanceof EndOfChecks)) throw error;
    return { results, findings: run.findings, ended: true };
  }
  return { results, findings: run.findings, ended: false };
}

/** `reachable ok, identity fail`: what a run told, in order. */
export function outline({ results }: Pick<ScriptedRun, 'results'>): string {
  return results.map(({ check, status }) => `${check} ${status}`).join(', ');
}

/** What a run told of a check, if it came to it. */
export const resultOf = ({ results }: Pick<ScriptedRun, 'results'>, check: string): CheckResult | undefined =>
  results.find((each) => each.check === check);
