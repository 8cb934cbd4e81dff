import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import '../src/testing/fixed-seed.ts';
import { asking, database, Fixture } from './endpoint-fixture.ts';

/** A row of the model: `step` is the change that gave it its cursor value, undefined when it has none. */
interface ModelRow {
  readonly id: number;
  readonly step: number | undefined;
}

interface ModelTable {
  rows: ModelRow[];
  hasPolicy: boolean;
}

type Name = 'A' | 'B';

type Change =
  | { readonly kind: 'clear' | 'ingest' | 'policy'; readonly table: Name }
  | { readonly kind: 'delete' | 'replace' | 'update'; readonly table: Name; readonly rest: number }
  | { readonly kind: 'move'; readonly from: Name; readonly isNew: boolean }
  | { readonly kind: 'swap' };

const name = fc.constantFrom<Name>('A', 'B');
const rest = fc.nat(2);
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ingest' as const), table: name }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('delete' as const, 'update' as const, 'replace' as const),
      table: name,
      rest,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('move' as const), from: name, isNew: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('clear' as const, 'policy' as const), table: name }),
  },
  { weight: 1, arbitrary: fc.constant<Change>({ kind: 'swap' }) },
);

let fixture: Fixture;
const { rows } = asking(() => fixture);

before(async () => {
  fixture = await Fixture.start();
});

after(() => fixture[Symbol.asyncDispose]());

async function ids(text: string): Promise<number[]> {
  return (await rows(text)).map(([id]) => Number(id)).sort((a, b) => a - b);
}

/** Both sides of one sequence of changes. */
class Run {
  readonly #model: Record<Name, ModelTable> = {
    A: { rows: [], hasPolicy: true },
    B: { rows: [], hasPolicy: true },
  };
  readonly #cursors: string[] = [];
  #next = 1;

  async start(): Promise<void> {
    await rows('.drop tables (A, B) ifexists');
    await rows('.create tables A (id: long), B (id: long)');
  }

  /** Makes the change, then looks at all rows and at the windows since every change before. */
  async apply(made: Change): Promise<void> {
    const step = this.#cursors.length;
    this.#cursors.push(String((await rows('print cursor_current()'))[0]?.[0]));
    await this.#change(made, step);
    for (const table of ['A', 'B'] as const) {
      const model = this.#model[table].rows;
      const sorted = (list: readonly ModelRow[]): number[] => list.map(({ id }) => id).sort((a, b) => a - b);
      assert.deepEqual(await ids(table), sorted(model), `${table} after ${JSON.stringify(made)}`);
      assert.deepEqual(
        await ids(`${table} | where isnull(ingestion_time())`),
        sorted(model.filter((row) => row.step === undefined)),
      );
      for (const since of new Set([0, step])) {
        assert.deepEqual(
          await ids(`${table} | where cursor_after('${this.#cursors[since] ?? ''}')`),
          sorted(model.filter((row) => row.step !== undefined && row.step >= since)),
          `${table} since change ${since}, after ${JSON.stringify(made)}`,
        );
      }
    }
  }

  async #change(made: Change, step: number): Promise<void> {
    if (made.kind === 'swap') {
      await rows('.rename tables A = B, B = A');
      [this.#model.A, this.#model.B] = [this.#model.B, this.#model.A];
      return;
    }
    if (made.kind === 'move') return this.#move(made.from, made.isNew, step);
    const { table } = made;
    const model = this.#model[table];
    const stamp = model.hasPolicy ? step : undefined;
    switch (made.kind) {
      case 'ingest': {
        const fresh = [this.#next, this.#next + 1, this.#next + 2];
        this.#next += 3;
        await fixture.kusto.ingest(database, table, fresh.join('\n'));
        model.rows.push(...fresh.map((id) => ({ id, step: stamp })));
        return;
      }
      case 'clear':
        await rows(`.clear table ${table} data`);
        model.rows = [];
        return;
      case 'policy':
        model.hasPolicy = !model.hasPolicy;
        await rows(`.alter table ${table} policy ingestiontime ${model.hasPolicy}`);
        return;
      case 'delete':
        await rows(`.delete table ${table} records <| ${table} | where id % 3 == ${made.rest}`);
        model.rows = model.rows.filter(({ id }) => id % 3 !== made.rest);
        return;
      case 'update':
        await rows(
          `.update table ${table} delete D append N <| let D = ${table} | where id % 3 == ${made.rest}; let N = D | extend id = id + 1000;`,
        );
        model.rows = model.rows.map((row) =>
          row.id % 3 === made.rest ? { id: row.id + 1000, step: stamp } : row,
        );
        return;
      case 'replace':
      default:
        await rows(
          `.set-or-replace ${table} <| ${table} | where id % 3 != ${made.rest} | extend id = id + 3000`,
        );
        model.rows = model.rows
          .filter(({ id }) => id % 3 !== made.rest)
          .map(({ id }) => ({ id: id + 3000, step: stamp }));
    }
  }

  async #move(from: Name, isNew: boolean, step: number): Promise<void> {
    const to = from === 'A' ? 'B' : 'A';
    const [source, target] = [this.#model[from], this.#model[to]];
    if (isNew && !target.hasPolicy) return;
    await rows(`.move extents all from table ${from} to table ${to} with (setNewIngestionTime = ${isNew})`);
    target.rows.push(...source.rows.map((row) => (isNew ? { id: row.id, step } : row)));
    source.rows = [];
  }
}

test('random changes: the rows, their times and the windows since any change are the model’s', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 4, maxLength: 12 }), async (changes) => {
      const run = new Run();
      await run.start();
      for (const made of changes) await run.apply(made);
    }),
    { numRuns: Number(process.env['MODEL_RUNS'] ?? 20) },
  );
});
