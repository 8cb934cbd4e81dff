// What a Drasi engine makes of relations: which rows MATCH (a)-[r]->(b) has, whatever the order in which nodes and relations come,
// move, go and come back. The elements are those that the Source encodes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { EncodedChange } from '@drasi-kusto/source-sdk';
import type { KustoColumn } from '@drasi-kusto/kusto-client';
import { deleteChange } from '../packages/kusto-source/src/element/delete-change.ts';
import { ElementEncoder } from '../packages/kusto-source/src/element/element-encoder.ts';
import { rowBatch } from '../packages/kusto-source/src/element/testing/row-batch.ts';
import { startDrasiEngine, type DrasiEngine } from '../packages/kusto-source/src/quickstart/drasi-engine.ts';
import {
  defaultCacheDir,
  installDrasiEngine,
} from '../packages/kusto-source/src/quickstart/drasi-install.ts';

const installed = await installDrasiEngine({ cacheDir: defaultCacheDir(process.env), log: () => {} });

const nodeColumns: readonly KustoColumn[] = [
  { name: 'Id', type: 'long' },
  { name: 'Name', type: 'string' },
];
/** The start is a number and the end a text: both have the ids of nodes whose key is a number. */
const relationColumns: readonly KustoColumn[] = [
  { name: 'Id', type: 'string' },
  { name: 'From', type: 'long' },
  { name: 'To', type: 'string' },
  { name: 'Weight', type: 'long' },
];
const common = { omit: [], now: () => 1_700_000_000_000_000_000n };
const encoders = {
  A: new ElementEncoder({ ...common, label: 'A', key: ['Id'], columns: nodeColumns }),
  B: new ElementEncoder({ ...common, label: 'B', key: ['Id'], columns: nodeColumns }),
  R: new ElementEncoder({
    ...common,
    label: 'R',
    key: ['Id'],
    columns: relationColumns,
    ends: { start: { label: 'A', key: ['From'] }, end: { label: 'B', key: ['To'] } },
  }),
};

const node = (label: 'A' | 'B', id: number, name = `${label}${id}`): readonly EncodedChange[] =>
  encoders[label].encodeUpserts(rowBatch(nodeColumns, [[String(id), JSON.stringify(name)]]));
const relationRow = (id: string, from: number | null, to: number | '', weight: number): string[] => [
  JSON.stringify(id),
  String(from),
  JSON.stringify(String(to)),
  String(weight),
];
/** As a feed that remembers no keys publishes it: a delete, then the upsert. */
const relation = (id: string, from: number | null, to: number | '', weight = 1): readonly EncodedChange[] =>
  encoders.R.encodeChanges(rowBatch(relationColumns, [relationRow(id, from, to, weight)]));
const upsertAlone = (id: string, from: number, to: number, weight = 1): readonly EncodedChange[] =>
  encoders.R.encodeUpserts(rowBatch(relationColumns, [relationRow(id, from, to, weight)]));
const deletes = (kind: 'node' | 'relation', label: string, id: string): readonly EncodedChange[] => [
  deleteChange({ kind, label }, id, 1_700_000_000_000_000_000n),
];

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(Number(value)));

const wire = ({ op, table, element, timestampNs }: EncodedChange): Buffer => {
  const body = Buffer.from(element).toString('latin1');
  const source = `{"db":"plant","table":"${table}","lsn":1,"ts_ns":${timestampNs}}`;
  return Buffer.from(
    `{"op":"${op}","payload":{"source":${source},"${op === 'd' ? 'before' : 'after'}":${body}}}`,
  );
};

