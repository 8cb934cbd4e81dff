// The texts of latest detection, as the service evaluates them, against a model in plain TypeScript.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  array,
  assert as check,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  option,
  record,
  tuple,
} from 'fast-check';
import type { KustoColumn } from '@drasi-kusto/kusto-client';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import '../../kusto-local/src/testing/fixed-seed.ts';
import { parseEntity } from '../src/config/config.ts';
import type { EntityConfig } from '../src/config/entity-config.ts';
import { entityRows } from '../src/query/entity-rows.ts';
import { leaverRows } from '../src/query/latest-rows.ts';
import { keyCountQuery, rowCountQuery, schemaQuery, type RowRange } from '../src/query/window-query.ts';

const database = 'NetDefaultDB';
let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

type Cells = readonly (readonly unknown[])[];
const execute = async (text: string): Promise<Cells> => (await kusto.execute(database, text)).rows;

/** A row as it is ingested, before the service dates it. */
interface Values {
  readonly k: number | null;
  readonly a: number | null;
  readonly gone: boolean | null;
  readonly v: number | null;
}

/** A row with its number and when it was ingested. */
interface Row extends Values {
  readonly r: number;
  readonly time: string;
}

/** A query behind the table, and what it makes of a row. */
interface Shape {
  readonly text: string;
  passes(row: Row): boolean;
}

const over = (value: number | null, bound: number): boolean => value !== null && value > bound;

const shapes: readonly Shape[] = [
  { text: '', passes: () => true },
  { text: '| where a > 1', passes: ({ a }) => over(a, 1) },
  {
    text: '| where a > 0 // half of them\n| filter a < 3 // and fewer',
    passes: ({ a }) => a === 1 || a === 2,
  },
  {
    text: '| extend a = a + 1 // before the filter\n| where a > 2 | project r, k, v // no a',
    passes: ({ a }) => over(a, 1),
  },
  { text: '| where not(a > 1) | project-keep r, k*, v', passes: ({ a }) => a !== null && a <= 1 },
  { text: '| project-away gone | where isnull(a) or a == 0', passes: ({ a }) => a === null || a === 0 },
  {
    text: '| parse "x=1" with "x=" n: long | where a >= n | project-rename b = a',
    passes: ({ a }) => over(a, 0),
  },
];
const deletions: Readonly<Record<string, (row: Row) => boolean>> = {
  '': () => false,
  'gone // or null': ({ gone }) => gone === true,
  'gone == true or a == 3': ({ gone, a }) => gone === true || a === 3,
};

const values = record({
  k: option(integer({ min: 0, max: 1 }), { freq: 6 }),
  a: option(integer({ min: 0, max: 3 }), { freq: 6 }),
  gone: option(boolean(), { freq: 3 }),
  v: option(integer({ min: 0, max: 2 }), { freq: 6 }),
});

const literal = (type: string, value: number | boolean | null): string =>
  `${type}(${value === null ? 'null' : String(value)})`;
let tables = 0;
let rowNumber = 0;

/** A table of these batches, the cursor after each, and its rows in the order of ingestion. */
async function ingest(batches: readonly (readonly Values[])[]): Promise<{
  readonly table: string;
  readonly cursors: readonly string[];
  readonly batchRows: readonly (readonly Row[])[];
}> {
  const table = `T${++tables}`;
  await execute(`.create table ${table} (r: long, k: long, a: long, gone: bool, v: long)`);
  const cursors: string[] = [];
  const numbers: number[][] = [];
  for (const batch of [[], ...batches]) {
    const ofBatch = batch.map(() => ++rowNumber);
    const rows = batch.map(
      ({ k, a, gone, v }, at) =>
        `${ofBatch[at]}, ${literal('long', k)}, ${literal('long', a)}, ${literal('bool', gone)}, ${literal('long', v)}`,
    );
    if (rows.length > 0)
      await execute(
        `.append ${table} <| datatable(r: long, k: long, a: long, gone: bool, v: long) [${rows.join(', ')}]`,
      );
    numbers.push(ofBatch);
    cursors.push(String((await execute('print cursor_current()'))[0]?.[0]));
  }
  const times = new Map(
    (await execute(`${table} | project r, tostring(ingestion_time())`)).map(([r, time]) => [
      Number(r),
      String(time),
    ]),
  );
  const flat = batches.flat();
  const first = rowNumber - flat.length + 1;
  const batchRows = numbers.map((ofBatch) =>
    ofBatch.map((r): Row => ({ ...(flat[r - first] as Values), r, time: times.get(r) ?? '' })),
  );
  return { table, cursors, batchRows };
}

function newest(rows: readonly Row[], byVersion: boolean): readonly Row[] {
  const rank = ({ v, time }: Row): string => `${byVersion ? (v ?? -1) + 1 : 0} ${time}`;
  const greatest = rows.map(rank).toSorted().at(-1);
  return rows.filter((row) => rank(row) === greatest);
}

