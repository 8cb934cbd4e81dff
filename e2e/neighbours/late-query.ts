import { setTimeout as wait } from 'node:timers/promises';
import type { Agreement } from './agreement.ts';
import { until } from './until.ts';
import type { World } from './world.ts';

/** How often a query was asked for until its bootstrap was taken as whole. */
export interface LateQuery {
  readonly query: Agreement;
  /** Bootstraps that the engine saw fail, one text each; the first was the one in trouble. */
  readonly refusals: readonly string[];
}

const mostAttempts = 20;

/**
 * Begins a query, and waits for its bootstrap. When the engine sees that fail, the query is made again under another name, once
 * `over` is resolved, as often as it takes.
 * @throws Error when the engine takes a bootstrap neither as whole nor as failed within two minutes, or none is whole
 */
export async function beginLate(world: World, wanted: Agreement, over: Promise<unknown>): Promise<LateQuery> {
  const refusals: string[] = [];
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const query = { ...wanted, id: attempt === 0 ? wanted.id : `${wanted.id}-again-${attempt}` };
    const status = await bootstrapped(world, query);
    if (status === 'Running') return { query, refusals };
    refusals.push(status);
    await over;
    await wait(attempt * 250);
  }
  throw new Error(`no bootstrap of "${wanted.id}" was whole: ${refusals.join(', ')}`);
}

/** @returns Running, or how it failed */
async function bootstrapped(world: World, query: Agreement): Promise<string> {
  const { drasi } = world;
  try {
    await drasi.add(query);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  let status: string | undefined;
  const settled = async (): Promise<boolean> => {
    status = (await drasi.status())[query.id];
    return status === 'Running' || status === 'Error';
  };
  await until(settled, `the end of the bootstrap of "${query.id}"`, { timeoutMs: 120_000, everyMs: 100 });
  return status ?? '';
}
