// The kernel against the TypeScript writer: whatever it encodes, it encodes byte for byte as that does.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KustoColumn, RowBatch } from '@drasi-kusto/kusto-client';
import * as fc from 'fast-check';
import { cellSource } from './cell-transforms.ts';
import { ElementEncoder } from './element-encoder.ts';
import { hashId } from './id-hash.ts';
import { OutputBuffer } from './output-buffer.ts';
import { RowKernel } from './row-kernel.ts';
import { planRows, type RowPlanOptions } from './row-plan.ts';
import { RowWriter } from './row-writer.ts';
import { cellToken, columnName, kustoTypes } from './testing/arbitraries.ts';
import { rowBatch } from './testing/row-batch.ts';

const table = fc
  .uniqueArray(fc.record({ name: columnName, type: fc.constantFrom(...kustoTypes) }), {
    selector: ({ name }) => name,
    minLength: 1,
    maxLength: 6,
  })
  .chain((others) => {
    const columns: readonly KustoColumn[] = [...others, { name: 'last key', type: 'string' }];
    const keys = columns.filter(({ type }) => type !== 'dynamic').map(({ name }) => name);
    return fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.tuple(...columns.map(({ type }) => cellToken(type))), {
        minLength: 8,
        maxLength: 20,
      }),
      key: fc.shuffledSubarray(keys, { minLength: 1 }),
      label: columnName,
      shape: fc.oneof(fc.constant({}), relationShape(columns)),
    });
  });

/** Ends, and properties of which some share a column. */
function relationShape(columns: readonly KustoColumn[]): fc.Arbitrary<Partial<RowPlanOptions>> {
  const keys = columns.filter(({ type }) => type !== 'dynamic').map(({ name }) => name);
  const end = fc.record({ label: columnName, key: fc.shuffledSubarray(keys, { minLength: 1 }) });
  const names = columns.map(({ name }) => name);
  return fc.record({
    ends: fc.record({ start: end, end }),
    properties: fc.option(
      fc
        .array(fc.constantFrom(...names), { maxLength: 5 })
        .map((some) => some.map((column, at) => ({ name: `p${at}`, column }))),
      { nil: undefined },
    ),
  });
}

/** The lines as the writer alone writes them, without those of dangling relations. */
function slowly(options: RowPlanOptions, batch: RowBatch): readonly string[] {
  const writer = new RowWriter(planRows(options));
  const source = cellSource(batch);
  return Array.from({ length: batch.rowCount }, (_, row) => {
    const out = new OutputBuffer();
    return writer.write(batch, source, row, out) ? out.take().toString('latin1') : '';
  }).filter((line) => line !== '');
}

const linesOf = (bytes: Uint8Array): readonly string[] =>
  Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1);

