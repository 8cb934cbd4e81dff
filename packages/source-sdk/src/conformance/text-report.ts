import type { CheckResult } from './check.ts';

const MARKS = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' } as const;

/** One check for a person: what was seen, and why it matters when it failed. */
export function resultText({ outcome, level, id, title, detail, why }: CheckResult): string {
  const mark = outcome === 'failed' && level === 'should' ? 'warn' : MARKS[outcome];
  const lines = [`${mark}  ${id}: ${title}`, `        ${detail}`];
  if (outcome === 'failed') lines.push(`        Why it matters: ${why}.`);
  return lines.join('\n');
}

/** The last line. */
export function summaryText(results: readonly CheckResult[]): string {
  const count = (outcome: string, level?: string): number =>
    results.filter((result) => result.outcome === outcome && (level === undefined || result.level === level))
      .length;
  return `${count('passed')} passed, ${count('failed', 'must')} failed, ${count('failed', 'should')} warnings, ${count('skipped')} skipped`;
}

/** The whole report for a person. */
export function textReport(results: readonly CheckResult[]): string {
  return [...results.map(resultText), '', summaryText(results), ''].join('\n');
}
