import { database, type Agreement } from './agreement.ts';
import type { Kusto } from './kusto.ts';
import type { Properties } from './services.ts';

/** The Source of the storms that the tests ingest. */
export const stormProperties: Properties = { KUSTO_TABLE: 'StormEvents', PRIMARY_KEY: 'EventId' };

/** KQL: the newest version of every storm. */
export const newest = 'StormEvents | summarize arg_max(ingestion_time(), *) by EventId';

export interface StormQueries {
  readonly totals: Agreement;
  readonly byState: Agreement;
  /** One row each: a storm that moves to another state leaves the result. */
  readonly rowsOfTexas: Agreement;
}

/** What is asked of the engine, and of the rows of a KQL query. */
export function stormQueries(rows: string): StormQueries {
  return {
    totals: {
      id: 'totals',
      cypher: 'MATCH (i:StormEvents) RETURN count(i) AS n, sum(i.Damage) AS damage',
      kql: `${rows} | summarize n = count(), damage = sum(Damage)`,
    },
    byState: {
      id: 'by-state',
      cypher: 'MATCH (i:StormEvents) RETURN i.State AS state, count(i) AS n, sum(i.Damage) AS damage',
      kql: `${rows} | summarize n = count(), damage = sum(Damage) by state = State`,
    },
    rowsOfTexas: {
      id: 'texas',
      cypher:
        "MATCH (i:StormEvents) WHERE i.State = 'TEXAS' RETURN i.EventId AS id, i.Damage AS damage, i.StartTime AS start",
      kql: `${rows} | where State == 'TEXAS' | project id = EventId, damage = Damage, start = StartTime`,
    },
  };
}

export const { totals, byState, rowsOfTexas } = stormQueries(newest);

const states = ['TEXAS', 'OHIO', 'NEW YORK', 'KANSAS', 'UTAH'];

/** Storms with the ids [from, to): the same text for the same version, another state and damage for another. */
export interface Storms {
  readonly from: number;
  readonly to: number;
  /** Default 0. */
  readonly version?: number;
}

/** What a storm is in a version: the values of its row. */
export function storm(id: number, version = 0): { state: string; damage: number; start: string } {
  return {
    state: states[(id + (id % 3 === 0 ? version : 0)) % states.length] ?? '',
    damage: (id * 7 + version * 1_000) % 9_973,
    start: new Date(Date.UTC(2026, 0, 1) + id * 60_000).toISOString(),
  };
}

export async function createStorms(kusto: Kusto, count = 2_000): Promise<void> {
  await kusto.execute(
    database,
    '.create table StormEvents (EventId: long, State: string, Damage: long, StartTime: datetime)',
  );
  await ingestStorms(kusto, { from: 0, to: count });
}

/** One ingestion, which gets one cursor value. */
export async function ingestStorms(kusto: Kusto, { from, to, version = 0 }: Storms): Promise<void> {
  const rows = Array.from({ length: to - from }, (_, index) => {
    const { state, damage, start } = storm(from + index, version);
    return `${from + index},${state},${damage},${start}`;
  });
  if (rows.length > 0) await kusto.ingest(database, 'StormEvents', rows.join('\n'));
}

/** Soft-deletes all versions of storms with ids [from, to). */
export async function deleteStorms(kusto: Kusto, { from, to }: Storms): Promise<void> {
  await kusto.execute(
    database,
    `.delete table StormEvents records <| StormEvents | where EventId >= ${from} and EventId < ${to}`,
  );
}