describe('the row kernel', () => {
  const kernel = new RowKernel();

  test('and the writer make the same bytes of any rows', () => {
    fc.assert(
      fc.property(table, ({ columns, rows, key, label, shape }) => {
        const options = { label, key, columns, omit: [], ...shape };
        const batch = rowBatch(columns, rows);
        const encoder = new ElementEncoder({ ...options, now: () => 0n, kernel });
        const wanted = slowly(options, batch);
        assert.deepEqual(linesOf(encoder.encodeElements(batch).ndjson), wanted);
        const changes = encoder.encodeUpserts(batch);
        assert.deepEqual(
          changes.map(({ element }) => Buffer.from(element).toString('latin1')),
          wanted,
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('leaves out what the filter does not admit, whoever wrote it', () => {
    fc.assert(
      fc.property(
        table,
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        ({ columns, rows, key, label, shape }, keep) => {
          const options = { label, key, columns, omit: [], ...shape };
          const batch = rowBatch(columns, rows);
          const encoder = new ElementEncoder({ ...options, now: () => 0n, kernel });
          const hashes: string[] = [];
          const filter = {
            admit: (hash: Uint32Array, at: number): boolean =>
              keep[hashes.push(hash.subarray(at, at + 4).join()) - 1] === true,
          };
          const wanted = slowly(options, batch);
          const { ndjson, count } = encoder.encodeElements(batch, filter);
          const kept = wanted.filter((_, at) => keep[at]);
          assert.deepEqual(linesOf(ndjson), kept);
          assert.equal(count, kept.length);
          // The hash is that of the id behind the label, by the TypeScript, whoever encoded the row.
          const head = planRows(options).head.length;
          for (const [at, line] of wanted.entries()) {
            const hash = new Uint32Array(4);
            const bytes = Buffer.from(line, 'latin1');
            hashId(bytes, head, bytes.indexOf('","labels":', head), hash);
            assert.equal(hashes[at], hash.join());
          }
          hashes.length = 0;
          assert.equal(encoder.encodeUpserts(batch, filter).length, kept.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('encodes the bulk of an ordinary table by itself, text beyond ASCII included', () => {
    const columns: readonly KustoColumn[] = [
      { name: 'Id', type: 'long' },
      { name: 'Größe', type: 'real' },
      { name: 'Text', type: 'string' },
      { name: 'At', type: 'datetime' },
      { name: 'Ok', type: 'bool' },
      { name: 'Bag', type: 'dynamic' },
    ];
    const rows = Array.from({ length: 100 }, (_, index) => [
      String(index),
      index % 2 === 0 ? '5' : '5.25',
      `"Zürich ${index} 東京 😀 \\"quoted\\" and long enough for several steps"`,
      '"2026-01-01T00:00:00.0000001Z"',
      'true',
      `{"a":[1,-2.5,true,false,null,"x\\ny"],"b":{"ä":"ö"}}`,
    ]);
    const options = { label: 'T', key: ['Id', 'At'], columns, omit: [] };
    const batch = rowBatch(columns, rows);
    assert.equal(kernel.load(planRows(options), batch), true);
    const { next, bytes } = kernel.encode(0, true);
    assert.equal(next, 100);
    assert.deepEqual(linesOf(bytes), slowly(options, batch));
  });

  test('encodes the bulk of an ordinary table of relations, and stops at a missing end', () => {
    const columns: readonly KustoColumn[] = [
      { name: 'Id', type: 'long' },
      { name: 'From', type: 'string' },
      { name: 'To', type: 'long' },
    ];
    const ends = { start: { label: 'A,b', key: ['From', 'Id'] }, end: { label: 'B', key: ['To'] } };
    const options = { label: 'T', key: ['Id'], columns, omit: [], ends, properties: [] };
    const rows = Array.from({ length: 100 }, (_, index) => [
      String(index),
      index === 60 ? '""' : `"from: ${index}"`,
      index === 40 ? 'null' : String(index * 7),
    ]);
    const batch = rowBatch(columns, rows);
    assert.equal(kernel.load(planRows(options), batch), true);
    assert.deepEqual(
      [0, 40, 41, 60, 61].map((row) => kernel.encode(row, true).next),
      [40, 40, 60, 60, 100],
    );
    assert.equal(
      slowly(options, batch)[1],
      '{"id":"rel:T:1","labels":["T"],"startId":"A%2Cb:from%3A 1,1","endId":"B:7","properties":{}}',
    );
  });

  test('stops before the first row it does not know, wherever that is', () => {
    const columns: readonly KustoColumn[] = [
      { name: 'k', type: 'long' },
      { name: 'v', type: 'real' },
    ];
    const rows = Array.from({ length: 30 }, (_, index) => [String(index), index === 17 ? '1e5' : '1']);
    const batch = rowBatch(columns, rows);
    kernel.load(planRows({ label: 'T', key: ['k'], columns, omit: [] }), batch);
    assert.equal(kernel.encode(0, true).next, 17);
    assert.equal(kernel.encode(17, true).next, 17);
    assert.equal(kernel.encode(18, true).next, 30);
  });

  test('does not take a batch of a size that its memory should not grow to', () => {
    const columns: readonly KustoColumn[] = [{ name: 'k', type: 'string' }];
    const batch = rowBatch(columns, [[`"${'x'.repeat(2 * 1024 * 1024)}"`]]);
    assert.equal(kernel.load(planRows({ label: 'T', key: ['k'], columns, omit: [] }), batch), false);
  });

  test('does not take a batch whose names would make it large', () => {
    const name = (index: number): string => `${index}${'x'.repeat(1000)}`;
    const columns: readonly KustoColumn[] = Array.from({ length: 1000 }, (_, index) => ({
      name: name(index),
      type: 'long',
    }));
    const plan = planRows({ label: 'T', key: [name(0)], columns, omit: [] });
    const rows = (count: number): RowBatch =>
      rowBatch(
        columns,
        Array.from({ length: count }, () => columns.map(() => '1')),
      );
    assert.equal(kernel.load(plan, rows(8)), true);
    assert.equal(kernel.load(plan, rows(60)), false);
  });
});
