import assert from 'node:assert/strict';
import { kustoRows, type Agreement } from './agreement.ts';
import { tally } from './tally.ts';
import { checkTopic } from './topic-check.ts';
import { readMessages } from './topic.ts';
import { until } from './until.ts';
import type { World } from './world.ts';
import type { Row } from '../../packages/kusto-source/src/quickstart/exact-json.ts';

export interface NoLossOptions {
  /** KQL: the rows whose elements there should be. */
  readonly rows: string;
  /** What it gave when the engine's bootstrap was made. */
  readonly before: readonly Row[];
  /** Asked of an engine that begins only now, too. */
  readonly late: Agreement;
  /** For the feed to catch up, milliseconds. */
  readonly timeoutMs?: number;
}

/**
 * The engine has what Kusto has, and so has each element on the topic, in order. All has to have been ingested.
 * @returns one line for a person: how much, and how much of it twice
 */
export async function noLoss(world: World, options: NoLossOptions): Promise<string> {
  const { rows, before, late, timeoutMs = 90_000 } = options;
  await world.agree(timeoutMs);
  const now = await kustoRows(world.kusto, rows);
  const columns = ['EventId', 'State', 'Damage'];
  const check = async () => {
    const messages = await readMessages(world);
    const changes = messages.flat();
    const all = { label: 'StormEvents', key: 'EventId', columns, before, now, changes };
    return { ...checkTopic(all), messages: messages.length, changes: changes.length };
  };
  let verdict = await check();
  // Sums may be equal before the last change is there; the rows tell.
  const settled = async (): Promise<boolean> => {
    verdict = await check();
    return verdict.lost.length + verdict.unexpected.length === 0;
  };
  await until(settled, 'every row', { timeoutMs: 20_000, everyMs: 1_000 }).catch(() => {});
  const { lost, unexpected, outOfOrder, duplicates, messages, changes } = verdict;
  tally({
    changes,
    duplicates,
    lost: lost.length,
    unexpected: unexpected.length,
    'out of order': outOfOrder.length,
  });
  const some = (list: readonly string[]): string => [String(list.length), ...list.slice(0, 5)].join('\n  ');
  assert.ok(
    lost.length + unexpected.length + outOfOrder.length === 0,
    `lost ${some(lost)}\nunexpected ${some(unexpected)}\nout of order ${some(outOfOrder)}`,
  );
  assert.ok(changes > 0, 'nothing was published');
  await world.drasi.add(late);
  await world.agree(60_000, [late]);
  return `lost 0, unexpected 0, out of order 0; ${duplicates} duplicates among ${changes} changes in ${messages} messages`;
}
