import { startDrasiEngine, type DrasiEngine } from '../../src/quickstart/drasi-engine.ts';
import { defaultCacheDir, installDrasiEngine } from '../../src/quickstart/drasi-install.ts';
import { compared } from './engine-reader.ts';
import { rowLabel, type ModelEntity } from './profile.ts';
import { comparable, idOf, relationEnds } from './wanted-elements.ts';
import type { KustoRow } from './model-table.ts';
import type { WireChange } from './wire-log.ts';

/** What a profile with relations wants, an entity each. */
export type WantedRows = readonly { readonly entity: ModelEntity; readonly rows: readonly KustoRow[] }[];

const query = 'relations';
/** How long the engine may take, milliseconds. */
const patienceMs = 20_000;

/**
 * A real Drasi engine that follows relations from rows to what they are, for one plan. A query over a relation has no probe that would tell when
 * it is through, so its result is asked for until it is right.
 * @returns what its query has and should not have, and what it lacks
 */
export async function judgeRelations(
  bootstrap: readonly Uint8Array[],
  changes: readonly WireChange[],
  wanted: WantedRows,
): Promise<readonly string[]> {
  const installed = await installDrasiEngine({ cacheDir: defaultCacheDir(process.env), log: () => {} });
  if (!installed.available) return [];
  const engine: DrasiEngine = await startDrasiEngine({
    python: installed.python,
    packages: installed.packages,
    sourceId: 'model',
    queries: [
      {
        id: query,
        cypher: `MATCH (e:${rowLabel})-[r:Is]->(k:Kind) RETURN e.k1 AS k1, e.k2 AS k2, e.v AS v, r.n AS n, k.state AS state, k.total AS total`,
        probe: { labels: [rowLabel], properties: {} },
      },
    ],
    onResult: () => {},
  });
  try {
    await engine.elements(bootstrap);
    await engine.changes(changes.map(({ bytes }) => bytes));
    const should = pathsOf(wanted);
    const until = Date.now() + patienceMs;
    for (;;) {
      const rows = await engine.results(query);
      const has = rows.map(({ k1, k2, v, n, state, total }) => comparable([k1, k2, v, n, state, total]));
      const found = compared(query, has, should);
      if (found.length === 0 || Date.now() > until) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await engine.close();
  }
}

/** Each relation of which both nodes are there, with what the query returns of all three. */
function pathsOf(wanted: WantedRows): readonly string[] {
  const nodes = new Map(
    wanted.flatMap(({ entity, rows }) => rows.map((row) => [idOf(entity, row), row] as const)),
  );
  return wanted.flatMap(({ entity, rows }) =>
    rows.flatMap((row) => {
      const ends = relationEnds(entity, row);
      const [start, end] = [nodes.get(ends?.start ?? ''), nodes.get(ends?.end ?? '')];
      if (start === undefined || end === undefined) return [];
      return [comparable([start['k1'], start['k2'], start['v'], row['n'], end['state'], end['total']])];
    }),
  );
}
