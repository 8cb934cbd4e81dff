import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';

export type Cases = Readonly<Record<string, string>>;

/** Checks expression -> value, all at once, and names the ones that differ. */
export async function checkValues(harness: Harness, cases: Cases): Promise<void> {
  const actual: Record<string, string> = {};
  for (const expression of Object.keys(cases)) {
    try {
      actual[expression] = await harness.value(expression);
    } catch (error) {
      actual[expression] = `error: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  assert.deepEqual(actual, cases);
}

/** Checks that each query is refused with the inner code, and that the message holds the given words. */
export function checkRefusals(
  harness: Harness,
  cases: Readonly<Record<string, readonly [string, RegExp]>>,
): void {
  for (const [query, [innerCode, words]] of Object.entries(cases)) {
    assert.throws(
      () => harness.compile(query),
      (error: unknown) => {
        assert.ok(error instanceof Error, query);
        assert.equal((error as { innerCode?: string }).innerCode, innerCode, `${query}: ${error.message}`);
        assert.match(error.message, words, query);
        assert.match(error.message, /line:position=\d+:\d+/, query);
        return true;
      },
      query,
    );
  }
}
