import assert from 'node:assert/strict';
import type { Harness } from './harness.ts';

export interface RowsCase {
  readonly query: string;
  readonly columns?: string;
  /** As the harness writes them. */
  readonly rows: readonly string[];
}

/** Checks the rows of each query, in their order, and the columns where they are given. */
export async function checkRows(harness: Harness, cases: readonly RowsCase[]): Promise<void> {
  for (const { query, columns, rows } of cases) {
    const answer = await harness.run(query);
    assert.deepEqual(answer.rows, rows, query);
    if (columns !== undefined) assert.equal(answer.columns.join(', '), columns, query);
  }
}

/** Checks the columns and the rows, whose order the query leaves open. */
export async function checkUnordered(
  harness: Harness,
  query: string,
  columns: string,
  rows: readonly string[],
): Promise<void> {
  const answer = await harness.run(query);
  assert.deepEqual(answer.rows.toSorted(), rows.toSorted(), query);
  assert.equal(answer.columns.join(', '), columns, query);
}
