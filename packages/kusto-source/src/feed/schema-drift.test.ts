import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KustoColumn, KustoType } from '@drasi-kusto/kusto-client';
import { assert as check, constantFrom, property, uniqueArray, record, array } from 'fast-check';
import { parseConfig, type SchemaChange } from '../config/config.ts';
import { columnChanges, frozenShape, SchemaDrift, type KnownSchema } from './schema-drift.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

function drift(SCHEMA_CHANGE: SchemaChange, known?: KnownSchema): SchemaDrift {
  const config = parseConfig('storms', {
    KUSTO_URI: 'https://help.kusto.windows.net',
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'k',
    SCHEMA_CHANGE,
  });
  return new SchemaDrift(config, silent, known);
}

const columns = (text: string): KustoColumn[] =>
  text.split(' ').map((part) => {
    const [name = '', type = 'string'] = part.split(':');
    return { name, type: type as KustoType };
  });

describe('column changes', () => {
  it('are added, dropped and retyped columns; the order is none, a renamed one is dropped and added', () => {
    assert.equal(columnChanges(columns('a b:long'), columns('b:long a')), undefined);
    assert.deepEqual(columnChanges(columns('a b:long c'), columns('a:guid d c')), {
      added: columns('d'),
      dropped: columns('b:long'),
      retyped: [{ name: 'a', from: 'string', to: 'guid' }],
    });
  });
});

describe('schema drift', () => {
  it('takes the first columns as they are, without the helpers', () => {
    const schema = drift('fail');
    assert.deepEqual(schema.shape(columns('k:long a __drasi_ingested:datetime')), { omit: [], nulls: [] });
    assert.deepEqual(schema.known?.columns, columns('k:long a'));
    assert.equal(schema.mustRepublish, false);
  });

  it('a retyped column has all rows published again, an added one does not', () => {
    const schema = drift('follow');
    schema.shape(columns('k:long a'));
    schema.shape(columns('k:long a b'));
    assert.equal(schema.mustRepublish, false);
    schema.shape(columns('k:long a:long b'));
    assert.equal(schema.mustRepublish, true);
    assert.deepEqual(schema.known?.gone, []);
  });

  it('a change during the republication asks for another one', () => {
    const schema = drift('follow');
    schema.shape(columns('k:long a b'));
    schema.shape(columns('k:long a'));
    schema.republishing();
    schema.shape(columns('k:long a'));
    assert.equal(schema.mustRepublish, false);
    schema.shape(columns('k:long'));
    assert.equal(schema.mustRepublish, true);
  });

  it('a column that comes back is a property again', () => {
    for (const mode of ['follow', 'ignore'] as const) {
      const schema = drift(mode);
      schema.shape(columns('k:long a'));
      assert.deepEqual(schema.shape(columns('k:long')), { omit: [], nulls: ['a'] });
      assert.deepEqual(schema.shape(columns('k:long a')), { omit: [], nulls: [] });
    }
  });

  it('a key column that is lost or has another type stops under every setting', () => {
    for (const mode of ['follow', 'ignore', 'fail'] as const) {
      for (const after of ['a', 'k:guid a', 'key:long a']) {
        const schema = drift(mode);
        schema.shape(columns('k:long a'));
        assert.throws(() => schema.shape(columns(after)), { code: 'SCHEMA', message: /key column "k"/ });
      }
    }
  });

  const type = constantFrom<KustoType>('string', 'long', 'dynamic');
  const answer = uniqueArray(record({ name: constantFrom('a', 'b', 'c', 'd'), type }), {
    selector: ({ name }) => name,
  }).map((rest): KustoColumn[] => [{ name: 'k', type: 'long' }, ...rest]);

  it('follow: whatever came before, every property an element ever had is a column or null', () => {
    check(
      property(array(answer, { minLength: 1 }), (answers) => {
        const schema = drift('follow');
        const ever = new Set<string>();
        for (const each of answers) {
          const { omit, nulls } = schema.shape(each);
          const written = [...each.map(({ name }) => name), ...nulls];
          for (const { name } of each) ever.add(name);
          assert.deepEqual(omit, []);
          assert.deepEqual(written.toSorted(), [...ever].toSorted());
        }
      }),
    );
  });

  it('ignore: whatever came, the properties are those of the first time, also in bootstraps', () => {
    check(
      property(array(answer, { minLength: 1 }), (answers) => {
        const schema = drift('ignore');
        const first = (answers[0] ?? []).map(({ name }) => name);
        for (const each of answers) {
          const { omit, nulls } = schema.shape(each);
          const names = each.map(({ name }) => name).filter((name) => !omit.includes(name));
          assert.deepEqual([...names, ...nulls].toSorted(), first.toSorted());
          assert.ok(schema.known !== undefined);
          const frozen = frozenShape(schema.known).shape(each);
          assert.deepEqual([frozen.omit, frozen.nulls.toSorted()], [omit, nulls.toSorted()]);
        }
      }),
    );
  });
});
