import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KustoColumn } from '@drasi-kusto/kusto-client';
import * as fc from 'fast-check';
import { ElementEncoder, type ElementEncoderOptions } from './element-encoder.ts';
import { idInEntity, keyInEntity } from './element-id.ts';
import { KeyedRows } from './keyed-rows.ts';
import { anyText, cellToken, kustoTypes } from './testing/arbitraries.ts';
import { expectedElement, parseExactly } from './testing/reference.ts';
import { rowBatch } from './testing/row-batch.ts';

const columns: readonly KustoColumn[] = [
  { name: 'Id', type: 'long' },
  { name: 'From', type: 'string' },
  { name: 'To', type: 'long' },
  { name: 'Note', type: 'string' },
];
const ends = { start: { label: 'Site', key: ['From'] }, end: { label: 'Site', key: ['To'] } };
const encoder = (options: Partial<ElementEncoderOptions> = {}): ElementEncoder =>
  new ElementEncoder({ label: 'FEEDS', key: ['Id'], columns, omit: [], ends, now: () => 1n, ...options });
const texts = (elements: readonly { readonly element: Uint8Array }[]): string[] =>
  elements.map(({ element }) => Buffer.from(element).toString('latin1'));

describe('relations', () => {
  it('are those of the slow encoder, whatever their columns are', () => {
    const table = fc
      .uniqueArray(fc.constantFrom(...kustoTypes), { minLength: 2, maxLength: 6 })
      .filter((types) => types.some((type) => type !== 'dynamic'))
      .chain((types) => {
        const some = types.map((type): KustoColumn => ({ name: `the ${type}`, type }));
        const keys = some.filter(({ type }) => type !== 'dynamic').map(({ name }) => name);
        const key = fc.shuffledSubarray(keys, { minLength: 1 });
        return fc.record({
          some: fc.constant(some),
          rows: fc.array(fc.tuple(...types.map(cellToken)), { maxLength: 12 }),
          key,
          shape: fc.record({
            ends: fc.record({
              start: fc.record({ label: anyText, key }),
              end: fc.record({ label: anyText, key }),
            }),
            properties: fc.option(
              fc
                .array(fc.constantFrom(...some.map(({ name }) => name)), { maxLength: 4 })
                .map((names) => names.map((column, at) => ({ name: `p${at}`, column }))),
              { nil: undefined },
            ),
          }),
          label: anyText,
        });
      });
    fc.assert(
      fc.property(table, ({ some, rows, key, shape, label }) => {
        const made = encoder({ ...shape, label, key, columns: some });
        const changes = made.encodeUpserts(rowBatch(some, rows));
        const wanted = rows
          .map((tokens) => expectedElement(label, key, some, tokens, shape))
          .filter((element) => element !== undefined);
        assert.deepEqual(texts(changes).map(parseExactly), wanted);
        assert.ok(changes.every(({ op, table }) => op === 'u' && table === 'rel'));
      }),
      { numRuns: 500 },
    );
  });

  it('meet their nodes: an id is by the text of a key, whichever type its column has', () => {
    const node = (type: 'long' | 'string' | 'int', token: string): string => {
      const options = { label: 'Site', key: ['K'], columns: [{ name: 'K', type }], omit: [], now: () => 1n };
      const [line = ''] = texts(
        new ElementEncoder(options).encodeUpserts(rowBatch(options.columns, [[token]])),
      );
      return (JSON.parse(line) as { id: string }).id;
    };
    const [line = ''] = texts(encoder().encodeUpserts(rowBatch(columns, [['1', '"5"', '5', '"x"']])));
    const { startId, endId } = JSON.parse(line) as { startId: string; endId: string };
    assert.deepEqual(
      [startId, endId],
      [node('long', '5'), node('int', '5')],
      'a string that holds the digits',
    );
    assert.equal(startId, node('string', '"5"'));
  });

  it('without an end are left out, of bootstraps and of changes', () => {
    const rows = Array.from({ length: 40 }, (_, row) => [
      String(row),
      row % 7 === 3 ? '""' : '"a"',
      row % 5 === 2 ? 'null' : '1',
      '"x"',
    ]);
    const whole = rows.filter(([, from, to]) => from !== '""' && to !== 'null').length;
    const { count, ends: at, ndjson } = encoder().encodeElements(rowBatch(columns, rows));
    assert.equal(count, whole);
    assert.equal(Buffer.from(ndjson).toString('latin1').split('\n').length - 1, whole);
    assert.deepEqual([at[1] === at[2], at[2] === at[3], at[3] === at[4]], [true, true, false]);
    assert.equal(encoder().encodeUpserts(rowBatch(columns, rows)).length, whole);
  });

  it('are deleted before they are upserted, where nothing tells whether they moved (rule R22)', () => {
    const label = 'a","startId":"x';
    const rows = [
      ['1', '"a"', '5', '"x"'],
      ['2', '"b"', '5', '"y"'],
    ];
    const changes = encoder({ label }).encodeChanges(rowBatch(columns, rows));
    assert.deepEqual(
      changes.map(({ op, table, element }) => {
        const { id, startId, ...rest } = JSON.parse(Buffer.from(element).toString()) as Record<
          string,
          unknown
        >;
        return [op, table, id, startId, op === 'd' ? rest : undefined];
      }),
      ['1', '2'].flatMap((key, at) => {
        const id = `rel:${label.replace(',', '%2C').replace(':', '%3A')}:${key}`;
        return [
          ['d', 'rel', id, undefined, { labels: [label], properties: {} }],
          ['u', 'rel', id, `Site:${'ab'[at]}`, undefined],
        ];
      }),
    );
    const fixed = encoder({ key: ['To', 'From', 'Id'] });
    assert.equal(fixed.endsOfKey, true);
    assert.equal(fixed.encodeChanges(rowBatch(columns, rows)).length, 2, 'another end is another relation');
    assert.equal(encoder({ key: ['To'] }).endsOfKey, false);
  });

  it('have the properties that are named, under their names', () => {
    const properties = [
      { name: 'note', column: 'Note' },
      { name: 'again', column: 'Note' },
    ];
    const [line = ''] = texts(
      encoder({ properties }).encodeUpserts(rowBatch(columns, [['1', '"a"', '2', '"x"']])),
    );
    assert.deepEqual(JSON.parse(line), {
      id: 'rel:FEEDS:1',
      labels: ['FEEDS'],
      startId: 'Site:a',
      endId: 'Site:2',
      properties: { note: 'x', again: 'x' },
    });
    const without = columns.filter(({ name }) => name !== 'Note');
    const dropped = encoder({ properties, columns: without, nulls: ['Note', 'Other'] });
    const [rest = ''] = texts(dropped.encodeUpserts(rowBatch(without, [['1', '"a"', '2']])));
    assert.deepEqual((JSON.parse(rest) as { properties: unknown }).properties, { note: null, again: null });
    assert.throws(() => encoder({ properties: [{ name: 'x', column: 'Nota' }], place: 'P' }), {
      code: 'SCHEMA',
      message: /^P\.properties: the column "Nota" is not in the result.*did you mean Note\?/,
    });
    assert.throws(() => encoder({ ends: { ...ends, end: { label: 'Site', key: ['Tu'] } }, place: 'P' }), {
      code: 'SCHEMA',
      message: /^P\.end\.key: the key column "Tu" is not in the result/,
    });
  });

  it('have ids that are never those of nodes, and hold their keys', () => {
    const entity = { kind: 'relation', label: 'A:b' } as const;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 3 }), (key) => {
        const id = idInEntity(entity, key);
        assert.ok(id.startsWith('rel:A%3Ab:'));
        assert.deepEqual(keyInEntity(entity, id), key);
        assert.equal(keyInEntity({ kind: 'node', label: 'A:b' }, id), undefined);
        assert.equal(keyInEntity(entity, idInEntity({ kind: 'node', label: 'A:b' }, key)), undefined);
      }),
    );
  });

  it('are entries of the index with a hash of their ends, each beside its own row', () => {
    const helpers = ['__drasi_bucket', '__drasi_first', '__drasi_second'];
    const all = [...columns, ...helpers.map((name): KustoColumn => ({ name, type: 'long' }))];
    const keyed = new KeyedRows(all, encoder({ columns: all, omit: helpers }));
    const row = (id: number, from: string, to: string, note: string): string[] => [
      String(id),
      JSON.stringify(from),
      to,
      JSON.stringify(note),
      String(id),
      '1',
      '2',
    ];
    const rows = [
      row(0, 'a"é', '1', 'x'),
      row(1, '', '1', 'dangling'),
      row(2, 'a"é', '1', 'y'),
      row(3, 'a"é', '2', 'x'),
      row(4, 'b', '1', 'x'),
    ];
    const { changes, entries } = keyed.changes(rowBatch(all, rows));
    assert.deepEqual(
      entries.map(({ id, bucket }) => [id, bucket]),
      [0, 2, 3, 4].map((id) => [`rel:FEEDS:${id}`, id]),
    );
    assert.equal(changes.length, 4);
    const hashes = entries.map((entry) => entry.ends);
    assert.equal(hashes[0], hashes[1], 'the ends alone count');
    assert.equal(new Set(hashes).size, 3);
    assert.deepEqual(keyed.elements(rowBatch(all, rows)).entries, entries);
  });
});
