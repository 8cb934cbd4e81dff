import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KustoColumn, KustoType } from '@drasi-kusto/kusto-client';
import * as fc from 'fast-check';
import { ElementEncoder } from '../element/element-encoder.ts';
import { cellToken, kustoTypes } from '../element/testing/arbitraries.ts';
import { rowBatch } from '../element/testing/row-batch.ts';
import { parseConfig } from '../config/config.ts';
import { endProblems } from './end-types.ts';

const { entities } = parseConfig('plant', {
  KUSTO_URI: 'https://help.kusto.windows.net',
  KUSTO_DATABASE: 'db',
  ENTITIES: `
nodes: [{ label: N, table: N, key: [a, b] }]
relations: [{ label: R, table: R, key: id, start: { label: N, key: [x, y] }, end: { label: N, key: [y, x] } }]`,
});

const problems = (
  node: readonly [KustoType, KustoType],
  relation: readonly [KustoType, KustoType],
): readonly string[] => {
  const columns = (names: string, types: readonly KustoType[]): KustoColumn[] =>
    names.split('').map((name, at) => ({ name, type: types[at] ?? 'string' }));
  return endProblems(
    entities.map((config) => ({
      config,
      columns: config.kind === 'node' ? columns('ab', node) : columns('xy', relation),
    })),
  );
};

const idOf = (type: KustoType, token: string): string => {
  const columns = [{ name: 'k', type }];
  const encoder = new ElementEncoder({ label: 'N', key: ['k'], columns, omit: [], now: () => 0n });
  const [change] = encoder.encodeUpserts(rowBatch(columns, [[token]]));
  const element: unknown = change?.element;
  assert.ok(element instanceof Uint8Array);
  return (JSON.parse(Buffer.from(element).toString()) as { id: string }).id;
};

describe('the types of ends', () => {
  it('may be those of the nodes, whole numbers of two sizes, and text', () => {
    assert.deepEqual(problems(['long', 'guid'], ['int', 'string']), [
      'ENTITIES: relations[0].end.key: the column x is int, and the key column b of N is guid: their texts, and so the ids, are never the same; convert one in its query, for example x = toguid(x)',
    ]);
    assert.deepEqual(problems(['long', 'long'], ['string', 'int']), []);
  });

  it('that write one value in two ways are told: 5 and 5.0', () => {
    const [first, ...others] = problems(['long', 'string'], ['real', 'string']);
    assert.match(
      first ?? '',
      /^ENTITIES: relations\[0\]\.start\.key: the column x is real.*a of N is long.*x = tolong\(x\)/,
    );
    assert.deepEqual(others, []);
    assert.notEqual(idOf('long', '5'), idOf('real', '5'));
  });

  it('that are said to meet do: the same value has one id', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...kustoTypes.filter((type) => type !== 'dynamic'))
          .chain((type) => fc.tuple(fc.constant(type), cellToken(type))),
        ([type, token]) => {
          const id = idOf(type, token);
          if (type === 'int') assert.equal(idOf('long', token), id);
          // What the id says, as a string says it: bools and reals have several spellings, the text of the id is one of them.
          const text = decodeURIComponent(id.slice('N:'.length).replaceAll(/%u[0-9A-F]{4}/g, '%3F'));
          if (token !== 'null' && !id.includes('%u')) assert.equal(idOf('string', JSON.stringify(text)), id);
        },
      ),
    );
  });
});
