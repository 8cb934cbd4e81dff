// What goes: rows that vanish, and relations between nodes, with the real neighbours.
import { describe, it } from 'node:test';
import { database, type Agreement } from './neighbours/agreement.ts';
import type { Kusto } from './neighbours/kusto.ts';
import { prepareNeighbours } from './neighbours/prepare.ts';
import { createStorms, ingestStorms, newest, stormProperties, stormQueries } from './neighbours/storms.ts';
import { inWorld } from './neighbours/world.ts';

const neighbours = await prepareNeighbours();

describe('a Source that publishes deletes, with the real neighbours', { timeout: 240_000 }, () => {
  it('follows rows that vanish, also while the reactivator is down (I13)', async () => {
    const outsideOhio: Agreement = {
      id: 'outside-ohio',
      cypher: 'MATCH (i:StormEvents) RETURN i.State AS state, count(i) AS n, sum(i.Damage) AS damage',
      kql: `StormEvents | where State != 'OHIO' | summarize arg_max(ingestion_time(), *) by EventId
        | summarize n = count(), damage = sum(Damage) by state = State`,
    };
    const properties = {
      ...stormProperties,
      KUSTO_QUERY: "StormEvents | where State != 'OHIO'",
      CHANGE_DETECTION: 'reconcile',
      RECONCILE_INTERVAL: 1,
    };
    const remove = async (kusto: Kusto, where: string): Promise<void> => {
      await kusto.execute(database, `.delete table StormEvents records <| StormEvents | where ${where}`);
    };
    const options = { neighbours, seed: createStorms, properties, queries: [outsideOhio] };
    await inWorld(options, async (world) => {
      await world.agree();
      await remove(world.kusto, 'EventId between (100 .. 399)');
      await ingestStorms(world.kusto, { from: 1_900, to: 2_100, version: 1 });
      await world.agree();
      await world.services.reactivator.kill('SIGKILL');
      await remove(world.kusto, 'EventId between (400 .. 699)');
      await ingestStorms(world.kusto, { from: 300, to: 450, version: 2 });
      await world.services.reactivator.start();
      await world.agree();
    });
  });

  it('deletes a key whose newest row says so, and takes it back (I13)', async () => {
    const { totals, byState } = stormQueries(`${newest} | where State != 'OHIO'`);
    const options = {
      neighbours,
      seed: createStorms,
      properties: { ...stormProperties, CHANGE_DETECTION: 'latest', DELETED_WHEN: "State == 'OHIO'" },
      queries: [totals, byState],
    };
    await inWorld(options, async (world) => {
      await world.agree();
      // Every third moves on to the next state, once and again: into Ohio, and out of it.
      for (const version of [1, 2]) {
        await ingestStorms(world.kusto, { from: 0, to: 900, version });
        await world.agree();
      }
    });
  });

  it('has relations between nodes of other tables, which move and go (R22)', async () => {
    const ENTITIES = `
nodes:
  - { label: Site, table: Sites, key: SiteId }
  - { label: Machine, table: Machines, key: MachineId }
relations:
  - label: STANDS_IN
    table: Placements
    key: MachineId
    start: { label: Machine, key: MachineId }
    end: { label: Site, key: SiteId }
`;
    const machinesOfSites: Agreement = {
      id: 'machines-of-sites',
      cypher:
        'MATCH (m:Machine)-[r:STANDS_IN]->(s:Site) RETURN s.Name AS site, count(m) AS n, sum(m.Watts) AS watts',
      kql: `Placements | summarize arg_max(ingestion_time(), SiteId) by MachineId
        | join kind=inner (Machines | summarize arg_max(ingestion_time(), Watts) by MachineId) on MachineId
        | join kind=inner (Sites | summarize arg_max(ingestion_time(), Name) by SiteId) on SiteId
        | summarize n = count(), watts = sum(Watts) by site = Name`,
    };
    const lines = (from: number, to: number, line: (id: number) => string): string =>
      Array.from({ length: to - from }, (_, index) => line(from + index)).join('\n');
    const seed = async (kusto: Kusto): Promise<void> => {
      for (const table of [
        'Sites (SiteId: int, Name: string)',
        'Machines (MachineId: long, Watts: long)',
        'Placements (MachineId: long, SiteId: int)',
      ])
        await kusto.execute(database, `.create table ${table}`);
      await kusto.ingest(
        database,
        'Sites',
        lines(0, 5, (id) => `${id},site ${id}`),
      );
      await kusto.ingest(
        database,
        'Machines',
        lines(0, 300, (id) => `${id},${id * 3}`),
      );
      await kusto.ingest(
        database,
        'Placements',
        lines(0, 200, (id) => `${id},${id % 5}`),
      );
    };
    const options = {
      neighbours,
      seed,
      properties: { ENTITIES, CHANGE_DETECTION: 'reconcile', RECONCILE_INTERVAL: 1 },
      queries: [machinesOfSites],
    };
    await inWorld(options, async (world) => {
      await world.agree();
      // Some are placed, some move, and a site comes after what stands in it.
      await world.kusto.ingest(
        database,
        'Placements',
        lines(150, 290, (id) => `${id},${(id + 1) % 6}`),
      );
      await world.agree();
      await world.kusto.ingest(database, 'Sites', '5,site 5');
      await world.agree();
      await world.kusto.execute(
        database,
        '.delete table Placements records <| Placements | where MachineId % 7 == 0',
      );
      await world.kusto.execute(
        database,
        '.delete table Machines records <| Machines | where MachineId between (20 .. 40)',
      );
      await world.agree();
    });
  });
});