async function columnsOf(config: EntityConfig): Promise<readonly KustoColumn[]> {
  const { columns } = await kusto.execute(database, schemaQuery(config));
  return columns.map(({ name, type }) => ({ name, type }));
}

describe('the rows that latest detection reads', () => {
  it('are the newest of each key when they are live, and the keys that left (R10, R11, R14), as a model says', async () => {
    const property = asyncProperty(
      array(array(values, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      constantFrom(...shapes),
      constantFrom(...Object.keys(deletions)),
      boolean(),
      tuple(integer({ min: 0, max: 4 }), integer({ min: 1, max: 4 })),
      async (batches, shape, deletedWhen, byVersion, [from, length]) => {
        const { table, cursors, batchRows } = await ingest(batches);
        const config = parseEntity('storms', {
          KUSTO_URI: kusto.url,
          KUSTO_DATABASE: database,
          KUSTO_TABLE: table,
          KUSTO_QUERY: `${table} ${shape.text}`,
          PRIMARY_KEY: 'k',
          CHANGE_DETECTION: 'latest',
          ...(deletedWhen === '' ? {} : { DELETED_WHEN: deletedWhen }),
          ...(byVersion ? { VERSION_COLUMN: 'v' } : {}),
        });
        const columns = await columnsOf(config);
        const start = Math.min(from, batches.length - 1);
        const end = Math.min(start + length, batches.length);
        const window = { after: cursors[start] ?? '', upTo: cursors[end] ?? '' };
        const inWindow = batchRows.slice(start + 1, end + 1).flat();
        const upToEnd = batchRows.slice(0, end + 1).flat();
        const isLive = (row: Row): boolean => shape.passes(row) && deletions[deletedWhen]?.(row) !== true;

        const expect = async (
          range: RowRange,
          keys: readonly Row[],
          history: readonly Row[],
        ): Promise<void> => {
          const rows = entityRows({ config, detection: 'latest', range, columns, fold: true });
          const answer = await kusto.execute(database, rows);
          const r = answer.columns.findIndex(({ name }) => name === 'r');
          assert.ok(!answer.columns.some(({ name }) => name === '__drasi_live' || name === '__drasi_tie'));
          const got = new Map(answer.rows.map((row) => [Number(row[r]), row]));
          const left: (number | null)[] = [];
          for (const k of new Set(keys.map((row) => row.k))) {
            const top = newest(
              history.filter((row) => row.k === k),
              byVersion,
            );
            const found = top.filter((row) => got.delete(row.r));
            assert.ok(found.length <= 1, 'one row a key');
            if (found.length === 0) {
              assert.ok(top.some((row) => !isLive(row)));
              left.push(k);
            } else assert.ok(found.every(isLive));
          }
          assert.equal(got.size, 0, `rows of older states: ${[...got.keys()].join()}`);
          if (!('after' in range)) return;
          const leavers = await execute(leaverRows({ config, range, columns }, 8));
          assert.deepEqual(leavers.map(([k]) => (k === null ? null : Number(k))).toSorted(), left.toSorted());
          for (const [k, time, was, bucket] of leavers) {
            const ofKey = inWindow.filter((row) => row.k === (k === null ? null : Number(k)));
            assert.equal(was, ofKey.some(isLive), 'was');
            const top = newest(
              history.filter((row) => row.k === (k === null ? null : Number(k))),
              byVersion,
            );
            assert.ok(Number(bucket) >= 0 && Number(bucket) < 8);
            assert.ok(top.some((row) => row.time === String(time)));
          }
        };
        await expect(window, inWindow, byVersion ? upToEnd : inWindow);
        await expect({ upTo: window.upTo }, upToEnd, upToEnd);
        // BOOTSTRAP_WINDOW: a key with a row in it, whose newest version may be older.
        const since = inWindow.map(({ time }) => time).toSorted()[0];
        if (since !== undefined) {
          const recent = upToEnd.filter(({ time }) => time >= since);
          await expect({ upTo: window.upTo, since }, recent, byVersion ? upToEnd : recent);
        }
        const all = batchRows.flat();
        await expect({ whole: true }, all, all);

        const [[live, rows] = []] = await execute(rowCountQuery(config, window, 'latest'));
        assert.deepEqual([Number(live), Number(rows)], [inWindow.filter(isLive).length, inWindow.length]);
        const counts = await execute(keyCountQuery(config, { upTo: window.upTo }, 'latest'));
        const most = Math.max(
          ...[...Map.groupBy(upToEnd, ({ k }) => k).values()].map((ofKey) => ofKey.length),
        );
        assert.deepEqual(counts[0]?.map(Number), [upToEnd.length, most]);
        await execute(`.drop table ${table}`);
      },
    );
    await check(property, { numRuns: 25 });
  });
});
