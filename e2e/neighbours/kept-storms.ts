import assert from 'node:assert/strict';
import type { Row } from '../../packages/kusto-source/src/quickstart/exact-json.ts';
import { plain } from './agreement.ts';
import { storm } from './storms.ts';

/**
 * Kusto has what it acknowledged, in the newest version, and nothing else.
 * @param acknowledged by id, the version; undefined for a storm that was deleted
 * @param rows the newest of each storm
 */
export function assertKept(
  acknowledged: ReadonlyMap<number, number | undefined>,
  rows: readonly Row[],
): void {
  const wrong: string[] = [];
  const found = new Set<number>();
  for (const row of rows) {
    const id = Number(row['EventId']);
    found.add(id);
    const version = acknowledged.get(id);
    const is = `${plain(row['State'])} ${plain(row['Damage'])}`;
    const wanted = version === undefined ? undefined : storm(id, version);
    if (wanted === undefined) wrong.push(`${id}: there, and never acknowledged or deleted`);
    else if (is !== `${plain(wanted.state)} ${wanted.damage}`)
      wrong.push(`${id}: ${is}, not ${plain(wanted.state)} ${wanted.damage}`);
  }
  for (const [id, version] of acknowledged)
    if (version !== undefined && !found.has(id)) wrong.push(`${id}: lost`);
  assert.ok(
    wrong.length === 0,
    `Kusto lost ${wrong.length} of what it acknowledged\n  ${wrong.slice(0, 5).join('\n  ')}`,
  );
}