describe(
  'relations in a Drasi engine',
  { timeout: 120_000, skip: installed.available ? false : installed.reason },
  () => {
    let engine: DrasiEngine;
    let settled = 0;

    before(async () => {
      assert.ok(installed.available);
      engine = await startDrasiEngine({
        python: installed.python,
        packages: installed.packages,
        sourceId: 'plant',
        queries: [
          {
            id: 'paths',
            cypher: 'MATCH (a:A)-[r:R]->(b:B) RETURN a.Name AS a, r.Weight AS w, b.Name AS b',
            probe: { labels: ['A'], properties: {} },
          },
        ],
        onResult: () => {},
      });
    });
    after(() => engine?.close());

    /** The rows behind some changes, sorted. A path of its own behind them tells that the engine is through. */
    async function rowsAfter(...changes: readonly (readonly EncodedChange[])[]): Promise<readonly string[]> {
      settled += 1;
      const mark = 1_000_000 + settled;
      const path = [node('A', mark), node('B', mark), relation(`mark${mark}`, mark, mark)];
      await engine.changes([...changes, ...path].flat().map(wire));
      for (let attempt = 0; attempt < 200; attempt += 1) {
        const rows = (await engine.results('paths')).map(({ a, w, b }) => `${text(a)} ${text(w)} ${text(b)}`);
        if (rows.includes(`A${mark} 1 B${mark}`))
          return rows.filter((row) => !/^A1\d{6} /.test(row)).toSorted();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error('the engine did not get to the end');
    }

    it('a relation that comes before its nodes is there when both have come', async () => {
      assert.deepEqual(await rowsAfter(relation('r', 1, 1)), []);
      assert.deepEqual(await rowsAfter(node('A', 1)), []);
      assert.deepEqual(await rowsAfter(node('B', 1)), ['A1 1 B1']);
    });

    it('a relation that moves has one row, between its new ends, and the nodes of the old ones bring none back', async () => {
      const others = [node('A', 2), node('B', 2)].flat();
      assert.deepEqual(await rowsAfter(others, relation('r', 2, 2, 2)), ['A2 2 B2']);
      assert.deepEqual(await rowsAfter(node('A', 1, 'old'), node('B', 1, 'old')), ['A2 2 B2']);
      assert.deepEqual(await rowsAfter(node('A', 2, 'new')), ['new 2 B2']);
      assert.deepEqual(await rowsAfter(relation('r', 1, 2, 3), relation('r', 1, 1, 4)), ['old 4 old']);
      assert.deepEqual(
        await rowsAfter(upsertAlone('r', 1, 1, 5)),
        ['old 5 old'],
        'a property alone needs no delete',
      );
    });

    it('an upsert alone moves a relation too: the delete before it is for engines that only merge', async () => {
      assert.deepEqual(await rowsAfter(upsertAlone('r', 2, 2, 6)), ['new 6 B2']);
      assert.deepEqual(await rowsAfter(node('A', 1), node('B', 1)), ['new 6 B2']);
      assert.deepEqual(await rowsAfter(relation('r', 1, 1, 7)), ['A1 7 B1']);
    });

    it('a node that is deleted takes the row away and not the relation: it brings it back', async () => {
      assert.deepEqual(await rowsAfter(deletes('node', 'B', 'B:1')), []);
      assert.deepEqual(await rowsAfter(upsertAlone('r', 1, 1, 8)), [], 'the relation is changed meanwhile');
      assert.deepEqual(await rowsAfter(node('B', 1, 'back')), ['A1 8 back']);
      assert.deepEqual(await rowsAfter(deletes('node', 'A', 'A:1'), relation('r', 2, 1, 9)), ['new 9 back']);
      assert.deepEqual(
        await rowsAfter(node('A', 1)),
        ['new 9 back'],
        'it moved away while its node was gone',
      );
    });

    it('a relation without an end is no element, and one to a node that is not there waits for it', async () => {
      const without = [relation('none', null, 1), relation('empty', 1, '')].flat();
      assert.equal(without.length, 0);
      assert.deepEqual(await rowsAfter(relation('ahead', 1, 77)), ['new 9 back']);
      assert.deepEqual(await rowsAfter(node('B', 77)), ['A1 1 B77', 'new 9 back']);
    });

    it('a relation that is deleted stays away, whatever becomes of its nodes', async () => {
      const gone = [deletes('relation', 'R', 'rel:R:r'), deletes('relation', 'R', 'rel:R:ahead')].flat();
      assert.deepEqual(await rowsAfter(gone), []);
      assert.deepEqual(await rowsAfter(node('A', 1), node('B', 1), node('A', 2), node('B', 77)), []);
      assert.deepEqual(await rowsAfter(gone), [], 'a delete of what is not there is nothing');
    });
  },
);
