import { markToken, startDrasiEngine, type DrasiEngine } from '../../src/quickstart/drasi-engine.ts';
import { defaultCacheDir, installDrasiEngine } from '../../src/quickstart/drasi-install.ts';
import type { Row } from '../../src/quickstart/exact-json.ts';
import type { KustoRow } from './model-table.ts';
import type { Reader } from './reader.ts';
import type { WireChange } from './wire-log.ts';
import { comparable } from './wanted-elements.ts';

const rowColumns = ['k1', 'k2', 'v', 'n', 'state'] as const;

const queries = (label: string) => [
  {
    id: 'rows',
    cypher: `MATCH (e:${label}) WHERE e.v >= 0 RETURN ${rowColumns.map((name) => `e.${name} AS ${name}`).join(', ')}`,
    probe: { labels: [label], properties: { k1: markToken, v: 0 } },
  },
  {
    id: 'states',
    cypher: `MATCH (e:${label}) WHERE e.n >= 0 RETURN e.state AS state, count(e) AS count, sum(e.n) AS total`,
    probe: { labels: [label], properties: { state: markToken, n: 0 } },
  },
];

/** A real Drasi engine that runs a query for rows and one that counts and sums. It is used for one plan after the other. */
export class EngineReader {
  readonly #engine: DrasiEngine;

  private constructor(engine: DrasiEngine) {
    this.#engine = engine;
  }

  /** @returns why there is none on this machine */
  static async start(label: string): Promise<EngineReader | string> {
    const installed = await installDrasiEngine({ cacheDir: defaultCacheDir(process.env), log: () => {} });
    if (!installed.available) return installed.reason;
    const { python, packages } = installed;
    const engine = await startDrasiEngine({
      python,
      packages,
      sourceId: 'model',
      queries: queries(label),
      onResult: () => {},
    });
    return new EngineReader(engine);
  }

  /**
   * Gives the engine a bootstrap, and the changes after it.
   * @returns what its queries have and should not have, and what they lack
   */
  async judge(
    bootstrap: readonly Uint8Array[],
    changes: readonly WireChange[],
    wanted: readonly KustoRow[],
  ): Promise<readonly string[]> {
    await this.#engine.elements(bootstrap);
    await this.#engine.changes(changes.map(({ bytes }) => bytes));
    await this.#engine.mark();
    const rows = wanted.map((row) => rowColumns.map((name) => row[name]));
    const groups = new Map<string, { count: bigint; total: bigint }>();
    for (const row of wanted) {
      const state = comparable(row['state']);
      const { count, total } = groups.get(state) ?? { count: 0n, total: 0n };
      groups.set(state, { count: count + 1n, total: total + (row['n'] as bigint) });
    }
    const held = await this.#rows('rows', rowColumns);
    const counted = (await this.#engine.results('states'))
      // A group that is empty stays in the result.
      .filter(({ count }) => Number(count) !== 0)
      .map((row) => comparable([row['state'], row['count'], row['total']]));
    const summed = [...groups].map(([state, { count, total }]) => `[${state},${count},${total}]`);
    return [...compared('rows', held, rows.map(comparable)), ...compared('states', counted, summed)];
  }

  /** Takes everything away again that a reader of the same changes has. */
  async empty(reader: Reader): Promise<void> {
    const deletes = [...reader.elements.values()].map(({ id, labels }) =>
      Buffer.from(JSON.stringify({ op: 'd', payload: { before: { id, labels, properties: {} } } })),
    );
    await this.#engine.changes(deletes);
    await this.#engine.mark();
    const left = await this.#rows('rows', rowColumns);
    if (left.length > 0) throw new Error(`the engine keeps ${left.join(' ')}`);
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  async #rows(query: string, columns: readonly string[]): Promise<readonly string[]> {
    const rows: readonly Row[] = await this.#engine.results(query);
    return rows.map((row) => comparable(columns.map((name) => row[name])));
  }
}

/** What a query's result has too much, and lacks, as multisets. */
export function compared(
  query: string,
  has: readonly string[],
  should: readonly string[],
): readonly string[] {
  const left = [...should];
  const found: string[] = [];
  for (const row of has) {
    const at = left.indexOf(row);
    if (at === -1) found.push(`the engine's query ${query} has ${row} too much`);
    else left.splice(at, 1);
  }
  return [...found, ...left.map((row) => `the engine's query ${query} lacks ${row}`)];
}
